/** A database server as a child process: its port from its own log, its last words when it dies, and never left behind. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type ServerProcess = {
  readonly pid: number;
  readonly port: number;
  /** Its newest lines. */
  readonly lastWords: () => string;
  readonly ended: Promise<Ended>;
  /** Resolves when it is gone; who does not go on SIGTERM is killed. */
  readonly end: (signal?: NodeJS.Signals) => Promise<void>;
};

export type ServerCommand = {
  readonly program: string;
  readonly args: readonly string[];
  /** Where it runs and writes. */
  readonly folder: string;
  /** The line of its log that says that it listens; the first group is the port. */
  readonly listening: RegExp;
};

export type Start =
  | { readonly ok: true; readonly server: ServerProcess }
  | { readonly ok: false; readonly lastWords: string };

// 0.2 to 0.4 s by itself; a big folder is read first, and a test machine may be busy.
const START_PATIENCE_MS = 60_000;
// SIGTERM takes 0.2 s.
const END_PATIENCE_MS = 10_000;
const KEPT_LINES = 20;
const TOLD_LINES = 5;

type Child = ChildProcessByStdio<null, Readable, Readable>;

export async function startServer({ program, args, folder, listening }: ServerCommand): Promise<Start> {
  const child = spawn(...boundToUs(program, args), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const lastWords = (): string => lines.slice(-TOLD_LINES).join('\n');
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => {
      lines.push(error.message);
      resolve({ code: null, signal: null });
    });
    // `close`, not `exit`: its last lines are read by then.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  // Where the kernel does not do it (below), at least when this process ends by itself.
  const force = (): void => void child.kill('SIGKILL');
  process.once('exit', force);
  void ended.then(() => process.off('exit', force));
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => endChild(child, ended, signal);

  const port = await Promise.race([portIn(child, lines, listening), ended.then(() => undefined), late()]);
  if (port !== undefined && child.pid !== undefined) {
    return { ok: true, server: { pid: child.pid, port, lastWords, ended, end } };
  }
  const isRunning = child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  if (isRunning) lines.push(`it did not listen within ${START_PATIENCE_MS / 1000} s`);
  await end('SIGKILL');
  return { ok: false, lastWords: lastWords() };
}

function portIn(child: Child, lines: string[], listening: RegExp): Promise<number> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        const port = listening.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
      });
    }
  });
}

function late(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), START_PATIENCE_MS).unref());
}

async function endChild(child: Child, ended: Promise<Ended>, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return void (await ended);
  const kill = setTimeout(() => child.kill('SIGKILL'), END_PATIENCE_MS);
  child.kill(signal);
  await ended;
  clearTimeout(kill);
}

/**
 * On Linux the kernel ends it when we die by whatever signal: a server that outlives a killed test runner holds its port
 * and memory for ever. Elsewhere only a clean end does.
 */
export function boundToUs(program: string, args: readonly string[]): [string, string[]] {
  return hasParentDeathSignal() ? ['setpriv', ['--pdeathsig', 'TERM', '--', program, ...args]] : [program, [...args]];
}

let parentDeathSignal: boolean | undefined;

function hasParentDeathSignal(): boolean {
  parentDeathSignal ??= spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { timeout: 5_000 }).status === 0;
  return parentDeathSignal;
}
