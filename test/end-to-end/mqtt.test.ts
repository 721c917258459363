import { request } from 'node:http';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Amphora } from './amphora.ts';
import { connectDevice, subscribe } from './devices.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { allRows } from './pages.ts';
import { startAmphora } from './start.ts';
import { LOCAL, onIngest, onTargets } from './target.ts';
import { until, within } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 40_000;
const MS_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let amphora: Amphora;

beforeAll(async () => {
  amphora = await startAmphora();
  // The first message of each kind also starts the function that stores it.
  await amphora.post('/charge', { charge: 0.5 });
  await amphora.drained();
}, START_MS);

const iso = (atMs: number): string => new Date(atMs).toISOString();

describe('POST /charge and /discharge on their topics', () => {
  test.each([
    {
      path: '/charge',
      body: '{"charge":10,"unit":"kW","timestamp":"2020-01-01T00:00:00Z","colour":"red"}',
      side: 'charge',
      value: 10,
      unit: 'kW',
    },
    { path: '/charge', body: '{"charge":2500,"unit":"W"}', side: 'charge', value: 2500, unit: 'W' },
    { path: '/discharge', body: '{"discharge":4.5}', side: 'discharge', value: 4.5, unit: 'kW' },
  ])(
    '$body appears with the value, the unit and the server’s time in milliseconds, and nothing else',
    async ({ path, body, side, value, unit }) => {
      const subscriber = await subscribe(amphora, 'battery/+');
      const beforeMs = Date.now();
      await amphora.post(path, body);
      const message = await until('the message', () => subscriber.messages[0]);
      const afterMs = Date.now();
      const payload: Readonly<Record<string, unknown>> = JSON.parse(message.text);
      const timestamp = String(payload['timestamp']);
      expect(message).toMatchObject({ topic: `battery/${side}`, qos: 1, retain: false });
      expect(payload).toEqual({ [side]: value, unit, timestamp: expect.stringMatching(MS_UTC) });
      expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(beforeMs);
      expect(Date.parse(timestamp)).toBeLessThanOrEqual(afterMs);
      await subscriber.close();
    },
    TEST_MS,
  );

  test(
    'are not retained: who subscribes later sees the next message first',
    async () => {
      await amphora.post('/charge', { charge: 1 });
      const subscriber = await subscribe(amphora, 'battery/#');
      await amphora.post('/charge', { charge: 2 });
      const first = await until('a message', () => subscriber.messages[0]);
      expect(JSON.parse(first.text)).toMatchObject({ charge: 2 });
      await subscriber.close();
    },
    TEST_MS,
  );
});

describe('a device that publishes itself', () => {
  test.each([{ qos: 0 }, { qos: 1 }] as const)(
    'is stored the same way with QoS $qos, on the demo’s topics and on its own',
    async ({ qos }) => {
      const device = await amphora.device();
      const battery = `qos${qos}`;
      const atMs = Date.now() + 1000 * qos;
      const timestamp = iso(atMs);
      await device.publish('battery/charge', { charge: 3.5, unit: 'kW', timestamp }, { qos });
      await device.publish('battery/discharge', { discharge: 1200, unit: 'W', timestamp }, { qos });
      await device.publish(`battery/${battery}/telemetry`, { power: -0.25, soc: 55, timestamp: atMs }, { qos });
      const at = timestamp.replace('.000Z', 'Z').replace('Z', '+00:00');
      const live = await until('the readings to be shown', async () => {
        const { body } = await amphora.get('/livedata');
        return JSON.stringify(body).includes(at) && JSON.stringify(body).includes('1.2,') ? body : undefined;
      });
      expect(live).toEqual({ charge: 3.5, discharge: 1.2, timestamp: at, unit: 'kW' });
      const own = await until('the device’s own topic to be shown', async () => {
        const { body, text } = await amphora.get(`/livedata?battery=${battery}`);
        return text.includes('"soc"') ? body : undefined;
      });
      expect(own).toMatchObject({
        discharge: { value: 0.25, unit: 'kW', at, quality: 'live' },
        charge: { value: null, quality: 'never' },
        soc: { value: 55, unit: '%' },
      });
      await device.end();
    },
    TEST_MS,
  );

  onIngest('direct', 'a reading that waits for no other', () => {
    test(
      'is shown within a second: one reading of three at least, however busy this machine is',
      async () => {
        const device = await amphora.device();
        const delaysMs: number[] = [];
        for (const soc of [11, 12, 13]) {
          const sentMs = performance.now();
          await device.publish('battery/quick/telemetry', { soc });
          await until('the reading to be shown', async () =>
            (await amphora.get('/livedata?battery=quick')).text.includes(`"value":${soc},`),
          );
          delaysMs.push(performance.now() - sentMs);
        }
        expect(Math.min(...delaysMs)).toBeLessThan(1000);
        await device.end();
      },
      TEST_MS,
    );
  });

  test(
    'without a clock is stored under the time of receipt, marked as received',
    async () => {
      const device = await amphora.device();
      const beforeMs = Date.now();
      await device.publish('battery/clockless/telemetry', { voltage: 12.5 });
      await device.end();
      await amphora.drained();
      const { rows } = await allRows(amphora, '/read?shape=wide&battery=clockless');
      expect(rows).toEqual([expect.objectContaining({ voltage: 12.5, received: 1 })]);
      expect(Date.parse(rows[0]?.time ?? '')).toBeGreaterThanOrEqual(beforeMs);
    },
    TEST_MS,
  );

  test(
    'is stored when a message holds many samples, and each once however often the message comes',
    async () => {
      const device = await amphora.device();
      const firstMs = Date.now() - 3_600_000;
      const samples = Array.from({ length: 500 }, (_, i) => ({ timestamp: firstMs + i, charge: i / 10 }));
      await device.publish('battery/many/telemetry', { samples });
      await device.publish('battery/many/telemetry', { samples: samples.toReversed() });
      await device.end();
      await amphora.drained();
      const { rows } = await allRows(amphora, '/read?battery=many&begin=-2h');
      expect(rows.map(({ charge }) => charge)).toEqual(samples.map(({ charge }) => charge));
    },
    TEST_MS,
  );

  test(
    'on a topic that no rule listens to is acknowledged, and stored nowhere',
    async () => {
      const before = await amphora.drained();
      const device = await amphora.device();
      await device.publish('battery/boat/status', { online: false });
      await device.publish('battery/boat/status', { online: false });
      await device.end();
      expect(await amphora.drained()).toEqual(before);
    },
    TEST_MS,
  );
});

describe('the AWS SDK’s client on the port of the IoT data plane', () => {
  test(
    'publishes with QoS 1 to subscribers and to the store',
    async () => {
      const client = new IoTDataPlaneClient(amphora.iot);
      const subscriber = await subscribe(amphora, 'battery/sdk/telemetry');
      const timestamp = iso(Date.now());
      const payload = new TextEncoder().encode(JSON.stringify({ soc: 42, timestamp }));
      await client.send(new PublishCommand({ topic: 'battery/sdk/telemetry', payload, qos: 1 }));
      const message = await until('the message', () => subscriber.messages[0]);
      expect(message).toMatchObject({ qos: 1, retain: false });
      await amphora.drained();
      expect((await amphora.get('/livedata?battery=sdk')).body).toMatchObject({ soc: { value: 42 } });
      await expect(
        client.send(new PublishCommand({ topic: 'battery/+/telemetry', payload, qos: 1 })),
      ).rejects.toMatchObject({ name: 'InvalidRequestException' });
      client.destroy();
      await subscriber.close();
    },
    TEST_MS,
  );
});

onTargets(LOCAL, 'the WebSocket door and the log of the local runtime', () => {
  let local: LocalAmphora;

  beforeAll(async () => {
    local = await startLocal();
  }, START_MS);

  test(
    'a topic that no rule listens to is told once in the log',
    async () => {
      const device = await local.device();
      await device.publish('battery/boat/status', { online: false });
      await device.publish('battery/boat/status', { online: false });
      await device.end();
      expect(local.err().split('no-rule-for-topic topic=battery/boat/status')).toHaveLength(2);
    },
    TEST_MS,
  );

  describe('MQTT over WebSocket at /mqtt', () => {
    test.each([{ origin: 'own' }, { origin: undefined }])(
      'takes and delivers messages of a client with the origin $origin',
      async ({ origin }) => {
        const subscriber = await subscribe(local, 'battery/web/telemetry');
        const wsOptions = origin === undefined ? {} : { origin: local.url };
        const device = await connectDevice(`ws://localhost:${local.port}/mqtt`, { wsOptions });
        const timestamp = iso(Date.now() - (origin === undefined ? 1 : 2));
        await device.publish('battery/web/telemetry', { temperature: 21, timestamp });
        await device.end();
        const message = await until('the message', () => subscriber.messages[0]);
        expect(JSON.parse(message.text)).toEqual({ temperature: 21, timestamp });
        await local.drained();
        const { rows } = await allRows(local, '/read?shape=wide&battery=web');
        expect(rows.map(({ time }) => Date.parse(time))).toContain(Date.parse(timestamp));
        await subscriber.close();
      },
      TEST_MS,
    );

    test.each([
      { origin: 'http://evil.example', host: 'own', path: '/mqtt', status: 403 },
      { origin: 'null', host: 'own', path: '/mqtt', status: 403 },
      { origin: 'http://localhost:1', host: 'own', path: '/mqtt', status: 403 },
      { origin: 'own', host: 'evil.example', path: '/mqtt', status: 403 },
      { origin: 'http://evil.example', host: 'evil.example', path: '/mqtt', status: 403 },
      { origin: 'own', host: 'own', path: '/other', status: 404 },
    ])(
      'is $status for Origin $origin, Host $host and path $path',
      async ({ origin, host, path, status }) => {
        const own = `localhost:${local.port}`;
        const headers = {
          host: host === 'own' ? own : host,
          origin: origin === 'own' ? `http://${own}` : origin,
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
          'sec-websocket-protocol': 'mqtt',
        };
        const answered = new Promise<number | undefined>((resolve, reject) => {
          const asking = request({ host: '127.0.0.1', port: local.port, path, headers });
          asking.once('response', (response) => {
            response.resume();
            resolve(response.statusCode);
          });
          asking.once('upgrade', (_response, socket) => {
            socket.destroy();
            resolve(101);
          });
          asking.once('error', reject);
          asking.end();
        });
        expect(await within('an answer', answered)).toBe(status);
      },
      TEST_MS,
    );
  });
});
