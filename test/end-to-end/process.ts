/** Processes of the command line, each ended by its own id, and folders that go with the test file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { within } from './until.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type Process = {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<Ended>;
  /** Resolves when it has ended. */
  readonly end: (signal: NodeJS.Signals) => Promise<Ended>;
};

const END_PATIENCE_MS = 20_000;
const ENV = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'compile') };

const processes = new Set<ChildProcess>();
const folders = new Set<string>();

// Nothing that a failed test left behind outlives its file.
afterAll(async () => {
  await Promise.all([...processes].map((child) => endChild(child, 'SIGKILL')));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Removed when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-end-to-end-'));
  folders.add(folder);
  return folder;
}

let cdkFolder: string | undefined;

/**
 * The CDK keeps which account a key is of in a file of the user's, and to MiniStack a key is of another account than to a peer of
 * these tests: each file has its own.
 */
export function ownCdkHome(): { readonly CDK_HOME: string } {
  cdkFolder ??= temporaryFolder();
  return { CDK_HOME: cdkFolder };
}

export function runProcess(
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Process {
  const child = spawn(command, [...words], {
    cwd: ROOT,
    env: { ...ENV, HOME: tmpdir(), ...ownCdkHome(), ...env },
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

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  await within(`the end of process ${child.pid} after ${signal}`, ended, END_PATIENCE_MS);
}
