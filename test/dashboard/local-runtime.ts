/** The real local runtime as a child process, on free ports and a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type LocalRuntime = {
  readonly url: string;
  readonly mqttPort: number;
  /** Its data folder's files. */
  readonly file: (name: string) => string;
  /** With `--auth`: where people sign in. */
  readonly signInUrl: string | undefined;
  /** Ends the process; the readings stay. */
  readonly stop: () => Promise<void>;
  /** The same readings on the same port again. */
  readonly startAgain: () => Promise<void>;
  /** Ends the process and removes the readings. */
  readonly remove: () => Promise<void>;
  readonly post: (path: string, body: unknown) => Promise<void>;
};

const ROOT = join(import.meta.dirname, '..', '..');
const START_MS = 60_000;

export async function startLocalRuntime(...flags: readonly string[]): Promise<LocalRuntime> {
  const folder = await mkdtemp(join(tmpdir(), 'amphora-page-'));
  const anyPort = ['--port', '0', '--mqtt-port', '0', ...(flags.includes('--auth') ? ['--auth-port', '0'] : [])];
  let child = start(folder, [...anyPort, ...flags]);
  const run = await ready(folder, child);
  const url = `http://localhost:${run.port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return {
    url,
    mqttPort: run.mqttPort,
    file: (name) => join(folder, name),
    signInUrl: run.signInUrl,
    stop,
    startAgain: async () => {
      const { signInUrl } = run;
      const authPort = signInUrl === undefined ? [] : ['--auth-port', new URL(signInUrl).port];
      child = start(folder, ['--port', `${run.port}`, '--mqtt-port', `${run.mqttPort}`, ...authPort, ...flags]);
      await ready(folder, child);
    },
    remove: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
    post: async (path, body) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    },
  };
}

function start(folder: string, flags: readonly string[]): ChildProcess {
  const args = [
    '--disable-warning=ExperimentalWarning',
    join(ROOT, 'cli', 'main.ts'),
    'start',
    '--data',
    folder,
    ...flags,
  ];
  return spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}

type Run = { readonly pid: number; readonly port: number; readonly mqttPort: number; readonly signInUrl?: string };

async function ready(folder: string, child: ChildProcess): Promise<Run> {
  const giveUpAtMs = Date.now() + START_MS;
  for (;;) {
    const run = await readRun(folder);
    if (run?.pid === child.pid && run !== undefined && (await answers(run.port))) return run;
    if (child.exitCode !== null) throw new Error(`the local runtime ended with ${child.exitCode} before it was ready`);
    if (Date.now() > giveUpAtMs) throw new Error(`the local runtime was not ready after ${START_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function readRun(folder: string): Promise<Run | undefined> {
  try {
    const run: Run = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
    return run;
  } catch {
    return undefined;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://localhost:${port}/health`)).ok;
  } catch {
    return false;
  }
}
