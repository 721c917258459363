/** `./amphora start` on an InfluxDB, as a child process, ended by its own id. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { until, within } from '../end-to-end/until.ts';
import { type Folder, type Ran, startCli } from './run-cli.ts';

// A start after a change of the sources builds the stack and the page first.
const START_PATIENCE_MS = 120_000;
const END_PATIENCE_MS = 20_000;
const REFUSAL_PATIENCE_MS = 30_000;

export const influxWords = ({ url, org, bucket }: InfluxAddress): readonly string[] => [
  '--influx-url',
  url,
  '--influx-org',
  org,
  '--influx-bucket',
  bucket,
];

const FREE_PORTS = ['--port', '0', '--mqtt-port', '0'];

/** A start that is expected to be refused. */
export async function refusedStart(folder: Folder, address: InfluxAddress, more: readonly string[] = []): Promise<Ran> {
  const words = ['start', '--store', 'influxdb', ...FREE_PORTS, ...influxWords(address), ...more];
  const { child, done } = startCli(folder.path, words, { INFLUX_TOKEN: address.token });
  try {
    return await within('the end of a start that is refused', done, REFUSAL_PATIENCE_MS);
  } finally {
    child.kill('SIGKILL');
  }
}

export type OnInfluxdb = {
  readonly get: (path: string) => Promise<unknown>;
  readonly post: (path: string, body: unknown) => Promise<unknown>;
  readonly run: Readonly<Record<string, unknown>>;
};

/** Starts it, uses it, and ends it whatever comes of that. Gives what it wrote. */
export async function withRuntime(
  folder: Folder,
  address: InfluxAddress,
  use: (runtime: OnInfluxdb) => Promise<void>,
  more: readonly string[] = ['--no-demo'],
): Promise<Ran> {
  const words = ['start', '--store', 'influxdb', ...FREE_PORTS, ...influxWords(address), ...more];
  const { child, done } = startCli(folder.path, words, { INFLUX_TOKEN: address.token });
  try {
    const runFile = join(folder.path, 'data', 'run.json');
    const run = await until(
      'the run.json of a start on InfluxDB',
      async () => {
        if (child.exitCode !== null) throw new Error(`it did not start: ${(await done).err}`);
        const found = existsSync(runFile) ? JSON.parse(readFileSync(runFile, 'utf8')) : undefined;
        return found?.pid === child.pid ? found : undefined;
      },
      START_PATIENCE_MS,
    );
    const url = `http://localhost:${run.port}`;
    await use({
      run,
      get: async (path) => (await fetch(`${url}${path}`)).json(),
      post: async (path, body) => {
        const headers = { 'content-type': 'application/json' };
        return (await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), headers })).json();
      },
    });
    child.kill('SIGTERM');
    return await within('the end of the runtime', done, END_PATIENCE_MS);
  } finally {
    child.kill('SIGKILL');
  }
}
