/**
 * Bad networks between the functions, as they are bundled for AWS, and the services that they call: the broker's endpoint of
 * the local runtime, and S3 and Secrets Manager at their wire. Whoever invokes them does it again until they have taken it, as
 * a client does, and Lambda's queue. All of them at the same time: they are lines of their own.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundlesFolder } from '../../lib/bundles.ts';
import type { Invocation } from '../../local/function-environment.ts';
import { functionHost } from '../../local/function-host.ts';
import { KEYS } from '../aws/json-peer.ts';
import { s3Peer } from '../aws/s3-peer.ts';
import { ARN, holding, secretsPeer } from '../aws/secrets-peer.ts';
import type { Sent } from '../end-to-end/history.ts';
import { readBack } from '../end-to-end/load.ts';
import { startLocal } from '../end-to-end/local.ts';
import { ROOT } from '../end-to-end/process.ts';
import { recordedLog } from '../local/recorded-log.ts';
import { runNode } from '../stack/run-node.ts';
import { closePeers, newPeer, refused, STORED } from '../store/influxdb-peer.ts';
import { chaosProxy } from './chaos-proxy.ts';
import { ANSWER_MS, CHAOS_MS, TROUBLES } from './chaos-run.ts';
import { prove, sized } from './proof.ts';
import { makeTrouble, percentile } from './troubles.ts';

const LANES = 4;
// Messages of one reading, behind the troubles too.
const LEAST = sized(500, 4_000);
const AGAIN_MS = 50;
const BUNDLE_MS = 120_000;
const BATTERY = 'boat';
// One in so many writes finds that the token was exchanged.
const WRITES_A_TOKEN = 7;

type Service = {
  readonly port: number;
  /** Of the function, when the service is behind this port. */
  readonly env: (port: number) => Readonly<Record<string, string>>;
  readonly stored: () => Promise<readonly Sent[]>;
  readonly close: () => Promise<unknown>;
};

type Row = {
  readonly between: string;
  readonly functionName: string;
  /** As the stack has it. */
  readonly timeoutMs: number;
  /** Whether a client waits for the answer. */
  readonly isAnswered: boolean;
  readonly open: () => Promise<Service>;
  readonly eventOf: (sent: Sent) => unknown;
  readonly isTaken: (value: unknown) => boolean;
};

const MESSAGE = { topic: `battery/${BATTERY}/telemetry`, clientId: BATTERY };
const envelopeOf = (sample: object, receivedAt: number): object => ({
  ...MESSAGE,
  payload: Buffer.from(JSON.stringify(sample)).toString('base64'),
  receivedAt,
});
const portOf = (url: string): number => Number(new URL(url).port);
const at = (port: number): string => `http://127.0.0.1:${port}`;

const ROWS: readonly Row[] = [
  {
    between: 'the ingest function and the IoT data plane',
    functionName: 'ingest',
    timeoutMs: 25_000,
    isAnswered: true,
    open: async () => {
      const amphora = await startLocal();
      return {
        port: amphora.iotPort,
        env: (port) => ({
          AWS_ENDPOINT_URL_IOT_DATA_PLANE: at(port),
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: amphora.iotAccessKeyId,
          AWS_SECRET_ACCESS_KEY: 'any',
        }),
        stored: async () => {
          await amphora.drained();
          return readBack(amphora, [BATTERY]);
        },
        close: () => amphora.end('SIGTERM'),
      };
    },
    eventOf: ({ atMs, value }) => ({
      version: '2.0',
      rawPath: `/batteries/${BATTERY}/telemetry`,
      headers: { 'content-type': 'application/json' },
      pathParameters: { id: BATTERY },
      requestContext: { http: { method: 'POST' }, timeEpoch: atMs },
      body: JSON.stringify({ timestamp: atMs, charge: value }),
      isBase64Encoded: false,
    }),
    isTaken: (value) => {
      const { statusCode }: { readonly statusCode?: number } = Object(value);
      // In our words, whatever happened: its caller may try again.
      expect([202, 503]).toContain(statusCode);
      return statusCode === 202;
    },
  },
  {
    between: 'the writer and the quarantine in S3',
    functionName: 'writer',
    timeoutMs: 10_000,
    isAnswered: false,
    open: async () => {
      const s3 = await s3Peer();
      return {
        port: portOf(s3.env['AWS_ENDPOINT_URL_S3'] ?? ''),
        // No database: nothing of these messages can be stored.
        env: (port) => ({ ...s3.env, AWS_ENDPOINT_URL_S3: at(port), INFLUX_URL: at(1), INFLUX_TOKEN: 'any' }),
        stored: async () =>
          [...s3.objects.values()].map((text): Sent => {
            const { original }: { readonly original: string } = JSON.parse(text);
            const sample: { readonly timestamp: number; readonly charge: string } = JSON.parse(atob(original));
            return { battery: BATTERY, atMs: sample.timestamp, value: Number(sample.charge) };
          }),
        close: s3.close,
      };
    },
    // A text where a number belongs.
    eventOf: ({ atMs, value }) => envelopeOf({ timestamp: atMs, charge: String(value) }, atMs),
    isTaken: () => true,
  },
  {
    between: 'the writer and Secrets Manager',
    functionName: 'writer',
    timeoutMs: 10_000,
    isAnswered: false,
    open: async () => {
      const secrets = await secretsPeer();
      const stored = new Set<string>();
      let token = 0;
      let writes = 0;
      secrets.answer(holding('token0'));
      const database = await newPeer(({ headers, lines }) => {
        if (headers.authorization !== `Token token${token}`) return refused(401, 'unauthorized access');
        for (const line of lines) stored.add(line);
        writes += 1;
        if (writes % WRITES_A_TOKEN === 0) {
          token += 1;
          secrets.answer(holding(`token${token}`));
        }
        return STORED;
      });
      return {
        port: portOf(secrets.url),
        env: (port) => ({
          ...KEYS,
          AWS_REGION: 'eu-central-1',
          AWS_ENDPOINT_URL_SECRETS_MANAGER: at(port),
          INFLUX_TOKEN_SECRET: ARN,
          INFLUX_URL: database.url,
        }),
        stored: async () =>
          [...stored].map((line): Sent => {
            const [, value = '', nanos = ''] = /^battery,battery=boat charge=([\d.]+) (\d+)$/.exec(line) ?? [];
            return { battery: BATTERY, atMs: Number(nanos.slice(0, -6)), value: Number(value) };
          }),
        close: secrets.close,
      };
    },
    eventOf: ({ atMs, value }) => envelopeOf({ timestamp: atMs, charge: value }, atMs),
    isTaken: () => true,
  },
];

beforeAll(async () => {
  const { code, stderr } = await runNode(['scripts/bundle.ts', '--store', 'influxdb'], { cwd: ROOT });
  if (code !== 0) throw new Error(stderr);
}, BUNDLE_MS);

afterAll(closePeers);

test.concurrent.each(ROWS)(
  'a network that is late, resets, loses one end, trickles or swallows loses nothing between $between, which never hangs past its timeout',
  ({ between, functionName, timeoutMs, isAnswered, open, eventOf, isTaken }) =>
    prove(`bad network between ${between}`, async ({ random, told, settle }) => {
      const service = await open();
      const line = await chaosProxy(service.port, random);
      const { log } = recordedLog();
      const modulePath = join(bundlesFolder(ROOT, 'influxdb'), functionName, 'index.js');
      const host = functionHost({
        definition: {
          name: functionName,
          modulePath,
          handlerName: 'handler',
          timeoutMs,
          memoryMb: 256,
          env: service.env(line.port),
          arn: `arn:aws:lambda:${functionName}`,
        },
        log,
        groupSize: 1,
        maxEnvironments: LANES,
        patienceMs: AGAIN_MS,
      });
      const troubles = new AbortController();
      const tookMs: number[] = [];
      const failures: Invocation[] = [];
      let last = Date.now() - 3_600_000;
      const lane = async (): Promise<void> => {
        while (!troubles.signal.aborted || told.attempted() < LEAST) {
          last += 1;
          const sent: Sent = { battery: BATTERY, atMs: last, value: (last % 1_000) / 8 };
          told.attempt([sent]);
          while (!(await isStored(sent))) await pause(AGAIN_MS);
          told.ack([sent]);
        }
      };
      const isStored = async (sent: Sent): Promise<boolean> => {
        const beganMs = performance.now();
        const invocation = await host.invoke(eventOf(sent));
        if (!invocation.ok) failures.push(invocation);
        const isDone = invocation.ok && isTaken(invocation.value);
        if (isDone) tookMs.push(performance.now() - beganMs);
        return isDone;
      };
      try {
        const sending = Promise.all(Array.from({ length: LANES }, lane));
        await Promise.race([makeTrouble(line, random, TROUBLES), sending]);
        troubles.abort();
        await sending;
        const [p50Ms, p99Ms] = [50, 99].map((percent) => Math.round(percentile(tookMs, percent)));
        const about = { troubled: line.troubled(), failed: failures.length, p50Ms, p99Ms };
        const figures = settle(await service.stored(), about);
        expect(figures.acked).toBe(figures.attempted);
        // The platform never had to end one: our code decided.
        expect(failures.filter((one) => !one.ok && one.error.name === 'Sandbox.Timedout')).toEqual([]);
        if (isAnswered) expect(p99Ms).toBeLessThan(ANSWER_MS);
      } finally {
        troubles.abort();
        await host.close();
        await line.close();
        await service.close();
      }
    }),
  CHAOS_MS,
);
