/** Where the functions' bundles lie, and whether they are made from the sources as they are now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FunctionName } from '../lambdas/api/routes.ts';
import { inputHash } from './input-hash.ts';
import type { StoreKind } from './settings.ts';

export type BundleManifest = {
  /** Hash of what the bundles were made from. */
  readonly inputHash: string;
  /** Size of each function's main.js; its index.js only names it. */
  readonly bytes: Readonly<Record<string, number>>;
};

export const bundlesFolder = (root: string, store: StoreKind): string => join(root, 'build', 'functions', store);

export const bundleFolder = (root: string, store: StoreKind, name: FunctionName): string =>
  join(bundlesFolder(root, store), name);

export const manifestFile = (root: string, store: StoreKind): string =>
  join(bundlesFolder(root, store), 'manifest.json');

export function bundleHash(root: string, store: StoreKind): string {
  return inputHash({
    root,
    paths: ['lambdas', 'package-lock.json', 'scripts/bundle.ts', 'scripts/bundle-plugins.ts'],
    settings: { store },
  });
}

/** What is wrong with the bundles of a store kind, as a sentence; undefined when they are made from today's sources. */
export function bundleProblem(root: string, store: StoreKind): string | undefined {
  const manifest = readManifest(root, store);
  if (manifest === undefined) return `the functions for store '${store}' are not bundled; run npm run bundle`;
  if (manifest.inputHash === bundleHash(root, store)) return undefined;
  return `the bundled functions for store '${store}' are older than their sources; run npm run bundle`;
}

export function readManifest(root: string, store: StoreKind): BundleManifest | undefined {
  try {
    return JSON.parse(readFileSync(manifestFile(root, store), 'utf8'));
  } catch {
    // Absent or unreadable comes to the same: these bundles cannot be trusted.
    return undefined;
  }
}
