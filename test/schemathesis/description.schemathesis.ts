/** The API's own description, held against the API by Schemathesis: what it says of every answer is so. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalAmphora, startLocal } from '../end-to-end/local.ts';
import { type Description, describedBy, fill, operationsOf } from './filled-runtime.ts';
import { CHECKS, SEED, schemathesis, type Verdict } from './schemathesis.ts';

const LIMIT_MS = 240_000;
// Its start builds the stack and the page after a change of the sources.
const HOOK_MS = LIMIT_MS + 130_000;

describe('every answer to a made-up request, without sign-in,', () => {
  let verdict: Verdict;
  let amphora: LocalAmphora;

  beforeAll(async () => {
    amphora = await startLocal();
    await fill(amphora);
    verdict = await schemathesis({ url: amphora.url, description: await describedBy(amphora) });
    process.stdout.write(`schemathesis: ${verdict.requests} requests, seed ${SEED} (SCHEMATHESIS_SEED for another)\n`);
  }, HOOK_MS);

  test(`passes ${CHECKS.join(', ')}`, () => {
    if (verdict.failures.length > 0) throw new Error(verdict.told);
    expect(verdict).toMatchObject({ exitCode: 0, failures: [], errors: [] });
  });

  test('was asked for on every operation, and each took at least one request', async () => {
    const operations = operationsOf(await describedBy(amphora));
    expect(verdict.operations).toMatchObject({ total: operations.length, tested: operations.length });
    // Without a sign-in there is no session.
    const takers = operations.filter((operation) => !operation.includes('/session'));
    expect(takers.filter((operation) => !verdict.accepted.includes(operation))).toEqual([]);
  });

  test('left no function failed, and the log without a failed request', async () => {
    expect(await amphora.logged('function-failed')).toEqual([]);
    expect(await amphora.logged('answer-refused')).toEqual([]);
    expect(await amphora.logged('request-failed')).toEqual([]);
  });
});

describe('a description that is not so is found out:', () => {
  let amphora: LocalAmphora;
  let truth: Description;

  beforeAll(async () => {
    amphora = await startLocal();
    await fill(amphora);
    truth = await describedBy(amphora);
  }, HOOK_MS);

  const failed = async (path: string, change: (text: string) => string): Promise<readonly string[]> => {
    const description: unknown = JSON.parse(change(JSON.stringify(truth)));
    expect(description).not.toEqual(truth);
    const verdict = await schemathesis({ url: amphora.url, description, paths: [path], examples: 10 });
    expect(verdict.exitCode).toBe(1);
    return verdict.failures.map(({ title }) => title);
  };

  test(
    'a status that it does not name',
    async () => {
      const failures = await failed('/charge', (text) => text.replaceAll('"400":', '"499":'));
      expect(failures).toContain('Undocumented status code');
    },
    LIMIT_MS,
  );

  test(
    'a field that answers do not have',
    async () => {
      const failures = await failed('/batteries', (text) => text.replaceAll('"firstAt"', '"startedAt"'));
      expect(failures).toContain('Response violates schema');
    },
    LIMIT_MS,
  );

  test(
    'a content type that answers do not have',
    async () => {
      const failures = await failed('/livedata', (text) => text.replaceAll('"application/json"', '"application/xml"'));
      expect(failures).toContain('Undocumented Content-Type');
    },
    LIMIT_MS,
  );
});
