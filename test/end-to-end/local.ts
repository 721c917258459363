/** The local runtime as a child process, spoken to through its doors only, and ended by its own id. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type BreakableAmphora, inOrder, type KeptRecord } from './amphora.ts';
import { databaseOf } from './database.ts';
import { connectDevice } from './devices.ts';
import { type Client, httpClient } from './http.ts';
import { type Ended, type Process, runCli, temporaryFolder } from './process.ts';
import { INGEST, type IngestMode } from './target.ts';
import { until, within } from './until.ts';

export type Run = {
  readonly pid: number;
  readonly port: number;
  readonly mqttPort: number;
  readonly iotPort: number;
  readonly iotAccessKeyId: string;
  readonly version: string;
  /** With `--auth`. */
  readonly signInUrl?: string;
};

export type Health = {
  readonly status: string;
  readonly version: string;
  /** Left out where to count is not the runtime's work. */
  readonly stored?: number;
  readonly waiting: number;
  /** In the failure queues. */
  readonly failed: number;
  readonly quarantined: number;
};

export type LocalAmphora = BreakableAmphora &
  Run &
  Pick<Process, 'out' | 'err' | 'end' | 'ended'> & {
    readonly dataDir: string;
    readonly health: () => Promise<Health>;
  };

export type StartOptions = {
  /** A folder to go on with; absent: a new one. */
  readonly dataDir?: string;
  readonly port?: number;
  readonly mqttPort?: number;
  /** Default: what AMPHORA_INGEST says. */
  readonly ingest?: IngestMode;
  /** Default: `--no-demo`. The last word where one is said twice. */
  readonly flags?: readonly string[];
};

// A start after a change of the sources builds the stack and the page first.
const START_PATIENCE_MS = 120_000;
// What failed to the end is tried again within a minute.
const DRAIN_PATIENCE_MS = 120_000;

const clients = new Set<Client>();

afterAll(() => {
  for (const client of clients) client.close();
});

export async function startLocal(options: StartOptions = {}): Promise<LocalAmphora> {
  const { dataDir = join(temporaryFolder(), 'data'), port = 0, mqttPort = 0, flags = ['--no-demo'] } = options;
  const { ingest = INGEST } = options;
  const database = await databaseOf(dataDir);
  const ports = ['--port', String(port), '--mqtt-port', String(mqttPort)];
  const again = ingest === 'direct' ? ['--retry-delays', '1,1'] : ['--ingest', 'buffered', '--visibility-timeout', '1'];
  const words = ['start', ...ports, '--data', dataDir, ...again, ...database.flags, ...flags];
  return attach(runCli(words, database.env), dataDir);
}

/** A start that is expected to end by itself. */
export async function refusedStart(
  words: readonly string[],
): Promise<Ended & { readonly out: string; readonly err: string }> {
  const started = runCli(['start', ...words]);
  const ended = await within('a start that is refused', started.ended, START_PATIENCE_MS);
  return { ...ended, out: started.out(), err: started.err() };
}

/** Waits until the process that serves this folder answers. `npm` and the like start it as a process of its own. */
export async function attach(started: Process, dataDir: string, { isOwnProcess = true } = {}): Promise<LocalAmphora> {
  const run = await until(
    `the run.json of ${dataDir}`,
    () => {
      if (started.child.exitCode !== null) throw new Error(`the local runtime did not start: ${started.err()}`);
      const found = runOf(dataDir);
      // One that kill -9 left behind names a process that is gone.
      return isOwnProcess && found?.pid !== started.child.pid ? undefined : found;
    },
    START_PATIENCE_MS,
  );
  const client = httpClient({ port: run.port });
  clients.add(client);
  const health = async (): Promise<Health> => healthOf((await client.get('/health')).text);
  await health();
  const database = await databaseOf(dataDir);
  return {
    ...run,
    ...client,
    out: started.out,
    err: started.err,
    ended: started.ended,
    end: async (signal) => {
      client.close();
      return started.end(signal);
    },
    dataDir,
    url: `http://localhost:${run.port}`,
    iot: {
      endpoint: `http://127.0.0.1:${run.iotPort}`,
      region: 'us-east-1',
      credentials: { accessKeyId: run.iotAccessKeyId, secretAccessKey: 'any' },
    },
    sendFlags: ['--data', dataDir],
    sendEnv: {},
    health,
    device: (device) => connectDevice(`mqtt://127.0.0.1:${run.mqttPort}`, device),
    drained: async () => {
      const { stored, quarantined } = await until(
        'all that was accepted to be stored',
        async () => {
          const now = await health();
          return now.waiting + now.failed === 0 ? now : undefined;
        },
        DRAIN_PATIENCE_MS,
      );
      return { stored: (await database.stored?.()) ?? stored ?? Number.NaN, kept: quarantined };
    },
    kept: async () => keptIn(dataDir),
    logged: async (event) =>
      started
        .err()
        .split('\n')
        .filter((line) => line.split(' ')[1] === event),
    withoutStore: database.without,
    storeName: database.name,
  };
}

function runOf(dataDir: string): Run | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8'));
  } catch {
    // Not there yet, or that of a killed run is just being removed.
    return undefined;
  }
}

function healthOf(text: string): Health {
  return JSON.parse(text);
}

function keptIn(dataDir: string): readonly KeptRecord[] {
  const folder = join(dataDir, 'quarantine');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name): KeptRecord => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    .toSorted(inOrder);
}
