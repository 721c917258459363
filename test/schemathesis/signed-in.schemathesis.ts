/** The description of the API, held against the API that wants a sign-in: with a token, and without one. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type SignInAmphora, startSignedIn } from '../local/sign-in/fixture.ts';
import { type Description, describedBy, fill, operationsOf } from './filled-runtime.ts';
import { CHECKS, SEED, schemathesis, type Verdict } from './schemathesis.ts';

const HOOK_MS = 370_000;

let amphora: SignInAmphora;
let description: Description;
let bearer: Readonly<Record<string, string>>;

beforeAll(async () => {
  amphora = await startSignedIn();
  // In this very spelling: for ignored_auth Schemathesis leaves that header out.
  bearer = { Authorization: `Bearer ${(await amphora.tokens(amphora.cliProgram)).accessToken}` };
  await fill(amphora, bearer);
  description = await describedBy(amphora);
}, HOOK_MS);

/** The operations that want a token, as the description says. */
const closed = (): readonly string[] =>
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security }]) =>
      security.length === 0 ? [] : [`${method.toUpperCase()} ${path}`],
    ),
  );

function expectGood(verdict: Verdict): void {
  if (verdict.failures.length > 0) throw new Error(verdict.told);
  expect(verdict).toMatchObject({ exitCode: 0, failures: [], errors: [] });
  const count = operationsOf(description).length;
  expect(verdict.operations).toMatchObject({ total: count, tested: count });
}

describe('every answer to a made-up request', () => {
  let verdict: Verdict;

  beforeAll(async () => {
    // As the page sends it, else no session route does more than refuse it.
    const headers = { ...bearer, origin: amphora.url };
    verdict = await schemathesis({ url: amphora.url, description, headers, checks: ['ignored_auth'] });
    process.stdout.write(`schemathesis: ${verdict.requests} requests with a token, seed ${SEED}\n`);
  }, HOOK_MS);

  test(`of somebody who is signed in passes ${CHECKS.join(', ')}, and ignored_auth`, () => {
    expectGood(verdict);
  });

  test('was taken at least once by every operation that wants a token', () => {
    expect(closed().length).toBeGreaterThan(5);
    expect(closed().filter((operation) => !verdict.accepted.includes(operation))).toEqual([]);
  });

  test('left no function failed', async () => {
    expect(await amphora.logged('function-failed')).toEqual([]);
    expect(await amphora.logged('answer-refused')).toEqual([]);
  });
});

describe('every answer to a made-up request without a token', () => {
  test(
    'is one that the description names, and no operation that wants a token takes any',
    async () => {
      const verdict = await schemathesis({ url: amphora.url, description, examples: 15 });
      process.stdout.write(`schemathesis: ${verdict.requests} requests without a token, seed ${SEED}\n`);
      expectGood(verdict);
      expect(closed().filter((operation) => verdict.accepted.includes(operation))).toEqual([]);
    },
    HOOK_MS,
  );
});
