/** The local runtime with --device-auth, as a child process, ended by its own id. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { until, within } from '../../end-to-end/until.ts';
import { type Folder, startCli, temporaryFolder } from '../run-cli.ts';

// A start after a change of the sources builds the stack and the page first.
const START_PATIENCE_MS = 120_000;
const END_PATIENCE_MS = 20_000;
const START_MS = START_PATIENCE_MS + 30_000;

type DeviceRuntime = { readonly mqttsPort: number; readonly stop: () => Promise<void> };

/** Called once a file: one runtime for all of its tests, with its data below the folder. */
export function runtimeOfFile(): { readonly folder: Folder; readonly mqttsPort: () => number } {
  const folder = temporaryFolder();
  let runtime: DeviceRuntime | undefined;
  beforeAll(async () => {
    runtime = await startDeviceRuntime(folder);
  }, START_MS);
  afterAll(async () => {
    await runtime?.stop();
    folder.remove();
  });
  return { folder, mqttsPort: () => runtime?.mqttsPort ?? 0 };
}

async function startDeviceRuntime(folder: Folder): Promise<DeviceRuntime> {
  const ports = ['--port', '0', '--mqtt-port', '0', '--mqtts-port', '0'];
  const { child, done } = startCli(folder.path, ['start', '--device-auth', '--no-demo', ...ports]);
  const file = join(folder.path, 'data', 'run.json');
  const run = await until(
    'the run.json of a start with --device-auth',
    async () => {
      if (child.exitCode !== null) throw new Error(`it did not start: ${(await done).err}`);
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    },
    START_PATIENCE_MS,
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    mqttsPort: run.mqttsPort,
    stop: async () => {
      child.kill('SIGTERM');
      await within('the end of the runtime', done, END_PATIENCE_MS).finally(() => child.kill('SIGKILL'));
    },
  };
}
