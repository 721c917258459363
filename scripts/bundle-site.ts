/** The dashboard's files in build/site, as the bucket gets them; built now if their sources changed since the last time. */
import { rm, writeFile } from 'node:fs/promises';
import { siteFolder, siteHash, siteHashFile, siteProblem } from '../lib/built-site.ts';
import { buildSite } from './build-site.ts';
import { replaceFolder } from './replace-folder.ts';

export async function bundleSite(root: string): Promise<void> {
  if (siteProblem(root) === undefined) return;
  // The hash of before the build: a source that changes meanwhile makes the page stale, not falsely fresh.
  const hash = siteHash(root);
  // Gone while the folder changes, so that it never speaks for another.
  await rm(siteHashFile(root), { force: true });
  await replaceFolder(siteFolder(root), buildSite, () => siteProblem(root) === undefined);
  await writeFile(siteHashFile(root), hash);
}
