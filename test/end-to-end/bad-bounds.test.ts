import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Amphora } from './amphora.ts';
import { startLocal } from './local.ts';
import { expectRefusal, failures, keptOf } from './refusals.ts';
import { startAmphora } from './start.ts';
import { LOCAL, onTargets } from './target.ts';
import { until, within } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 60_000;
const KIB = 1024;

let amphora: Amphora;

beforeAll(async () => {
  amphora = await startAmphora();
}, START_MS);

describe('a body over its bounds', () => {
  const paths = ['/charge', '/discharge', '/writeCharge', '/writeDischarge', '/batteries/big/telemetry'];

  test.each(paths)(
    'of 128 KiB and a byte is 413 on %s',
    async (path) => {
      const body = `{"charge":1,"discharge":1,"x":"${'x'.repeat(128 * KIB)}"}`.slice(0, 128 * KIB + 1);
      const answer = await amphora.post(path, body);
      expect(answer.status).toBe(413);
      expectRefusal(answer, '131072 bytes');
    },
    TEST_MS,
  );

  test(
    'of 128 KiB is read, and of 11 MB is 413 too, to a client that sends all of it first',
    async () => {
      const full = await amphora.post('/charge', `{"charge":1,"x":"${'x'.repeat(128 * KIB - 19)}"}`);
      expect(full.status).toBe(200);
      const huge = await amphora.post('/charge', 'x'.repeat(11 * KIB * KIB));
      expect(huge.status).toBe(413);
    },
    TEST_MS,
  );

  test(
    'a message over 100 KiB is kept',
    async () => {
      const [kept] = await keptOf(amphora, 'battery/big/telemetry', [`{"soc":5,"x":"${'x'.repeat(100 * KIB)}"}`]);
      expect(kept?.reason).toContain('longer than 102400 bytes');
    },
    TEST_MS,
  );

  onTargets(LOCAL, 'the broker and the log of the local runtime', () => {
    test(
      'a message over 128 KiB closes the connection and is told in the log',
      async () => {
        const local = await startLocal();
        const { client } = await local.device({ clientId: 'too-big' });
        const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
        client.publish('battery/big/telemetry', 'x'.repeat(128 * KIB + 1), { qos: 1 });
        await within('the broker to close the connection', closed);
        await until('a line in the log', () => local.err().includes('clientId=too-big'));
        await local.end('SIGTERM');
      },
      START_MS,
    );
  });

  test(
    'a number of 100 000 digits is 400, not published and then kept',
    async () => {
      const { kept } = await amphora.drained();
      expectRefusal(
        await amphora.post('/charge', `{"charge":1.${'0'.repeat(100_000)}}`),
        "'charge' has 100002 characters",
      );
      expectRefusal(await amphora.post('/writeCharge', `{"charge":1.${'0'.repeat(100_000)}}`), 'at most 100');
      expect((await amphora.drained()).kept).toBe(kept);
    },
    TEST_MS,
  );
});

describe('a burst of good and bad messages', () => {
  test(
    'has each good one stored and each bad one kept, once, though the functions take them in groups',
    async () => {
      const { kept, stored } = await amphora.drained();
      const device = await amphora.device();
      const nowMs = Date.now();
      const bad = Array.from({ length: 20 }, (_, i) => `{"soc":${i}`);
      // The bad one first: to keep it takes longer than to store those that come behind it.
      for (const [round, first] of bad.entries()) {
        const good = Array.from({ length: 15 }, (_, i) => ({ timestamp: nowMs - round * 15 - i, soc: 50 }));
        await Promise.all([first, ...good].map((message) => device.publish('battery/burst/telemetry', message)));
      }
      await device.end();
      expect(await amphora.drained()).toEqual({ kept: kept + 20, stored: stored + 300 });
      const originals = (await amphora.kept())
        .slice(kept)
        .map(({ original }) => Buffer.from(original, 'base64').toString());
      expect(originals.toSorted()).toEqual(bad.toSorted());
      expect(await failures(amphora)).toEqual([]);
    },
    TEST_MS,
  );
});

onTargets(LOCAL, 'the sockets of the local runtime', () => {
  test(
    'a connection that breaks while it is refused ends nothing but itself',
    async () => {
      const local = await startLocal();
      for (let i = 0; i < 20; i++) {
        const socket = connect(local.port, '127.0.0.1');
        socket.on('error', () => {});
        await within('a connection', new Promise<void>((resolve) => socket.once('connect', () => resolve())));
        const head = `GET /mqtt HTTP/1.1\r\nHost: localhost:${local.port}\r\nOrigin: http://evil.example\r\n`;
        const written = new Promise<void>((resolve) => {
          socket.write(`${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n${'x'.repeat(100_000)}`, () =>
            resolve(),
          );
        });
        await within('the bytes to be written', written);
        socket.resetAndDestroy();
      }
      expect((await local.health()).status).toBe('ok');
      await local.end('SIGTERM');
    },
    START_MS,
  );
});

test('none of all this made a function fail', async () => {
  expect(await failures(amphora)).toEqual([]);
});
