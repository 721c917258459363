import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { secretToken } from '../../lambdas/aws/secret-token.ts';
import { secretsEndpoint } from '../../lambdas/aws/secrets-manager.ts';
import { type JsonPeer, KEYS, refusing } from './json-peer.ts';
import { ARN, holding, secretsPeer } from './secrets-peer.ts';

const START_MS = 1_790_000_000_000;
const FIVE_MINUTES_MS = 300_000;

let peer: JsonPeer;
let nowMs = START_MS;
const tokens = () => secretToken(ARN, () => nowMs);

beforeAll(async () => {
  peer = await secretsPeer();
  Object.assign(process.env, KEYS, { AWS_ENDPOINT_URL_SECRETS_MANAGER: peer.url });
});
afterAll(() => peer.close());
beforeEach(() => {
  nowMs = START_MS;
});

describe('the request', () => {
  test("is the SDK's own in all that Secrets Manager reads, and signed with the session", async () => {
    peer.answer(holding('t'));
    const client = new SecretsManagerClient({ region: 'eu-central-1', endpoint: peer.url });
    await client.send(new GetSecretValueCommand({ SecretId: ARN }));
    const [theirs] = peer.requests;

    peer.answer(holding('t'));
    await tokens()();
    const [ours] = peer.requests;
    const read = ['x-amz-target', 'content-type', 'host', 'content-length', 'x-amz-security-token'];
    for (const name of read) expect([name, ours?.headers[name]]).toEqual([name, theirs?.headers[name]]);
    expect(JSON.parse(ours?.body ?? '')).toEqual(JSON.parse(theirs?.body ?? ''));
    expect(ours?.headers.authorization).toContain('x-amz-security-token');
    expect(ours?.headers['x-amz-date']).toMatch(/^\d{8}T\d{6}Z$/);
  });

  test.each([
    ['arn:aws:secretsmanager:eu-central-1:1:secret:s', 'https://secretsmanager.eu-central-1.amazonaws.com'],
    ['arn:aws-us-gov:secretsmanager:us-gov-west-1:1:secret:s', 'https://secretsmanager.us-gov-west-1.amazonaws.com'],
    ['arn:aws-cn:secretsmanager:cn-north-1:1:secret:s', 'https://secretsmanager.cn-north-1.amazonaws.com.cn'],
  ])('for %s goes to %s, if nothing else is set', (arn, address) => {
    delete process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'];
    expect(secretsEndpoint(arn)).toBe(address);
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:1';
    expect(secretsEndpoint(arn)).toBe('http://127.0.0.1:1');
    process.env['AWS_ENDPOINT_URL_SECRETS_MANAGER'] = peer.url;
    expect(secretsEndpoint(arn)).toBe(peer.url);
    delete process.env['AWS_ENDPOINT_URL'];
  });
});

describe('the token', () => {
  test.each([
    ['alone', 'my-token=='],
    ['alone, with the line end of the file it came from', 'my-token==\n'],
    ['as JSON', '{"token": "my-token=="}'],
    ['as JSON with other members', ' {"org":"ENI","token":"my-token=="}'],
  ])('is taken from its secret %s', async (_, secret) => {
    peer.answer(holding(secret));
    expect(await tokens()()).toBe('my-token==');
  });

  test('is kept for five minutes and then read again', async () => {
    peer.answer(holding('first'), holding('second'));
    const token = tokens();
    expect(await token()).toBe('first');
    nowMs += FIVE_MINUTES_MS - 1;
    expect([await token(), peer.requests.length]).toEqual(['first', 1]);
    nowMs += 1;
    expect([await token(), peer.requests.length]).toEqual(['second', 2]);
  });

  test('is read once for all who ask at the same time', async () => {
    peer.answer(holding('first'), holding('second'));
    const token = tokens();
    expect(await Promise.all([token(), token(), token()])).toEqual(['first', 'first', 'first']);
    expect(peer.requests).toHaveLength(1);
    expect(await Promise.all([token('first'), token('first'), token('first')])).toEqual(['second', 'second', 'second']);
    expect(peer.requests).toHaveLength(2);
  });

  test('that was refused is not the one that is held: then there is nothing to read', async () => {
    peer.answer(holding('second'), holding('third'));
    const token = tokens();
    await token();
    expect([await token('first'), peer.requests.length]).toEqual(['second', 1]);
  });

  test('that is refused and still in its secret is not asked for again before ten seconds', async () => {
    peer.answer(holding('bad'), holding('bad'), holding('good'));
    const token = tokens();
    await token();
    for (let refusals = 0; refusals < 50; refusals++) expect(await token('bad')).toBe('bad');
    expect(peer.requests).toHaveLength(2);
    nowMs += 10_000;
    expect(await token('bad')).toBe('good');
  });

  test('stays in use while Secrets Manager cannot be read, which is tried every ten seconds', async () => {
    peer.answer(holding('first'), refusing('AccessDeniedException'), holding('second'));
    const token = tokens();
    await token();
    nowMs += FIVE_MINUTES_MS;
    const told = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    expect(await token()).toBe('first');
    expect(told.mock.calls.join()).toContain('"event":"secret-unavailable"');
    told.mockRestore();
    nowMs += 9_999;
    expect([await token(), peer.requests.length]).toEqual(['first', 2]);
    nowMs += 1;
    expect(await token()).toBe('second');
  });

  test('that was refused is not used on when Secrets Manager cannot be read', async () => {
    peer.answer(holding('first'), refusing('AccessDeniedException'));
    const token = tokens();
    await token();
    await expect(token('first')).rejects.toMatchObject({ code: 'secret-unavailable', retry: true });
  });

  test('is read after a failure, when Secrets Manager answers again', async () => {
    peer.answer(refusing('ResourceNotFoundException'), holding('first'));
    const token = tokens();
    await expect(token()).rejects.toThrow();
    expect(await token()).toBe('first');
  });
});

describe('a secret that gives no token', () => {
  const whyOf = async (): Promise<string> =>
    tokens()().then(
      () => 'a token',
      (error: unknown) => String(error),
    );

  test.each([
    [
      'has no value',
      refusing('ResourceNotFoundException'),
      1,
      /no value yet; put the token in with aws secretsmanager/,
    ],
    [
      'is empty',
      holding(''),
      1,
      /holds no token.*put-secret-value --secret-id boats\/influx-write --secret-string file/,
    ],
    ['is JSON without a token', holding('{"password":"hush"}'), 1, /holds no token/],
    ['is broken JSON', holding('{"token":"hush"'), 1, /holds no token/],
    ['holds two lines', holding('hush\nhush'), 1, /holds no token/],
    ['may not be read', refusing('AccessDeniedException'), 1, /has not the right; deploy the stack again/],
    ['is deleted', refusing('InvalidRequestException'), 1, /answered 400 InvalidRequestException; look at it with aws/],
    ['is asked for too often', refusing('ThrottlingException'), 2, /answered 400 ThrottlingException/],
    ['is where there is trouble', refusing('com.amazonaws#InternalServiceError', 500), 2, /500 InternalServiceError/],
    [
      'cannot be asked for',
      'hang-up',
      2,
      /does not answer at http:\/\/127\.0\.0\.1:\d+ \(.*in a VPC needs an endpoint/,
    ],
  ] as const)('because it %s is named with what to do', async (_, answer, requests, sentence) => {
    peer.answer(answer);
    const why = await whyOf();
    expect(why).toContain("the database's token could not be read from secret 'boats/influx-write'");
    expect(why).toMatch(sentence);
    expect(why).not.toMatch(/hush|123456789012/);
    expect(peer.requests).toHaveLength(requests);
  });

  test('is asked for a second time when the first answer was lost', async () => {
    peer.answer('hang-up', holding('good'));
    expect(await whyOf()).toBe('a token');
  });

  test('because of silence is given up after two tries of two seconds', async () => {
    peer.answer('silence');
    const startedMs = Date.now();
    expect(await whyOf()).toContain('does not answer');
    expect(peer.requests).toHaveLength(2);
    const tookMs = Date.now() - startedMs;
    expect(tookMs).toBeGreaterThan(3_900);
    expect(tookMs).toBeLessThan(9_000);
  }, 20_000);

  test('never has its text told, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 12, unit: 'binary' }), async (secret) => {
        peer.answer(holding(secret));
        const answer = await whyOf();
        if (answer !== 'a token') expect(answer).not.toContain(secret.trim());
      }),
      { numRuns: 50 },
    );
  }, 30_000);
});
