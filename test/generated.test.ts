/** What is checked in although it can be made from something else is what would be made today. */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { VERSION } from '../lambdas/api/version.ts';
import schema from '../lambdas/telemetry/reading.schema.json' with { type: 'json' };
import { ALARM_NAMES } from '../lambdas/telemetry/reading.ts';
import { generateValidators } from '../scripts/generate-validators.ts';

const ROOT = new URL('../', import.meta.url);
const textOf = async (path: string): Promise<string> => readFile(new URL(path, ROOT), 'utf8');

test('the validator, its types and the fields are those of reading.schema.json, byte for byte: else run npm run validators', async () => {
  const { js, dts, fields } = generateValidators();
  expect(await textOf('lambdas/telemetry/reading.generated.js')).toBe(js);
  expect(await textOf('lambdas/telemetry/reading.generated.d.ts')).toBe(dts);
  expect(await textOf('lambdas/telemetry/fields.generated.ts')).toBe(fields);
});

test('the validator stands alone: it imports and requires nothing', async () => {
  expect(await textOf('lambdas/telemetry/reading.generated.js')).not.toMatch(
    /\b(import|require)\s*[({'"]|\bfrom\s+['"]/,
  );
});

test('the version that the functions tell is that of package.json and of the lock file', async () => {
  const { version } = JSON.parse(await textOf('package.json'));
  const lock = JSON.parse(await textOf('package-lock.json'));
  expect([VERSION, lock.version, lock.packages[''].version]).toEqual([version, version, version]);
});

test('the alarm names of the reading are those of the schema', () => {
  expect(schema.properties.alarms.items.pattern).toBe(`^(${ALARM_NAMES.join('|')}):(warning|alarm)$`);
});
