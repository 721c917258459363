/** A Python environment of its own for one tool, made once from a list of pinned packages, below build/. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { refused } from './refused.ts';
import { replaceFolder } from './replace-folder.ts';

export type PythonTool = {
  /** What errors call it: `the emulator`. */
  readonly name: string;
  /** Where its environments lie, from the repository's root: `build/emulator`. */
  readonly folder: string;
  /** The list of its packages, from the repository's root. */
  readonly requirements: string;
};

// 18 s on the machine this was written on, most of it the download.
const INSTALL_MS = 10 * 60_000;
const CHECK_MS = 30_000;

/** The Python that has the tool: one that is made now if it is not there or has other requirements. */
export async function toolPython(root: string, tool: PythonTool, say: (line: string) => void): Promise<string> {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, tool.requirements)))
    .digest('hex');
  const folder = join(root, tool.folder, `python-${hash.slice(0, 12)}`);
  // Relative to the folder only, so that it may be filled under another name: pip's own scripts would name that one.
  const python = join(folder, 'bin', 'python3');
  const isThere = (): boolean => existsSync(python);
  if (isThere()) return python;
  await checkPython(tool);
  say(`Installing ${tool.name} into ${tool.folder} (once, about half a minute) …`);
  await replaceFolder(folder, (fresh) => install(root, tool, fresh), isThere);
  return python;
}

async function checkPython({ name }: PythonTool): Promise<void> {
  const script = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 3)';
  try {
    await promisify(execFile)('python3', ['-c', script], { timeout: CHECK_MS });
  } catch (cause) {
    const found =
      typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 3
        ? 'the python3 found is older'
        : 'it is not all there';
    throw refused(
      `${name} needs Python 3.10 or newer with its venv module, and ${found}; on Debian: apt-get install python3 python3-venv. Then type the same again`,
      cause,
    );
  }
}

async function install(root: string, { name, requirements }: PythonTool, folder: string): Promise<void> {
  const pip = ['-m', 'pip', 'install', '--no-deps', '--disable-pip-version-check', '--no-input', '--quiet'];
  try {
    await promisify(execFile)('python3', ['-m', 'venv', folder], { timeout: INSTALL_MS });
    await promisify(execFile)(join(folder, 'bin', 'python3'), [...pip, '-r', join(root, requirements)], {
      timeout: INSTALL_MS,
    });
  } catch (cause) {
    const printed = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    // From the terminal, pip hears a Ctrl-C too.
    if (/KeyboardInterrupt/.test(printed)) throw refused('stopped as asked; nothing of it was kept', cause);
    throw refused(
      `${name} could not be installed: ${printed.split('\n').slice(-3).join(' / ')}; nothing of it was kept. pip needs its package index once; then type the same again`,
      cause,
    );
  }
}
