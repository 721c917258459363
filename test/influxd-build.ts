/** Before the tests on the real InfluxDB: finds or builds the two servers, so that no test's time pays for it. */
import { influxdBinary } from '../scripts/influxd/influxd-binary.ts';

export default async function findInfluxd(): Promise<void> {
  // Handed to the processes of the tests, which look no further then.
  process.env['INFLUXD_BIN'] = await influxdBinary(2);
  process.env['INFLUXD1_BIN'] = await influxdBinary(1);
}
