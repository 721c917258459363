/** The function behind GET /status, run as it is bundled, with parts of its world silent, gone or refusing. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { bundlesFolder } from '../../lib/bundles.ts';
import type { StoreKind } from '../../lib/settings.ts';
import { runNode } from '../stack/run-node.ts';
import { ROOT, SYNTHESIS_TIMEOUT_MS } from '../stack/templates.ts';
import { closePeers, json, newPeer, type PeerAnswer, refused } from '../store/influxdb-peer.ts';
import { addressOf } from './json-peer.ts';
import { type S3Peer, s3Peer } from './s3-peer.ts';

const TEST_MS = 30_000;
const REQUEST = {
  version: '2.0',
  rawPath: '/status',
  headers: {},
  requestContext: { http: { method: 'GET' }, timeEpoch: 1_790_000_000_000 },
  isBase64Encoded: false,
};

/** By a queue's name: how many wait and are in hand, another answer, or none at all. */
type Queues = Readonly<
  Record<string, readonly [number, number] | { readonly status: number; readonly body: unknown } | 'silence'>
>;
type SqsPeer = {
  readonly env: Readonly<Record<string, string>>;
  readonly asked: unknown[];
  readonly close: () => Promise<void>;
};

async function sqsPeer(queues: Queues): Promise<SqsPeer> {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { QueueUrl: url } = JSON.parse(body);
      const name = String(url).split('/').at(-1) ?? '';
      asked.push([request.headers['x-amz-target'], name]);
      const answer = queues[name];
      if (answer === undefined || answer === 'silence') return;
      const { status, body: told } =
        'status' in answer
          ? answer
          : {
              status: 200,
              body: {
                Attributes: {
                  ApproximateNumberOfMessages: String(answer[0]),
                  ApproximateNumberOfMessagesNotVisible: String(answer[1]),
                },
              },
            };
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(told));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${addressOf(server.address()).port}`;
  return {
    env: {
      AWS_ENDPOINT_URL_SQS: endpoint,
      UNWRITTEN_READINGS_URL: `${endpoint}/1/unwritten`,
      UNDELIVERED_MESSAGES_URL: `${endpoint}/1/undelivered`,
      ...('dead' in queues ? { DEAD_MESSAGES_URL: `${endpoint}/1/dead` } : {}),
      ...('buffer' in queues ? { BUFFERED_MESSAGES_URL: `${endpoint}/1/buffer` } : {}),
    },
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await closePeers();
  for (const close of closing.splice(0)) await close();
});

beforeAll(async () => {
  const { code, stderr } = await runNode(['scripts/bundle.ts'], { cwd: ROOT });
  if (code !== 0) throw new Error(stderr);
}, SYNTHESIS_TIMEOUT_MS);

type World = { readonly sqs: SqsPeer; readonly s3: S3Peer };

async function worldOf(queues: Queues): Promise<World> {
  const [sqs, s3] = [await sqsPeer(queues), await s3Peer()];
  closing.push(sqs.close, s3.close);
  return { sqs, s3 };
}

async function statusOf(store: StoreKind, { sqs, s3 }: World, env: Readonly<Record<string, string>>): Promise<unknown> {
  const call = `require('./status').handler(${JSON.stringify(REQUEST)}, {}).then((answer) => {
    console.log(JSON.stringify([answer.statusCode, JSON.parse(answer.body)]));
    process.exit(0);
  })`;
  const { stdout, stderr } = await runNode(['--input-type=commonjs', '-e', call], {
    cwd: bundlesFolder(ROOT, store),
    env: { ...s3.env, ...sqs.env, METRICS_NAMESPACE: '', ...env },
  });
  if (stderr !== '') throw new Error(stderr);
  const [status, body] = JSON.parse(stdout);
  expect(status).toBe(200);
  return body;
}

const SQLITE = { SQLITE_FILE: ':memory:' };
const DIRECT: Queues = { unwritten: [0, 0], undelivered: [0, 0] };

describe('of a stack', () => {
  test(
    'in direct mode two queues are counted, the bucket is listed once, and nothing is said of what waits',
    async () => {
      const world = await worldOf({ unwritten: [3, 1], undelivered: [2, 0] });
      expect(await statusOf('sqlite', world, SQLITE)).toEqual({
        asOf: expect.any(String),
        stored: { readings: 0, overS: 60, perS: 0 },
        failed: { messages: 6 },
        quarantined: { count: 0, atLeast: false },
        database: { reachable: true },
        unknown: {},
      });
      expect(world.s3.requests).toEqual(['LIST quarantine/']);
      const count = 'AmazonSQS.GetQueueAttributes';
      expect(world.sqs.asked).toHaveLength(2);
      expect(world.sqs.asked).toEqual(
        expect.arrayContaining([
          [count, 'unwritten'],
          [count, 'undelivered'],
        ]),
      );
    },
    TEST_MS,
  );

  test(
    'in buffered mode what waits is what the queue has, in hand or not, and dead letters have failed',
    async () => {
      const world = await worldOf({ ...DIRECT, dead: [5, 0], buffer: [10, 2] });
      expect(await statusOf('sqlite', world, SQLITE)).toMatchObject({
        waiting: { messages: 12 },
        failed: { messages: 5 },
        unknown: {},
      });
      expect(world.sqs.asked).toHaveLength(4);
    },
    TEST_MS,
  );
});

describe('what cannot be asked is left out with its reason, and the rest is told', () => {
  test.each<[string, Queues, RegExp]>([
    [
      'refuses',
      { ...DIRECT, undelivered: { status: 403, body: { __type: 'com.amazonaws.sqs#AccessDenied' } } },
      /^the queue UndeliveredMessages cannot be used: SQS answered 403 AccessDenied to GetQueueAttributes; /,
    ],
    [
      'tells no number',
      { ...DIRECT, unwritten: { status: 200, body: {} } },
      /^the queue UnwrittenReadings cannot be used: SQS answered 200 with what is no answer of SQS to GetQueueAttributes; /,
    ],
    ['is silent', { ...DIRECT, unwritten: 'silence' }, /^it took longer than 2\.5 s to find out$/],
  ])(
    'a queue that %s',
    async (_, queues, reason) => {
      const body = Object(await statusOf('sqlite', await worldOf(queues), SQLITE));
      expect(body).toMatchObject({ quarantined: { count: 0 }, database: { reachable: true } });
      expect(body).not.toHaveProperty('failed');
      expect(body.unknown).toEqual({ failed: expect.stringMatching(reason) });
    },
    TEST_MS,
  );

  test(
    'a bucket that refuses',
    async () => {
      const world = await worldOf(DIRECT);
      world.s3.fail(403);
      const body = Object(await statusOf('sqlite', world, SQLITE));
      expect(body).not.toHaveProperty('quarantined');
      expect(body.unknown).toEqual({
        quarantined: expect.stringMatching(/^the quarantine cannot be reached: S3 answered 403/),
      });
    },
    TEST_MS,
  );

  test(
    'a function that is told of nothing',
    async () => {
      const world = await worldOf(DIRECT);
      const none = { ...SQLITE, QUARANTINE_BUCKET: '', UNWRITTEN_READINGS_URL: '' };
      const body = Object(await statusOf('sqlite', world, none));
      expect(body).toMatchObject({
        database: { reachable: true },
        unknown: {
          failed: 'the environment variable UNWRITTEN_READINGS_URL is missing; deploy the stack again',
          quarantined: 'the environment variable QUARANTINE_BUCKET is missing; deploy the stack again',
        },
      });
    },
    TEST_MS,
  );
});

describe('an InfluxDB', () => {
  const counted = json({
    results: [
      {
        statement_id: 0,
        series: [
          { name: 'battery', tags: { battery: 'boat' }, columns: ['time', 'count_soc'], values: [['1', 30]] },
          { name: 'battery_data', tags: { battery: '' }, columns: ['time', 'count_charge'], values: [['1', 6]] },
        ],
      },
    ],
  });
  const away = 'InfluxDB at http://127.0.0.1';

  test.each<[string, PeerAnswer, object]>([
    ['that answers', counted, { stored: { readings: 36, overS: 60, perS: 0.6 }, database: { reachable: true } }],
    [
      'that is silent is away, in time',
      'silence',
      {
        database: {
          reachable: false,
          reason: expect.stringMatching(new RegExp(`^${away}:\\d+ did not answer within 2 s`)),
        },
      },
    ],
    [
      'that does not know the token is no database to reach, and says why',
      refused(401, 'unauthorized access'),
      { database: { reachable: false, reason: expect.stringContaining('its token is not valid there') } },
    ],
  ])(
    '%s',
    async (_, answer, expected) => {
      const peer = await newPeer(() => answer);
      const env = { INFLUX_URL: peer.url, INFLUX_ORG: 'o', INFLUX_BUCKET: 'b', INFLUX_TOKEN: 't' };
      const body = await statusOf('influxdb', await worldOf(DIRECT), {
        ...env,
        NODE_OPTIONS: '--disable-warning=DEP0169',
      });
      expect(body).toMatchObject({ failed: { messages: 0 }, quarantined: { count: 0 }, ...expected });
    },
    TEST_MS,
  );

  test(
    'whose token cannot be fetched is not said to be away',
    async () => {
      const env = {
        INFLUX_URL: 'http://127.0.0.1:1',
        INFLUX_TOKEN_SECRET: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:boats-AbCdEf',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1',
        NODE_OPTIONS: '--disable-warning=DEP0169',
      };
      const body = Object(await statusOf('influxdb', await worldOf(DIRECT), env));
      expect(body).not.toHaveProperty('database');
      expect(Object.keys(body.unknown).toSorted()).toEqual(['database', 'stored']);
      expect(body.unknown.database).toContain("the database's token could not be read from secret 'boats'");
    },
    TEST_MS,
  );
});
