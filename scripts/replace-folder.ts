/** Fills a new folder beside an old one, which then takes its place: whoever is killed in between leaves the old one whole. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

// Longer than any build takes: what is older was left by one that was killed.
const LEFTOVER_AGE_MS = 60 * 60_000;

/** `isThere` is asked when all is filled: true means that another process did the same meanwhile, and that may stay. */
export async function replaceFolder(
  folder: string,
  fill: (folder: string) => Promise<void>,
  isThere: () => boolean = () => false,
): Promise<void> {
  await removeLeftovers(folder);
  const fresh = `${folder}.${randomUUID()}.new`;
  await mkdir(fresh, { recursive: true });
  try {
    await fill(fresh);
    if (!isThere()) await takePlace(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

// Another process may do the same at the same time: then the last one wins, and neither sees half a folder.
async function takePlace(fresh: string, folder: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const old = `${folder}.${randomUUID()}.old`;
    await rename(folder, old).catch(unlessCode('ENOENT'));
    try {
      await rename(fresh, folder);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
      unlessCode('ENOTEMPTY', 'EEXIST')(error);
    } finally {
      await rm(old, { recursive: true, force: true });
    }
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(dirname(folder)).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(`${basename(folder)}.`) && /\.(new|old)$/.test(name))) {
    const path = join(dirname(folder), name);
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > LEFTOVER_AGE_MS)
      await rm(path, { recursive: true, force: true });
  }
}

function unlessCode(...expected: readonly string[]): (error: unknown) => void {
  return (error) => {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (!expected.some((one) => one === code)) throw error;
  };
}
