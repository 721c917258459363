/** How large each function may be: what it was when somebody last looked (bundle-sizes.json), and a tenth more. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleManifest } from '../lib/bundles.ts';
import type { StoreKind } from '../lib/settings.ts';

type Bytes = BundleManifest['bytes'];
/** By store kind and function. */
export type AcceptedSizes = Readonly<Partial<Record<StoreKind, Bytes>>>;

const TOLERANCE = 1.1;
const ACCEPT = 'npm run bundle -- --accept-sizes';

const fileOf = (root: string): string => join(root, 'scripts', 'bundle-sizes.json');

export async function acceptedSizes(root: string): Promise<AcceptedSizes> {
  return JSON.parse(await readFile(fileOf(root), 'utf8'));
}

export async function acceptSizes(root: string, store: StoreKind, bytes: Bytes): Promise<void> {
  const sizes = { ...(await acceptedSizes(root)), [store]: bytes };
  await writeFile(fileOf(root), `${JSON.stringify(sizes, null, 2)}\n`);
}

/** A sentence for each function that has grown by more than a tenth, or that nobody has accepted yet. */
export function sizeProblems(accepted: AcceptedSizes, store: StoreKind, bytes: Bytes): readonly string[] {
  return Object.entries(bytes).flatMap(([name, size]) => {
    const known = accepted[store]?.[name];
    if (known === undefined) return [`${name} for store '${store}' has no accepted size; type ${ACCEPT}`];
    if (size <= known * TOLERANCE) return [];
    const more = Math.round((size / known - 1) * 100);
    return [
      `${name} for store '${store}' is ${size} bytes, ${more} % more than the accepted ${known}; make it smaller, or type ${ACCEPT}`,
    ];
  });
}
