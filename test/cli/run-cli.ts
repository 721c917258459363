/** The command line as a child process, as the launcher ./amphora runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

// As the launcher does: compiled modules are kept between starts.
const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'compile') };

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };
export type Running = { readonly child: ChildProcess; readonly done: Promise<Ran> };

export type Folder = {
  readonly path: string;
  readonly file: (name: string, text: string | Buffer) => string;
  readonly remove: () => void;
};

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'amphora-cli-'));
  return {
    path,
    file: (name, text) => {
      writeFileSync(join(path, name), text);
      return name;
    },
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** `folder` is where the command is typed, and the data folder is below it: no runtime of this machine is found. */
export function startCli(
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: 'ignore' | 'pipe' = 'ignore',
): Running {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'cli/main.ts', ...words], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      AMPHORA_CWD: folder,
      AMPHORA_DATA: join(folder, 'data'),
      ...env,
      ...COMPILE_CACHE,
    },
    stdio: [input, 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  const done = once(child, 'close').then(([code]): Ran => ({ code: typeof code === 'number' ? code : null, ...texts }));
  return { child, done };
}

export function runCli(
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return startCli(folder, words, env).done;
}
