/** The processes that a bench measures: started, waited for, ended by their own id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunInfo } from '../local/data-folder.ts';

export const ROOT = join(import.meta.dirname, '..');

type Health = { readonly stored: number; readonly waiting: number };

export type Amphora = RunInfo & {
  readonly url: string;
  readonly dataDir: string;
  /** From the start of the process to its first answer. */
  readonly readyMs: number;
  readonly rssMb: () => number;
  readonly health: () => Promise<Health>;
  readonly end: () => Promise<void>;
};

const START_LIMIT_MS = 120_000;
const STEP_MS = 2;

/** How a runtime is started: as a user does, or by a script that can leave the journal's fdatasync out. */
export type Start = 'launcher' | 'durable' | 'off';

/** Flags of its own, and variables, of a start by the launcher. */
export type More = { readonly flags: readonly string[]; readonly env: Readonly<Record<string, string>> };

const NOTHING_MORE: More = { flags: [], env: {} };

/** A local runtime of its own, on free ports and in a folder that goes with it. */
export async function startAmphora(start: Start = 'launcher', more = NOTHING_MORE): Promise<Amphora> {
  const dataDir = mkdtempSync(join(tmpdir(), 'amphora-bench-'));
  const startMs = performance.now();
  const [command, words] =
    start === 'launcher'
      ? ['./amphora', ['start', '--port', '0', '--mqtt-port', '0', '--data', dataDir, '--no-demo', ...more.flags]]
      : [process.execPath, [join(ROOT, 'bench', 'runtime.ts'), dataDir, start]];
  const child = spawn(command, words, { stdio: 'ignore', cwd: ROOT, env: { ...process.env, ...more.env } });
  const run = await untilDefined(() => runOf(dataDir), child);
  const url = `http://127.0.0.1:${run.port}`;
  const health = async (): Promise<Health> => {
    const body: Partial<Health> = { ...Object(await (await fetch(`${url}/health`)).json()) };
    return { stored: body.stored ?? 0, waiting: body.waiting ?? 0 };
  };
  await health();
  const readyMs = performance.now() - startMs;
  return {
    ...run,
    url,
    dataDir,
    readyMs,
    health,
    rssMb: () => residentMb(run.pid),
    end: async () => {
      await endChild(child);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Ended when it is measured, or when that failed. */
export async function withAmphora<T>(
  measure: (amphora: Amphora) => Promise<T>,
  start: Start = 'launcher',
  more = NOTHING_MORE,
): Promise<T> {
  const amphora = await startAmphora(start, more);
  try {
    return await measure(amphora);
  } finally {
    await amphora.end();
  }
}

/** A script of this folder that prints one JSON line when it is done, or when it is ready. */
export async function startScript(
  name: string,
  args: readonly string[],
): Promise<{ readonly line: unknown; readonly end: () => Promise<void> }> {
  const child = spawn(process.execPath, [join(ROOT, 'bench', name), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: ROOT,
  });
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(text);
    });
    child.once('exit', () => reject(new Error(`${name} ended without a word`)));
  });
  return { line: JSON.parse(line), end: () => endChild(child) };
}

export function residentMb(pid: number): number {
  const [, kB = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kB) / 1024;
}

/** Waits until the runtime has stored this many points and has nothing left to do. */
export async function untilStored(amphora: Amphora, points: number): Promise<void> {
  for (;;) {
    const { stored, waiting } = await amphora.health();
    if (stored >= points && waiting === 0) return;
    await wait(STEP_MS);
  }
}

function runOf(dataDir: string): RunInfo | undefined {
  const path = join(dataDir, 'run.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

async function untilDefined<T>(look: () => T | undefined, child: ChildProcess): Promise<T> {
  const untilMs = Date.now() + START_LIMIT_MS;
  while (Date.now() < untilMs && child.exitCode === null) {
    const found = look();
    if (found !== undefined) return found;
    await wait(STEP_MS);
  }
  throw new Error(`the local runtime did not start (exit code ${child.exitCode})`);
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await ended;
}
