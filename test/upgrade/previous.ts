/**
 * The commit before this one, unpacked below build/upgrade with its own dependencies: what a user upgrades from. Before a
 * change is committed that is the last commit; in the build, the one before. AMPHORA_PREVIOUS names another.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { replaceFolder } from '../../scripts/replace-folder.ts';

export type Previous =
  | { readonly ok: true; readonly root: string; readonly title: string }
  /** Why there is none. */
  | { readonly ok: false; readonly reason: string };

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'build', 'upgrade');
const GIT_MS = 30_000;
const INSTALL_MS = 5 * 60_000;

export async function previousVersion(): Promise<Previous> {
  const found = await previousCommit();
  if (!found.ok) return found;
  const { commit } = found;
  const root = join(FOLDER, `tree-${commit.slice(0, 12)}`);
  const isThere = (): boolean => existsSync(join(root, 'package.json'));
  if (!isThere()) {
    await removeOthers('tree', root);
    await replaceFolder(root, (fresh) => unpack(commit, fresh), isThere);
  }
  return { ok: true, root, title: await git('show', '--no-patch', '--format=%h %s', commit) };
}

type Commit = { readonly ok: true; readonly commit: string } | { readonly ok: false; readonly reason: string };

async function previousCommit(): Promise<Commit> {
  try {
    const given = process.env['AMPHORA_PREVIOUS'] ?? '';
    const changed = await git('status', '--porcelain');
    const name = given === '' ? (changed === '' ? 'HEAD~1' : 'HEAD') : given;
    return { ok: true, commit: await git('rev-parse', '--verify', '--quiet', `${name}^{commit}`) };
  } catch (error) {
    // No git, no repository, or one that was cloned with its last commit only, of which git says nothing.
    const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : '';
    return {
      ok: false,
      reason: `this checkout has no commit before this one${said === '' ? '' : ` (${said.split('\n')[0]})`}`,
    };
  }
}

async function unpack(commit: string, folder: string): Promise<void> {
  const archive = `${folder}.tar`;
  try {
    await git('archive', '--format=tar', `--output=${archive}`, commit);
    await promisify(execFile)('tar', ['-xf', archive, '-C', folder], { timeout: GIT_MS });
  } finally {
    await rm(archive, { force: true });
  }
  await symlink(await dependencies(folder), join(folder, 'node_modules'));
}

/** This checkout's where the lock file is the same; else its own, installed once below build/upgrade. */
async function dependencies(folder: string): Promise<string> {
  const lock = readFileSync(join(folder, 'package-lock.json'));
  const ours = join(ROOT, 'node_modules');
  if (lock.equals(readFileSync(join(ROOT, 'package-lock.json')))) return ours;
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const modules = join(FOLDER, `modules-${hash}`);
  await removeOthers('modules', modules);
  const isThere = (): boolean => existsSync(join(modules, 'node_modules'));
  if (!isThere()) await replaceFolder(modules, (fresh) => install(folder, fresh), isThere);
  return join(modules, 'node_modules');
}

async function install(from: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) await cp(join(from, name), join(folder, name));
  const flags = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  await promisify(execFile)('npm', ['ci', ...flags], { cwd: folder, timeout: INSTALL_MS });
}

/** What commits before the previous one left. */
async function removeOthers(kind: 'tree' | 'modules', kept: string): Promise<void> {
  const names = await readdir(FOLDER).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(`${kind}-`) && /-\w{12}$/.test(one)))
    if (join(FOLDER, name) !== kept) await rm(join(FOLDER, name), { recursive: true, force: true });
}

async function git(...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', [...words], { cwd: ROOT, timeout: GIT_MS });
  return stdout.trim();
}
