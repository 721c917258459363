/** Before the tests in the emulator: what is installed or built once, so that no test's time pays for it. */
import { emulatorPython } from '../../scripts/emulator/emulator-venv.ts';
import { influxdBinary } from '../../scripts/influxd/influxd-binary.ts';
import { ROOT } from './root.ts';

export default async function install(): Promise<void> {
  // Handed to the processes of the tests, which look no further then.
  process.env['EMULATOR_PYTHON'] = await emulatorPython(ROOT, (line) => process.stderr.write(`${line}\n`));
  process.env['INFLUXD_BIN'] = await influxdBinary(2);
}
