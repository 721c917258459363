import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';
import { SITE_INPUTS } from '../../lib/built-site.ts';
import { ROOT } from './templates.ts';

/** Files of ours that a file brings in, itself among them. */
function broughtIn(file: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(ROOT, file), 'utf8');
  for (const [, path = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^;'"]*?from '(\.[^']+)'/gm))
    broughtIn(normalize(join(dirname(file), path)), seen);
  return seen;
}

test('what builds the page is all among its inputs: a change of any of it builds it anew', () => {
  const files = [...broughtIn('scripts/build-site.ts')];
  expect(files).toEqual(expect.arrayContaining(['scripts/api-page.ts', 'lambdas/api/openapi.ts']));
  const isInput = (file: string): boolean =>
    SITE_INPUTS.some((input) => file === input || file.startsWith(`${input}/`));
  expect(files.filter((file) => !isInput(file))).toEqual([]);
});
