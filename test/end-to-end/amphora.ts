/** The local runtime as a child process, spoken to through its doors only, and ended by its own id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type Client, httpClient } from './http.ts';
import { until, within } from './until.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type Run = {
  readonly pid: number;
  readonly port: number;
  readonly mqttPort: number;
  readonly iotPort: number;
  readonly version: string;
};

export type Health = {
  readonly status: string;
  readonly version: string;
  readonly stored: number;
  readonly waiting: number;
  readonly kept: number;
  readonly collided: number;
};

export type KeptRecord = {
  readonly reason: string;
  readonly original: string;
  readonly topic: string;
  readonly clientId: string | null;
  readonly receivedAt: number;
};

/** A process of the command line. */
export type Process = {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<Ended>;
  /** Resolves when it has ended. */
  readonly end: (signal: NodeJS.Signals) => Promise<Ended>;
};

export type Amphora = Run &
  Client &
  Pick<Process, 'out' | 'err' | 'end' | 'ended'> & {
    readonly dataDir: string;
    readonly url: string;
    readonly health: () => Promise<Health>;
    /** Resolves when everything that was accepted is stored or kept. */
    readonly drained: () => Promise<Health>;
    readonly kept: () => readonly KeptRecord[];
  };

export type StartOptions = {
  /** A folder to go on with; absent: a new one. */
  readonly dataDir?: string;
  readonly port?: number;
  readonly mqttPort?: number;
  /** Default: `--no-demo`. */
  readonly flags?: readonly string[];
};

// A start after a change of the sources builds the stack and the page first.
const START_PATIENCE_MS = 120_000;
const END_PATIENCE_MS = 20_000;
const DRAIN_PATIENCE_MS = 20_000;
const ENV = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'compile') };

const processes = new Set<ChildProcess>();
const clients = new Set<Client>();
const folders = new Set<string>();

// Nothing that a failed test left behind outlives its file.
afterAll(async () => {
  for (const client of clients) client.close();
  await Promise.all([...processes].map((child) => endChild(child, 'SIGKILL')));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Removed when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-end-to-end-'));
  folders.add(folder);
  return folder;
}

export function runProcess(
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Process {
  const child = spawn(command, [...words], {
    cwd: ROOT,
    env: { ...ENV, HOME: tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.add(child);
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      processes.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    child,
    out: () => texts.out,
    err: () => texts.err,
    ended,
    end: async (signal) => {
      await endChild(child, signal);
      return within(`the end of process ${child.pid}`, ended, END_PATIENCE_MS);
    },
  };
}

/** `./amphora …` without its launcher. */
export function runCli(words: readonly string[], env: Readonly<Record<string, string>> = {}): Process {
  return runProcess(process.execPath, ['--disable-warning=ExperimentalWarning', 'cli/main.ts', ...words], env);
}

/** A start that is expected to end by itself. */
export async function refusedStart(
  words: readonly string[],
): Promise<Ended & { readonly out: string; readonly err: string }> {
  const started = runCli(['start', ...words]);
  const ended = await within('a start that is refused', started.ended, START_PATIENCE_MS);
  return { ...ended, out: started.out(), err: started.err() };
}

export async function startAmphora(options: StartOptions = {}): Promise<Amphora> {
  const { dataDir = join(temporaryFolder(), 'data'), port = 0, mqttPort = 0, flags = ['--no-demo'] } = options;
  const ports = ['--port', String(port), '--mqtt-port', String(mqttPort)];
  const started = runCli(['start', ...ports, '--data', dataDir, '--retry-delays', '1,1', ...flags]);
  return attach(started, dataDir);
}

/** Waits until the process that serves this folder answers. `npm` and the like start it as a process of its own. */
export async function attach(started: Process, dataDir: string, { isOwnProcess = true } = {}): Promise<Amphora> {
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
  const client = httpClient(run.port);
  clients.add(client);
  const health = async (): Promise<Health> => healthOf((await client.get('/health')).text);
  await health();
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
    health,
    drained: () =>
      until(
        'all that was accepted to be stored',
        async () => {
          const now = await health();
          return now.waiting === 0 ? now : undefined;
        },
        DRAIN_PATIENCE_MS,
      ),
    kept: () => keptIn(dataDir),
  };
}

function runOf(dataDir: string): Run | undefined {
  const path = join(dataDir, 'run.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function healthOf(text: string): Health {
  return JSON.parse(text);
}

function keptIn(dataDir: string): readonly KeptRecord[] {
  const path = join(dataDir, 'kept.ndjson');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '').map((line): KeptRecord => JSON.parse(line));
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  await within(`the end of process ${child.pid} after ${signal}`, ended, END_PATIENCE_MS);
}
