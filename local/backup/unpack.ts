/** The entries of a backup as files below a folder, its owner's alone. */
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BackupEntry } from './container.ts';
import type { EntrySink } from './read-container.ts';

/** `isDurable`: on disk when it is closed. */
export async function unpackTo(
  folder: string,
  { path }: BackupEntry,
  { isDurable }: { readonly isDurable: boolean },
): Promise<EntrySink> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'wx', 0o600);
  return {
    write: async (chunk) => handle.writeFile(chunk),
    close: async () => {
      if (isDurable) await handle.sync();
      await handle.close();
    },
  };
}
