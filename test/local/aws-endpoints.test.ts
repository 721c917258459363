import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { GetQueueAttributesCommand, type GetQueueAttributesResult, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { type AwsEndpointsOptions, awsEndpoints, queueUrl } from '../../local/aws-endpoints.ts';
import { raw, withServer } from './raw-http.ts';
import { type Logged, recordedLog } from './recorded-log.ts';

type Published = Parameters<AwsEndpointsOptions['publish']>[0];

type Bench = {
  readonly port: number;
  readonly publish: (
    topic: string,
    payload: Uint8Array,
    more?: { readonly qos?: number; readonly retain?: boolean },
  ) => Promise<unknown>;
  readonly depth: (queueId: string) => Promise<GetQueueAttributesResult>;
  readonly published: readonly Published[];
  /** Action and input of what SQS was asked. */
  readonly asked: readonly (readonly [string, object])[];
  readonly logged: readonly Logged[];
};

/** The real clients of the SDK against the endpoints, over real sockets. */
async function withEndpoints(
  failing: Partial<AwsEndpointsOptions>,
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  const { log, logged } = recordedLog();
  const published: Published[] = [];
  const asked: (readonly [string, object])[] = [];
  const listener = awsEndpoints({
    publish: async (message) => void published.push(message),
    sqs: async (action, input) => {
      asked.push([action, input]);
      return { ok: true, body: { Attributes: { ApproximateNumberOfMessages: '7' } } };
    },
    accessKeyId: 'local',
    log,
    ...failing,
  });
  await withServer(listener, async (port) => {
    const endpoint = `http://127.0.0.1:${port}`;
    const settings = {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    };
    const iot = new IoTDataPlaneClient(settings);
    const sqs = new SQSClient(settings);
    try {
      await use({
        port,
        publish: async (topic, payload, more) => iot.send(new PublishCommand({ topic, payload, ...more })),
        depth: async (queueId) =>
          sqs.send(
            new GetQueueAttributesCommand({
              QueueUrl: queueUrl(port, '000000000000', queueId),
              AttributeNames: ['ApproximateNumberOfMessages'],
            }),
          ),
        published,
        asked,
        logged,
      });
    } finally {
      iot.destroy();
      sqs.destroy();
    }
  });
}

/** What counts of a signature of the functions' key. */
const SIGNED = 'Authorization: AWS4-HMAC-SHA256 Credential=local/20261126/us-east-1/iotdevicegateway/aws4_request, a';

const bytes = (length: number): Uint8Array => Buffer.alloc(length, 'x');

describe('a caller without the key of the functions', () => {
  test.each([
    ['no signature', {}],
    ['another key', { authorization: 'AWS4-HMAC-SHA256 Credential=other/20261126/us-east-1/x/aws4_request, a' }],
    ['the key as a prefix', { authorization: 'AWS4-HMAC-SHA256 Credential=local2/20261126/us-east-1/x/aws4_request' }],
    ['the key elsewhere', { authorization: 'Bearer local' }],
  ])('%s: neither publishes nor asks a queue', async (_name, headers) => {
    await withEndpoints({}, async ({ port, published, asked }) => {
      const url = `http://127.0.0.1:${port}`;
      const publish = await fetch(`${url}/topics/a?qos=1`, { method: 'POST', headers, body: '{}' });
      const body = JSON.stringify({ QueueUrl: `${url}/0/Failures` });
      const target = { 'x-amz-target': 'AmazonSQS.ReceiveMessage' };
      const receive = await fetch(url, { method: 'POST', headers: { ...headers, ...target }, body });
      expect([publish.status, receive.status]).toEqual([403, 403]);
      expect(await publish.json()).toMatchObject({ __type: 'UnrecognizedClientException' });
      expect([published, asked]).toEqual([[], []]);
    });
  });
});

describe('publishing by the SDK', () => {
  test.each(['battery/charge', 'battery/b 2/telemetry', 'a/ä/💡', 'a%2Fb', "q?a=1&b='2'"])(
    'the topic %s arrives as it was written, with its bytes',
    async (topic) => {
      await withEndpoints({}, async ({ publish, published }) => {
        const payload = Buffer.from([0, 0xff, 0x7b]);
        await publish(topic, payload, { qos: 1 });
        expect(published).toEqual([{ topic, payload, qos: 1, retain: false }]);
      });
    },
  );

  test('without a qos it is 0, and retained only when asked for', async () => {
    await withEndpoints({}, async ({ publish, published }) => {
      await publish('a/b', bytes(1));
      await publish('a/b', bytes(1), { retain: true });
      await publish('a/b', bytes(0), { qos: 1 });
      expect(published.map(({ qos, retain }) => [qos, retain])).toEqual([
        [0, false],
        [0, true],
        [1, false],
      ]);
      expect(published[2]?.payload).toHaveLength(0);
    });
  });

  test('128 KB are taken, and a byte more is the exception of that name', async () => {
    await withEndpoints({}, async ({ publish, published }) => {
      await publish('a/b', bytes(128 * 1024));
      await expect(publish('a/b', bytes(128 * 1024 + 1))).rejects.toMatchObject({
        name: 'RequestEntityTooLargeException',
        message: 'a payload may have 131072 bytes at most',
        $metadata: { httpStatusCode: 413 },
      });
      expect(published.map(({ payload }) => payload.length)).toEqual([128 * 1024]);
    });
  });

  test.each([
    ['a/+/b', 'wildcards'],
    ['a/#', 'wildcards'],
    ['1/2/3/4/5/6/7/8/9', '9 levels, more than 8'],
    ['x'.repeat(257), '257 bytes, more than 256'],
  ])('the topic %s is an invalid request', async (topic, reason) => {
    await withEndpoints({}, async ({ publish, published }) => {
      await expect(publish(topic, bytes(1))).rejects.toMatchObject({
        name: 'InvalidRequestException',
        message: expect.stringContaining(reason),
        $metadata: { httpStatusCode: 400 },
      });
      expect(published).toEqual([]);
    });
  });

  test('a qos of 2 is an invalid request', async () => {
    await withEndpoints({}, async ({ publish, published }) => {
      await expect(publish('a/b', bytes(1), { qos: 2 })).rejects.toMatchObject({ name: 'InvalidRequestException' });
      expect(published).toEqual([]);
    });
  });

  test('is not answered with success while the message is not safe', async () => {
    const publish = async (): Promise<never> => {
      throw new Error('ENOSPC');
    };
    await withEndpoints({ publish }, async (bench) => {
      await expect(bench.publish('a/b', bytes(1))).rejects.toMatchObject({
        name: 'ServiceUnavailableException',
        $metadata: { httpStatusCode: 503 },
      });
      expect(bench.logged).toMatchObject([{ event: 'aws-endpoint-failed', fields: { reason: 'Error: ENOSPC' } }]);
    });
  });
});

describe('asking a queue by the SDK', () => {
  test('hands over action and input, and gives the answer', async () => {
    await withEndpoints({}, async ({ depth, asked, port }) => {
      expect((await depth('Failures')).Attributes).toEqual({ ApproximateNumberOfMessages: '7' });
      const QueueUrl = `http://127.0.0.1:${port}/000000000000/Failures`;
      expect(asked).toEqual([['GetQueueAttributes', { QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }]]);
    });
  });

  test('what is refused has the name of its error, in the words of both protocols', async () => {
    const sqs: AwsEndpointsOptions['sqs'] = async () => ({
      ok: false,
      type: 'QueueDoesNotExist',
      queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
      message: 'there is none',
    });
    await withEndpoints({ sqs }, async ({ depth }) => {
      await expect(depth('Other')).rejects.toMatchObject({
        name: 'QueueDoesNotExist',
        Code: 'AWS.SimpleQueueService.NonExistentQueue',
        message: 'there is none',
        $fault: 'client',
      });
    });
  });

  test('queues that cannot be used now are told as such, to be asked again', async () => {
    const sqs = async (): Promise<never> => {
      throw new Error('ENOSPC');
    };
    await withEndpoints({ sqs }, async ({ depth, logged }) => {
      await expect(depth('Failures')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
      expect(logged).toMatchObject([{ event: 'aws-endpoint-failed', fields: { reason: 'Error: ENOSPC' } }]);
    });
  });

  test('a request beyond any of a redrive is refused', async () => {
    await withEndpoints({}, async ({ port, asked }) => {
      const lines = [
        'POST / HTTP/1.1',
        'Host: 127.0.0.1',
        'Connection: close',
        'Content-Length: 300000',
        SIGNED,
        'X-Amz-Target: AmazonSQS.DeleteMessageBatch',
      ];
      expect((await raw(port, lines, Buffer.alloc(300_000, ' '))).status).toBe(413);
      expect(asked).toEqual([]);
    });
  });
});

describe('whoever else asks', () => {
  const post = (target: string, ...headers: readonly string[]) => [
    `POST ${target} HTTP/1.1`,
    'Connection: close',
    'Content-Length: 2',
    ...headers,
  ];

  test.each([
    ['a page from elsewhere', ['Host: localhost', 'Origin: http://evil.example']],
    ['a rebound name', ['Host: evil.example']],
  ])('as %s gets 403, and publishes nothing', async (_, headers) => {
    await withEndpoints({}, async ({ port, published }) => {
      const answer = await raw(port, post('/topics/a%2Fb?qos=1', ...headers), '{}');
      expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('ForbiddenException') });
      expect(published).toEqual([]);
    });
  });

  test.each([
    ['POST', '/topics/%E4', [], 400],
    ['POST', '/topics/', [], 400],
    ['POST', '/topics/a?qos=x', [], 400],
    ['POST', '/topics/a%00b', [], 400],
    ['POST', '/other', [], 404],
    ['GET', '/topics/a', [], 404],
    ['POST', '/', ['X-Amz-Target: AmazonSNS.Publish'], 404],
    ['GET', '/', ['X-Amz-Target: AmazonSQS.ReceiveMessage'], 404],
  ])('%s %s %j is refused with %3$s, and nothing happens', async (method, target, headers, status) => {
    await withEndpoints({}, async ({ port, published, asked }) => {
      const lines = post(target, 'Host: 127.0.0.1', SIGNED, ...headers).map((line) =>
        line.replace(/^POST /, `${method} `),
      );
      expect((await raw(port, lines, '{}')).status).toBe(status);
      expect({ published, asked }).toEqual({ published: [], asked: [] });
    });
  });

  test('a body that is not JSON is no crash', async () => {
    await withEndpoints({}, async ({ port, asked }) => {
      const lines = post('/', 'Host: 127.0.0.1', SIGNED, 'X-Amz-Target: AmazonSQS.ReceiveMessage');
      for (const body of ['{x', 'nu', '[]', '""', '12']) expect((await raw(port, lines, body)).status).toBe(400);
      expect(asked).toEqual([]);
    });
  });
});
