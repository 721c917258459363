/** A process with all its children, in a group of their own, so that they end together and none of them is left behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

export type GroupOptions = {
  readonly cwd: string;
  /** All of it: nothing of this process's own environment is added. */
  readonly env: Readonly<Record<string, string>>;
  /** Told of every line that it prints. */
  readonly onLine?: (line: string) => void;
};

export type ProcessGroup = {
  /** Also the group's id. */
  readonly pid: number;
  /** What it printed last, at most 20 lines. */
  readonly lastLines: () => readonly string[];
  /** How the first process ended: its exit code, or the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Ends all of them: by asking first, by force when they do not go. */
  readonly end: () => Promise<void>;
};

const LINES_KEPT = 20;
// MiniStack gets SIGTERM and sometimes stays (a function that hangs holds it).
const ASKED_MS = 4_000;
const FORCED_MS = 2_000;
const LOOK_EVERY_MS = 20;

export async function startGroup(
  command: string,
  args: readonly string[],
  { cwd, env, onLine = () => {} }: GroupOptions,
): Promise<ProcessGroup> {
  const child = spawn(command, [...args], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 1));
  });
  const pid = await startedPid(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    eachLine(stream, (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
      onLine(line);
    });
  }
  // Even when this process ends without having ended it: an exception, process.exit.
  const force = (): void => void signalGroup(pid, 'SIGKILL');
  process.once('exit', force);
  return {
    pid,
    lastLines: () => [...lines],
    ended,
    end: async () => {
      signalGroup(pid, 'SIGTERM');
      if (!(await isGone(pid, ASKED_MS))) {
        force();
        await isGone(pid, FORCED_MS);
      }
      await ended;
      process.off('exit', force);
    },
  };
}

function startedPid(child: ChildProcessByStdio<null, Readable, Readable>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

async function isGone(group: number, patienceMs: number): Promise<boolean> {
  const deadlineMs = Date.now() + patienceMs;
  while (signalGroup(group, 0)) {
    if (Date.now() > deadlineMs) return false;
    await pause(LOOK_EVERY_MS);
  }
  return true;
}

/** False when nobody of the group is left. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
