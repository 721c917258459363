/**
 * One poisoned reading among a thousand, of twelve kinds, on a real InfluxDB, in both modes. Where the poison is a sample, it stands among
 * the thousand of two messages of five hundred; where no sample can be told from it (it is no JSON), it is a message of its
 * own beside 999 samples.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { influxd } from '../end-to-end/database.ts';
import { connectDevice } from '../end-to-end/devices.ts';
import type { Sent } from '../end-to-end/history.ts';
import { readBack } from '../end-to-end/load.ts';
import { type LocalAmphora, startLocal } from '../end-to-end/local.ts';
import { INGEST_MODES } from '../end-to-end/target.ts';
import { type CountingProxy, countingProxy } from './counting-proxy.ts';
import { newFolder, throughPort } from './on-influxdb.ts';
import { againFlags, proofMs, prove } from './proof.ts';

const LINES = 1_000;
const PER_MESSAGE = 500;
const MAX_REQUESTS = 25;
const MAX_SAMPLES_BYTES = 110_000;
const HOUR_MS = 3_600_000;
const RETENTION_S = 30 * 24 * 3_600;

type Poison = { readonly reason: RegExp } & (
  | { readonly sample: (sample: { readonly timestamp: number; readonly charge: number }) => object }
  | { readonly message: Buffer }
);

const KINDS: readonly (readonly [string, Poison])[] = [
  ['NaN, which is no JSON', { message: Buffer.from('{"charge":NaN}'), reason: /JSON|NaN/i }],
  ['bad UTF-8', { message: Buffer.from('7b22c3282222', 'hex'), reason: /not UTF-8/ }],
  ['a message that breaks off', { message: Buffer.from('{"charge":1'), reason: /JSON/i }],
  [
    'a message that is too long',
    { message: Buffer.from(`{"charge":1,"boot":"${'x'.repeat(MAX_SAMPLES_BYTES)}"}`), reason: /longer than \d+ bytes/ },
  ],
  [
    'a type conflict in the database',
    { sample: ({ timestamp }) => ({ timestamp, cycles: 3 }), reason: /type conflict/ },
  ],
  [
    'a time beyond the retention',
    {
      sample: ({ timestamp, charge }) => ({ timestamp: timestamp - RETENTION_S * 1_000, charge }),
      reason: /retention/,
    },
  ],
  [
    'a time ahead of ours',
    { sample: ({ timestamp, charge }) => ({ timestamp: timestamp + 100 * HOUR_MS, charge }), reason: /minutes ahead/ },
  ],
  [
    'epoch seconds',
    {
      sample: ({ timestamp, charge }) => ({ timestamp: Math.floor(timestamp / 1_000), charge }),
      reason: /send milliseconds/,
    },
  ],
  [
    'a time without an offset',
    { sample: ({ charge }) => ({ timestamp: '2026-11-23T12:00:00', charge }), reason: /offset/ },
  ],
  ['an unknown field', { sample: ({ timestamp }) => ({ timestamp, chrage: 1 }), reason: /is not a field of a sample/ }],
  ['a value out of range', { sample: ({ timestamp }) => ({ timestamp, charge: 1e9 }), reason: /must be at most/ }],
  [
    'a text where a number belongs',
    { sample: ({ timestamp }) => ({ timestamp, charge: '1' }), reason: /must be a number/ },
  ],
];

describe.each(INGEST_MODES)('%s mode', (ingest) => {
  let address: InfluxAddress;
  let proxy: CountingProxy;
  let amphora: LocalAmphora;

  beforeAll(async () => {
    const { dataDir, ...bucket } = await newFolder();
    address = bucket.address;
    await finiteRetention(address);
    proxy = await countingProxy(address.url);
    amphora = await startLocal({
      dataDir,
      ingest,
      flags: ['--no-demo', ...throughPort(proxy.port), ...againFlags(ingest)],
    });
  }, 180_000);

  afterAll(async () => {
    await amphora.end('SIGTERM');
    await proxy.close();
  });

  test.each(KINDS)(
    'one in a thousand is %s: 999 are stored, it is kept with its reason, and InfluxDB is asked 25 times at most',
    (name, poison) =>
      prove(`poison, ${name}, ${ingest} mode`, async ({ random, told, settle }) => {
        const battery = `poison${KINDS.findIndex(([one]) => one === name)}`;
        const fromMs = Date.now() - HOUR_MS;
        const place = Math.floor(LINES * random());
        const lines = Array.from({ length: LINES }, (_, i): Sent => ({ battery, atMs: fromMs + i, value: i / 8 }));
        const good = lines.filter((_, i) => i !== place);
        const sampleOf = ({ atMs, value }: Sent) => ({ timestamp: atMs, charge: value });
        const samples = lines.flatMap((line, i) => {
          if (i !== place) return [sampleOf(line)];
          return 'sample' in poison ? [poison.sample(sampleOf(line))] : [];
        });
        // Behind the start, which refuses a bucket of integers, and in the very hour: InfluxDB has a field's type by the day.
        await write(address, `battery,battery=other cycles=1i ${fromMs + place}000000`);
        const keptBefore = (await amphora.kept()).length;
        proxy.taken('');
        const device = await connectDevice(`mqtt://127.0.0.1:${amphora.mqttPort}`);
        const publish = (payload: Buffer | object) => device.publish(`battery/${battery}/telemetry`, payload);
        told.attempt(good);
        await publish({ samples: samples.slice(0, PER_MESSAGE) });
        if ('message' in poison) await publish(poison.message);
        await publish({ samples: samples.slice(PER_MESSAGE) });
        told.ack(good);
        await amphora.drained();
        const requests = proxy.taken('/api/v2/write');
        const kept = (await amphora.kept()).slice(keptBefore);
        const figures = settle(await readBack(amphora, [battery]), {
          ingest,
          requests,
          kept: kept.map(({ reason }) => reason),
        });
        expect(figures.stored).toBe(LINES - 1);
        expect(kept).toHaveLength(1);
        expect(kept[0]?.reason).toMatch(poison.reason);
        // Its original bytes, or those of the message that it came in.
        const original = Buffer.from(kept[0]?.original ?? '', 'base64');
        if ('message' in poison) expect(original).toEqual(poison.message);
        else expect(JSON.parse(original.toString()).samples).toContainEqual(samples[place]);
        expect(requests).toBeLessThanOrEqual(MAX_REQUESTS);
        await device.end();
      }),
    proofMs(60_000),
  );
});

test('of twelve kinds', () => {
  expect(KINDS).toHaveLength(12);
});

async function write({ url, org, bucket }: InfluxAddress, line: string): Promise<void> {
  const { token } = await influxd.server();
  const query = new URLSearchParams({ org, bucket, precision: 'ns' }).toString();
  const headers = { authorization: `Token ${token}` };
  const { status } = await fetch(`${url}/api/v2/write?${query}`, { method: 'POST', headers, body: line });
  expect(status).toBe(204);
}

async function finiteRetention({ url, org, bucket }: InfluxAddress): Promise<void> {
  const { token } = await influxd.server();
  const headers = { authorization: `Token ${token}`, 'content-type': 'application/json' };
  const query = new URLSearchParams({ org, name: bucket }).toString();
  const listed: { readonly buckets: readonly { readonly id: string }[] } = JSON.parse(
    await (await fetch(`${url}/api/v2/buckets?${query}`, { headers })).text(),
  );
  const body = JSON.stringify({ retentionRules: [{ type: 'expire', everySeconds: RETENTION_S }] });
  const id = listed.buckets[0]?.id ?? '';
  const { status } = await fetch(`${url}/api/v2/buckets/${id}`, { method: 'PATCH', headers, body });
  expect(status).toBe(200);
}
