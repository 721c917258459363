/** Files that are their owner's alone to read, and that a power cut leaves whole or not at all. */
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { syncFolderNow } from './sync-folder.ts';

const OWNER_ONLY = 0o600;

/** Makes the file; false, and nothing is changed, when one is there: a key that is written over is lost. */
export function makePrivateFile(path: string, content: string): boolean {
  const fresh = writtenBeside(path, content);
  try {
    placeAt(path, fresh);
    syncFolderNow(dirname(path));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** Makes the file, or puts this content in its place: who reads meanwhile sees the old content or the new one. */
export function replacePrivateFile(path: string, content: string): void {
  renameSync(writtenBeside(path, content), path);
  syncFolderNow(dirname(path));
}

function writtenBeside(path: string, content: string): string {
  const fresh = `${path}.${process.pid}.new`;
  // What a killed run of the same id left.
  rmSync(fresh, { force: true });
  const descriptor = openSync(fresh, 'wx', OWNER_ONLY);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return fresh;
}

// A link appears whole and only where nothing is, which a rename does not promise. FAT has none: there it is a copy.
function placeAt(path: string, fresh: string): void {
  try {
    linkSync(fresh, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    copyFileSync(fresh, path, constants.COPYFILE_EXCL);
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
