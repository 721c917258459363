/** A local runtime on a real InfluxDB that it reaches through a proxy of the test's. */
import { join } from 'node:path';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { bucketOf } from '../end-to-end/database.ts';
import { attach, type LocalAmphora } from '../end-to-end/local.ts';
import { runCli, temporaryFolder } from '../end-to-end/process.ts';

export type Behind = {
  /** Of the bucket that it will have, directly. */
  readonly address: InfluxAddress;
  readonly start: (proxyPort: number, retryDelays: string) => Promise<LocalAmphora>;
};

export async function behindProxy(): Promise<Behind> {
  const dataDir = join(temporaryFolder(), 'data');
  const address = await bucketOf(dataDir);
  const { org, bucket, token } = address;
  return {
    address,
    start: (proxyPort, retryDelays) => {
      const url = `http://127.0.0.1:${proxyPort}`;
      const own = ['--port', '0', '--mqtt-port', '0', '--data', dataDir, '--no-demo', '--retry-delays', retryDelays];
      const database = ['--store', 'influxdb', '--influx-url', url, '--influx-org', org, '--influx-bucket', bucket];
      return attach(runCli(['start', ...own, ...database], { INFLUX_TOKEN: token }), dataDir);
    },
  };
}
