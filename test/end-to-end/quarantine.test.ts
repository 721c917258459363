/** What could not be stored: seen, tried again, deleted, over HTTP alone. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Amphora } from './amphora.ts';
import { type Answer, sentenceOf } from './http.ts';
import { folderWithKept, KEPT_REASON } from './kept-before.ts';
import { startLocal } from './local.ts';
import { startAmphora } from './start.ts';
import { LOCAL, OWN, onTargets } from './target.ts';
import { until } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 60_000;
const NOBODY = '2026-11-26-43200000-0123456789abcdef0123';

type Entry = Readonly<Record<string, unknown>> & { readonly id: string };

const entriesOf = ({ body }: Answer): readonly Entry[] => (Array.isArray(body) ? body : []);
const bytes = (payload: string): string => Buffer.from(payload).toString('base64');

/** The one message of that battery. */
async function onlyEntry(amphora: Amphora, battery: string): Promise<Entry> {
  const entries = entriesOf(await amphora.get(`/quarantine?battery=${battery}`));
  expect(entries).toHaveLength(1);
  return entries[0] ?? { id: '' };
}

onTargets(OWN, 'what could not be stored of it, all of it', () => {
  let amphora: Amphora;
  const send = async (topic: string, ...payloads: readonly string[]): Promise<void> => {
    const device = await amphora.device({ clientId: 'sender' });
    for (const payload of payloads) await device.publish(topic, payload);
    await device.end();
    await amphora.drained();
  };

  beforeAll(async () => {
    amphora = await startAmphora();
  }, START_MS);

  describe('a message that could not be stored', () => {
    test(
      'is listed with its reason, and shown with its very bytes',
      async () => {
        await send('battery/seen/telemetry', '{"soc":7');
        const entry = await onlyEntry(amphora, 'seen');
        expect(entry).toEqual({
          id: expect.stringMatching(/^\d{4}-\d{2}-\d{2}-\d{8}-[0-9a-f]{20}$/),
          battery: 'seen',
          reason: expect.stringContaining('not valid JSON'),
          topic: 'battery/seen/telemetry',
          clientId: 'sender',
          traceId: expect.any(String),
          receivedAt: expect.stringMatching(/\+00:00$/),
          quarantinedAt: expect.stringMatching(/\+00:00$/),
          attempts: 1,
          bytes: 8,
        });
        const shown = await amphora.get(`/quarantine/${entry.id}`);
        expect([shown.status, shown.body]).toEqual([200, { ...entry, original: bytes('{"soc":7') }]);
      },
      TEST_MS,
    );

    test(
      'is found by battery, by words of the reason and by time, page by page, the newest first',
      async () => {
        const payloads = ['{"soc":1', '{"soc":"x"}', '{"soc":2', '[]', '{"soc":3'];
        for (const payload of payloads) await send('battery/found/telemetry', payload);
        const ids = entriesOf(await amphora.get('/quarantine?battery=found')).map(({ id }) => id);
        expect(ids).toHaveLength(5);
        const shown = await Promise.all(ids.map(async (id) => Object((await amphora.get(`/quarantine/${id}`)).body)));
        expect(shown.map(({ original }) => original)).toEqual(payloads.map(bytes).toReversed());
        const byReason = entriesOf(await amphora.get('/quarantine?battery=found&reason=valid%20json'));
        expect(byReason).toHaveLength(3);
        const paged: string[] = [];
        for (let path: string | undefined = '/quarantine?battery=found&from=-1h&limit=2'; path !== undefined; ) {
          const page: Answer = await amphora.get(path);
          paged.push(...entriesOf(page).map(({ id }) => id));
          path = /^<(.*)>; rel="next"$/.exec(String(page.headers['link'] ?? ''))?.[1];
        }
        expect(paged).toEqual(ids);
        expect(entriesOf(await amphora.get('/quarantine?battery=found&to=-1h'))).toEqual([]);
        expect(entriesOf(await amphora.get('/quarantine?battery=nobody'))).toEqual([]);
      },
      TEST_MS,
    );

    test(
      'of an id that no battery may have is found by it',
      async () => {
        await send('battery/Upper/telemetry', '{"soc":7}');
        expect(await onlyEntry(amphora, 'Upper')).toMatchObject({ reason: expect.stringContaining("'upper'") });
      },
      TEST_MS,
    );

    test(
      'and is replayed stays while it is bad: one attempt more, its good part stored once',
      async () => {
        await send(
          'battery/again/telemetry',
          '{"samples":[{"soc":41,"timestamp":"2026-01-31T12:00:00Z"},{"soc":"x"}]}',
        );
        const { id } = await onlyEntry(amphora, 'again');
        const answer = await amphora.ask(`/quarantine/${id}/replay`, { method: 'POST' });
        expect([answer.status, answer.body]).toEqual([
          200,
          {
            id,
            outcome: 'quarantined',
            stored: 0,
            // InfluxDB does not tell a repeat from what is new.
            ...(Object(answer.body).stored === 1 ? { stored: 1, repeated: 0 } : { repeated: 1 }),
            attempts: 2,
            reason: expect.stringContaining("'soc' must be a number"),
          },
        ]);
        expect(await onlyEntry(amphora, 'again')).toMatchObject({ id, attempts: 2 });
        const rows = await amphora.get(
          '/read?shape=wide&battery=again&begin=2026-01-31T11:00:00Z&end=2026-01-31T13:00:00Z',
        );
        expect(rows.body).toMatchObject([{ soc: 41 }]);
      },
      TEST_MS,
    );

    test(
      'is gone once it is deleted, and cannot be deleted, shown or replayed again',
      async () => {
        await send('battery/gone/telemetry', '{"soc":7');
        const { id } = await onlyEntry(amphora, 'gone');
        const before = (await amphora.drained()).kept;
        const answer = await amphora.ask(`/quarantine/${id}`, { method: 'DELETE' });
        expect([answer.status, answer.body]).toEqual([200, { id, deleted: true }]);
        expect((await amphora.drained()).kept).toBe(before - 1);
        expect(entriesOf(await amphora.get('/quarantine?battery=gone'))).toEqual([]);
        const again = [
          await amphora.ask(`/quarantine/${id}`, { method: 'DELETE' }),
          await amphora.get(`/quarantine/${id}`),
          await amphora.ask(`/quarantine/${id}/replay`, { method: 'POST' }),
        ];
        for (const refused of again) {
          expect(refused.status).toBe(404);
          expect(sentenceOf(refused)).toContain(`there is no record '${id}' in the quarantine`);
        }
      },
      TEST_MS,
    );
  });

  test.each([
    '..%2f..%2f..%2ffolder.json',
    '%2e%2e',
    `${NOBODY}%00`,
    `${NOBODY}.json`,
    `2026-11-26%2f${NOBODY.slice(11)}`,
    'x'.repeat(1_000),
    '%ff',
    NOBODY,
  ])(
    'an id such as %s is of nothing, to show, to replay and to delete',
    async (id) => {
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/replay'],
      ] as const) {
        const answer = await amphora.ask(`/quarantine/${id}${path}`, { method });
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
      }
    },
    TEST_MS,
  );

  test.each([
    ['from=yesterday', "'from' is"],
    ['from=-1h&to=-2h', "'from' must lie before 'to'"],
    ['limit=0', "'limit' must be"],
    ['reason=%22', "'reason' must have a word"],
    ['after=..%2f..', "'after' is not from a Link header"],
  ])(
    'the question ?%s is refused with a sentence',
    async (query, words) => {
      const answer = await amphora.get(`/quarantine?${query}`);
      expect(answer.status).toBe(400);
      expect(sentenceOf(answer)).toContain(words);
    },
    TEST_MS,
  );
});

onTargets(LOCAL, 'the quarantine of a data folder', () => {
  test(
    'what an older version kept for want of a database stays while that is away, and replayed is stored when it is back',
    async () => {
      const amphora = await startLocal({ dataDir: folderWithKept(['boat'], { soc: 64 }) });
      const { id, reason } = await onlyEntry(amphora, 'boat');
      expect(reason).toBe(KEPT_REASON);
      const replay = (): Promise<Answer> => amphora.ask(`/quarantine/${id}/replay`, { method: 'POST' });
      await amphora.withoutStore(async () => {
        const inVain = await replay();
        expect(inVain.status).toBe(503);
        expect(sentenceOf(inVain)).toContain(amphora.storeName);
        expect(await amphora.kept()).toHaveLength(1);
      });
      const answer = await until('the database to be back', async () => {
        const replayed = await replay();
        return replayed.status === 503 ? undefined : replayed;
      });
      expect([answer.status, answer.body]).toEqual([200, { id, outcome: 'stored', stored: 1, repeated: 0 }]);
      expect(await amphora.drained()).toEqual({ stored: 1, kept: 0 });
      const range = 'begin=2026-01-31T11:00:00Z&end=2026-01-31T13:00:00Z';
      expect((await amphora.get(`/read?shape=wide&battery=boat&${range}`)).body).toMatchObject([{ soc: 64 }]);
    },
    START_MS,
  );

  test(
    'what is in quarantine is there after kill -9, and nothing of it twice',
    async () => {
      const amphora = await startLocal();
      const device = await amphora.device();
      for (let i = 0; i < 50; i++) await device.publish('battery/boat/telemetry', `{"soc":${i}`);
      await amphora.drained();
      await amphora.end('SIGKILL');
      const again = await startLocal({ dataDir: amphora.dataDir });
      expect((await again.drained()).kept).toBe(50);
      const entries = entriesOf(await again.get('/quarantine?limit=500'));
      expect(new Set(entries.map(({ id }) => id)).size).toBe(50);
    },
    START_MS,
  );
});
