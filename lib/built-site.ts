/** Where the built page lies, and whether it is made from the sources as they are now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inputHash } from './input-hash.ts';

/** What the page is built from. */
export const SITE_INPUTS: readonly string[] = [
  'dashboard',
  'lambdas',
  'package-lock.json',
  'scripts/api-page.css',
  'scripts/api-page.ts',
  'scripts/build-site.ts',
];

export const siteFolder = (root: string): string => join(root, 'build', 'site');

/** Beside the folder, for all that is in it is public. */
export const siteHashFile = (root: string): string => `${siteFolder(root)}.hash`;

export const siteHash = (root: string): string => inputHash({ root, paths: SITE_INPUTS });

/** What is wrong with the built page, as a sentence; undefined when it is made from today's sources. */
export function siteProblem(root: string): string | undefined {
  const built = readText(siteHashFile(root));
  if (built === undefined) return 'the page is not built; run npm run bundle';
  if (built === siteHash(root)) return undefined;
  return 'the built page is older than its sources; run npm run bundle';
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Absent or unreadable comes to the same: this page cannot be trusted.
    return undefined;
  }
}
