/** One hash of everything that something was built from: its files' bytes and its settings. The same hash: nothing to do. */
import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export type Inputs = {
  /** The folder that `paths` are relative to. Not part of the hash: a moved clone is the same clone. */
  readonly root: string;
  /** Files, and folders with all that is below them. One that does not exist counts as absent. */
  readonly paths: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
};

export function inputHash({ root, paths, settings = {} }: Inputs): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(settings).sort()) add(hash, `setting ${name}`, Buffer.from(settings[name] ?? ''));
  for (const path of [...paths].sort()) addPath(hash, root, path);
  return hash.digest('hex');
}

function addPath(hash: Hash, root: string, path: string): void {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return add(hash, `absent ${path}`, Buffer.alloc(0));
  if (!stats.isDirectory()) return add(hash, `file ${path}`, readFileSync(join(root, path)));
  for (const entry of readdirSync(join(root, path)).sort()) addPath(hash, root, `${path}/${entry}`);
}

// Lengths go in too, so that bytes cannot move from one file to the next without a change.
function add(hash: Hash, name: string, bytes: Buffer): void {
  hash.update(`${name.length} ${name} ${bytes.length} `).update(bytes);
}
