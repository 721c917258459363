/**
 * Where Amphora answers differently from the original demo: ten points, each a test that the demo fails.
 * The first two, of what cannot be written, are in outage.test.ts.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Amphora } from './amphora.ts';
import { sentenceOf } from './http.ts';
import { startLocal } from './local.ts';
import { allRows } from './pages.ts';
import { startAmphora } from './start.ts';
import { LOCAL, onTargets } from './target.ts';

const START_MS = 130_000;
const TEST_MS = 40_000;

let amphora: Amphora;

beforeAll(async () => {
  amphora = await startAmphora();
}, START_MS);

describe('3. the newest is so by its own time', () => {
  test(
    'a late reading does not replace a newer one, each side has its own newest, timestamp is the newer of the two',
    async () => {
      const nowMs = Date.now();
      const iso = (agoMs: number): string => new Date(nowMs - agoMs).toISOString();
      // All of them newer than what the tests above wrote, within the five minutes that a clock may be ahead.
      await amphora.post('/writeCharge', { charge: 1, timestamp: iso(-60_000) });
      await amphora.post('/writeDischarge', { discharge: 2, timestamp: iso(-90_000) });
      await amphora.post('/writeCharge', { charge: 3, timestamp: iso(-30_000) });
      await amphora.post('/writeDischarge', { discharge: 4, timestamp: iso(-20_000) });
      const { body } = await amphora.get('/livedata');
      expect(body).toEqual({
        charge: 1,
        discharge: 2,
        timestamp: iso(-90_000).replace('Z', '+00:00').replace('.000', ''),
        unit: 'kW',
      });
    },
    TEST_MS,
  );
});

describe('4. the unit counts', () => {
  test.each([
    { sent: '{"charge":1500,"unit":"W"}', echoed: '1500 W', storedKw: 1.5 },
    { sent: '{"charge":1.1,"unit":"MW"}', echoed: '1.1 MW', storedKw: 1100 },
    { sent: '{"charge":0.0293,"unit":"MW"}', echoed: '0.0293 MW', storedKw: 29.3 },
    { sent: '{"charge":2.50,"unit":"kW"}', echoed: '2.50 kW', storedKw: 2.5 },
  ])(
    '$sent is echoed as $echoed and stored as $storedKw kW',
    async ({ sent, echoed, storedKw }) => {
      const from = new Date().toISOString();
      const { body } = await amphora.post('/charge', sent);
      expect(body).toEqual({ message: `charge set to: ${echoed}` });
      await amphora.drained();
      const { rows } = await allRows(amphora, `/read?begin=${from}&end=${new Date(Date.now() + 1000).toISOString()}`);
      expect(rows.map(({ charge }) => charge)).toEqual([storedKw]);
    },
    TEST_MS,
  );

  test.each(['kw', 'KW', 'Wh', 'kilowatt', '', ' kW', 1, true, ['kW']])(
    'the unit %j is 400',
    async (unit) => {
      for (const path of ['/charge', '/writeCharge']) {
        const answer = await amphora.post(path, { charge: 1, unit });
        expect(answer.status).toBe(400);
        expect(sentenceOf(answer)).toContain("'unit' must be W, kW or MW");
      }
    },
    TEST_MS,
  );
});

describe('5. numbers are floats', () => {
  test(
    '10 and then 10.5 are both stored',
    async () => {
      await amphora.post('/batteries/floats/telemetry', { timestamp: '2025-05-01T00:00:00Z', charge: 10 });
      await amphora.post('/batteries/floats/telemetry', { timestamp: '2025-05-01T00:00:01Z', charge: 10.5 });
      await amphora.drained();
      const { rows } = await allRows(
        amphora,
        '/read?battery=floats&begin=2025-05-01T00:00:00Z&end=2025-05-02T00:00:00Z',
      );
      expect(rows.map(({ charge }) => charge)).toEqual([10, 10.5]);
    },
    TEST_MS,
  );
});

describe('6. readings do not overwrite each other', () => {
  test(
    'two batteries, and two readings of one millisecond, all stay',
    async () => {
      const timestamp = '2025-05-03T00:00:00.123Z';
      await amphora.post('/batteries/one/telemetry', { samples: [{ timestamp, charge: 1 }] });
      await amphora.post('/batteries/two/telemetry', { samples: [{ timestamp, charge: 2 }] });
      await amphora.post('/writeCharge', { charge: 3, timestamp });
      await amphora.post('/writeCharge', { charge: 4, timestamp });
      await amphora.drained();
      const range = 'begin=2025-05-03T00:00:00Z&end=2025-05-04T00:00:00Z';
      const charges = async (battery: string): Promise<unknown> => {
        const { rows } = await allRows(amphora, `/read?${range}${battery}`);
        return rows.map(({ charge }) => charge ?? Number.NaN).sort((a, b) => a - b);
      };
      expect(await charges('&battery=one')).toEqual([1]);
      expect(await charges('&battery=two')).toEqual([2]);
      expect(await charges('')).toEqual([3, 4]);
    },
    TEST_MS,
  );
});

describe('7. what is no power is refused', () => {
  const values = ['"abc"', 'null', '-1', '-0.001', '10000.1', '1e400', '-1e400', 'true', 'false', '[]', '{}', '"5"'];

  test.each(values)(
    'a charge of %s is 400 with a sentence that names the field and the rule',
    async (value) => {
      for (const path of ['/charge', '/writeCharge']) {
        const answer = await amphora.post(path, `{"charge":${value}}`);
        expect(answer.status).toBe(400);
        expect(answer.body).toEqual({ error: expect.stringMatching(/'charge' must be a .*number.* 0 to 10000 kW/) });
      }
    },
    TEST_MS,
  );

  test.each(['NaN', 'Infinity', '.5', '01', '0x10'])(
    'a charge of %s is no JSON and 400',
    async (value) => {
      const answer = await amphora.post('/discharge', `{"discharge":${value}}`);
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({ message: expect.stringContaining('not valid JSON') });
    },
    TEST_MS,
  );

  test.each(['null', '5', 'true', '"charge"', '[1,2]'])(
    'a body of %s is 400 on every route that takes one',
    async (body) => {
      for (const path of ['/charge', '/discharge', '/writeCharge', '/writeDischarge', '/batteries/b/telemetry']) {
        const answer = await amphora.post(path, body);
        expect(answer.status).toBe(400);
        expect(sentenceOf(answer)).toMatch(/\S+ \S+/);
      }
    },
    TEST_MS,
  );
});

describe('8. begin and end are times', () => {
  test.each([
    '-1h) |> drop()',
    '-1h, stop: now())',
    "2025-01-01T00:00:00Z' or '1'='1",
    '-1hh',
    '--1h',
    '-1.5h',
    '+1h',
    '-99999999999h',
    'now',
    'yesterday',
    '0',
    '2025-02-30T00:00:00Z',
    '2025-01-01T25:00:00Z',
    '1738756800000',
    '\u0000',
  ])(
    'begin=%j is 400 with the forms that are taken',
    async (begin) => {
      for (const shape of ['rows', 'wide', 'series']) {
        const answer = await amphora.get(`/read?shape=${shape}&begin=${encodeURIComponent(begin)}`);
        expect(answer.status).toBe(400);
        expect(answer.body).toEqual({ error: expect.stringMatching(/'begin'.*(RFC 3339|before 1970)/) });
      }
    },
    TEST_MS,
  );
});

onTargets(LOCAL, 'a door without a sign-in', () => {
  describe('9. only this machine’s own pages are answered', () => {
    test(
      'a foreign Host and a foreign Origin are 403, and no answer has a CORS header',
      async () => {
        const local = await startLocal();
        const foreign = await Promise.all([
          local.get('/livedata', { host: 'evil.example' }),
          local.get('/livedata', { origin: 'http://evil.example' }),
          local.post('/charge', { charge: 99 }, { origin: 'null' }),
        ]);
        expect(foreign.map(({ status }) => status)).toEqual([403, 403, 403]);
        const own = await local.get('/livedata', { host: `localhost:${local.port}`, origin: local.url });
        expect(own.status).toBe(200);
        for (const { headers } of [...foreign, own])
          expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
        await local.end('SIGTERM');
      },
      START_MS,
    );
  });
});

describe('10. late, duplicate and future messages corrupt nothing', () => {
  test(
    'the same message three times is one row, and 5 minutes ahead is refused with a reason at both doors',
    async () => {
      const device = await amphora.device();
      const message = { timestamp: '2025-05-05T00:00:00Z', charge: 5 };
      for (let i = 0; i < 3; i++) await device.publish('battery/charge', message);
      const ahead = new Date(Date.now() + 6 * 60_000).toISOString();
      await device.publish('battery/charge', { timestamp: ahead, charge: 77 });
      const refused = await amphora.post('/batteries/boat/telemetry', { timestamp: ahead, charge: 77 });
      const refusedWrite = await amphora.post('/writeCharge', { timestamp: ahead, charge: 77 });
      await amphora.drained();
      await device.end();
      for (const answer of [refused, refusedWrite]) {
        expect(answer.status).toBe(400);
        expect(sentenceOf(answer)).toContain('more than 5 minutes ahead');
      }
      expect((await amphora.kept()).map(({ reason }) => reason)).toContainEqual(
        expect.stringContaining('5 minutes ahead'),
      );
      const { rows } = await allRows(amphora, '/read?begin=2025-05-05T00:00:00Z&end=2025-05-06T00:00:00Z');
      expect(rows).toEqual([{ charge: 5, discharge: null, time: '2025-05-05T00:00:00+00:00' }]);
      expect((await amphora.get('/livedata')).text).not.toMatch(/"charge":77\b/);
    },
    TEST_MS,
  );
});
