/** What stands in the way of the acceptance is a sentence with the next step, not a finding about the stack. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeployedStack } from '../../../cloud/deployed-stack.ts';
import { AmphoraError } from '../../../lambdas/failures/amphora-error.ts';
import { accessToken } from '../../../scripts/accept/access-token.ts';
import { measureLatency } from '../../../scripts/accept/latency.ts';
import { ownStack } from '../../../scripts/accept/own-stack.ts';
import { lifetimeNotice } from '../../../scripts/accept/token-lifetime.ts';
import { type AwsPeer, askAt, awsPeer, resources } from '../../cloud/aws-peer.ts';

let answer: RequestListener;
let server: Server;
let url = '';
beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The sentence; anything else that is thrown fails the test. */
const refusalOf = (question: Promise<unknown>): Promise<string> =>
  question.then(
    () => 'it was answered',
    (error: unknown) => {
      if (error instanceof AmphoraError) return error.message;
      throw error;
    },
  );

describe('while a reading is timed', () => {
  const timed = () =>
    refusalOf(measureLatency({ apiUrl: url, token: undefined, battery: 'accept-1-latency', readings: 1 }));

  test('an API that hangs up is one sentence', async () => {
    answer = (request) => request.socket.destroy();
    expect(await timed()).toMatch(
      /^the API at http:\S+ gave no answer to POST \/batteries\/accept-1-latency\/telemetry: .*; check the network/,
    );
  });

  test('an answer that breaks off is one sentence', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
      setImmediate(() => response.destroy());
    };
    expect(await timed()).toMatch(/gave no answer to POST /);
  });
});

describe("the machine client's token", () => {
  let peer: AwsPeer;
  beforeEach(async () => {
    peer = await awsPeer();
    askAt(peer);
    delete process.env['AMPHORA_TOKEN'];
    peer.answer('DescribeUserPoolClient', { status: 200, body: { UserPoolClient: { ClientSecret: 'secret' } } });
  });
  afterEach(() => peer.close());

  const asked = () => {
    const stack: DeployedStack = {
      stackName: 'Boats',
      region: 'eu-central-1',
      partition: 'aws',
      account: '123456789012',
      status: 'CREATE_COMPLETE',
      outputs: { UserPoolId: 'eu-central-1_x', MachineClientId: 'machine', SignInUrl: url },
    };
    return refusalOf(accessToken(stack));
  };

  test.each([
    ['a page instead of JSON', 200, '<html>', /gave the machine client no token: no access token in its answer/],
    ['a refusal', 400, '{"error":"invalid_client"}', /gave the machine client no token: invalid_client/],
    ['an error page', 502, '<html>', /gave the machine client no token: status 502/],
  ])('with %s is refused in one sentence', async (_, status, body, sentence) => {
    answer = (_request, response) => response.writeHead(status).end(body);
    expect(await asked()).toMatch(sentence);
  });

  test('of a sign-in that hangs up is refused in one sentence', async () => {
    answer = (request) => request.socket.destroy();
    expect(await asked()).toMatch(/does not answer/);
  });
});

describe('a token that was given', () => {
  const NOW_MS = Date.parse('2026-11-26T12:00:00Z');
  const MINUTE_MS = 60_000;
  const token = (claims: unknown): string => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
  const endingIn = (minutes: number): string => token({ exp: (NOW_MS + minutes * MINUTE_MS) / 1000 });
  const told = (given: string) => lifetimeNotice(given, { nowMs: NOW_MS, neededMs: 20 * MINUTE_MS });

  test('that may end before the tests do is said to, with the time it has and what lasts longer', () => {
    expect(told(endingIn(14))).toMatch(/holds for 14 minutes more, and the tests may take 20.*-c machineClient=true/);
  });

  test('that has ended is refused', () => {
    expect(() => told(endingIn(-1))).toThrow(/AMPHORA_TOKEN has ended; /);
  });

  test.each([endingIn(21), token({}), token('x'), 'x', 'a.b.c'])(
    'of which no end in time is known, %p, is not talked of',
    (given) => {
      expect(told(given)).toBeUndefined();
    },
  );
});

describe('a stack that is to be empty', () => {
  let peer: AwsPeer;
  beforeEach(async () => {
    peer = await awsPeer();
    askAt(peer);
    peer.answer('ListStackResources', resources());
  });
  afterEach(() => peer.close());

  const asked = (outputs: DeployedStack['outputs']) =>
    refusalOf(
      ownStack({
        stackName: 'Boats',
        region: 'eu-central-1',
        partition: 'aws',
        account: '123456789012',
        status: 'CREATE_COMPLETE',
        outputs,
      }),
    );

  test('of other topics than those of the tests is refused, with the setting', async () => {
    expect(await asked({ TopicRoot: 'boats' })).toMatch(/begin with boats, .* deploy one with -c topicRoot=battery /);
  });

  test('without a database is refused, with the setting', async () => {
    expect(await asked({ TopicRoot: 'battery' })).toMatch(/has no database; deploy it again with -c influxUrl=/);
  });
});
