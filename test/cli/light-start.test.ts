/** What a plain start does not load: each of these costs it tens of milliseconds, and needs one careless import to come back. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { ROOT } from '../end-to-end/process.ts';

// Resolved hooks see every module that is imported, ours and packages'.
const PROBE = `
import { registerHooks } from 'node:module';
const seen = [];
registerHooks({ resolve: (specifier, context, next) => { const found = next(specifier, context); seen.push(found.url); return found; } });
await import('./cli/run-command.ts');
await import('./cli/start.ts');
await import('./local/main.ts');
process.stdout.write(JSON.stringify([...seen, ...process.moduleLoadList]));
`;

test('a start loads neither the sign-in, nor certificates, nor AWS, nor fetch', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROBE], {
    cwd: ROOT,
    maxBuffer: 4_000_000,
  });
  const loaded: readonly string[] = JSON.parse(stdout);
  expect(loaded.some((name) => name.endsWith('/local/broker.ts'))).toBe(true);
  const heavy =
    /node_modules\/(?:jose|@peculiar|uqr|@aws-sdk|aws-cdk-lib|csv-parse|mqtt|esbuild)\/|undici|cli\/command-line/;
  expect(loaded.filter((name) => heavy.test(name))).toEqual([]);
});
