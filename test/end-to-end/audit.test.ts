/** The promise, checked as anyone can check it: what a device numbered, counted by `./amphora audit`. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Amphora } from './amphora.ts';
import { audit, auditText, type Sample, send } from './auditing.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { runCli } from './process.ts';
import { startBreakable } from './start.ts';
import { BREAKABLE, LOCAL, onTargets } from './target.ts';
import { within } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 90_000;

/** An hour ago, on a whole second. */
const FROM_MS = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

type Numbered = { readonly from: number; readonly to: number; readonly atS?: number; readonly boot?: string };

/** One sample a second. */
const numbered = ({ from, to, atS = 0, ...boot }: Numbered): readonly Sample[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    timestamp: FROM_MS + (atS + i) * 1000,
    voltage: 52 + (i % 7) / 10,
    seq: from + i,
    ...boot,
  }));

const seqIs =
  (...numbers: readonly number[]) =>
  ({ seq }: Sample): boolean =>
    numbers.some((number) => number === seq);

onTargets(BREAKABLE, 'all that is stored, and a database that goes away', () => {
  let amphora: Amphora & { readonly withoutStore: <T>(work: () => Promise<T>) => Promise<T> };

  beforeAll(async () => {
    amphora = await startBreakable();
  }, START_MS);

  describe('audit', () => {
    test(
      'a device that started twice has two runs, and what each lost is named with the times round it',
      async () => {
        const first = numbered({ from: 0, to: 99, boot: 'first' });
        const second = numbered({ from: 0, to: 49, atS: 200, boot: 'second' });
        const lost = [
          ...first.filter((sample) => !seqIs(17, 40, 41)(sample)),
          ...second.filter((sample) => !seqIs(3)(sample)),
        ];
        await send(amphora, 'twice', lost);
        const { code, runs, ...total } = await audit(amphora, 'twice');
        expect(code).toBe(1);
        expect(total).toMatchObject({ sent: 150, stored: 146, missing: 4, duplicated: 0, withoutSeq: 0, stamped: 0 });
        const at = (second: number): string => new Date(FROM_MS + second * 1000).toISOString();
        expect(runs).toMatchObject([
          {
            boot: 'first',
            first: 0,
            last: 99,
            missing: 3,
            beginsAtStart: true,
            missingRanges: [
              { from: 17, to: 17, after: at(16), before: at(18) },
              { from: 40, to: 41, after: at(39), before: at(42) },
            ],
          },
          { boot: 'second', missing: 1, missingRanges: [{ from: 3, to: 3, after: at(202), before: at(204) }] },
        ]);
        const { out } = await auditText(amphora, 'twice');
        expect(out).toContain(`missing: seq 40 to 41, between ${at(39)} and ${at(42)}`);
        expect(out).toMatch(/^150 sent, 146 stored, 4 missing, 0 duplicate$/m);
        expect(out).toContain('let the device send it again with its own timestamp');
        // What it lost, it sends again.
        await send(amphora, 'twice', first);
        await send(amphora, 'twice', second);
        expect(await audit(amphora, 'twice')).toMatchObject({
          code: 0,
          sent: 150,
          stored: 150,
          missing: 0,
          duplicated: 0,
        });
      },
      TEST_MS,
    );

    test(
      'without boot a restart shows in a falling seq',
      async () => {
        await send(amphora, 'nameless', [...numbered({ from: 1, to: 60 }), ...numbered({ from: 1, to: 30, atS: 100 })]);
        const { code, runs } = await audit(amphora, 'nameless');
        expect(code).toBe(0);
        expect(runs.map(({ boot, first, last }) => ({ boot, first, last }))).toEqual([
          { boot: undefined, first: 1, last: 60 },
          { boot: undefined, first: 1, last: 30 },
        ]);
        expect((await auditText(amphora, 'nameless')).out).toContain('without boot a run begins where seq falls');
      },
      TEST_MS,
    );

    test(
      'a clock that jumps back, samples out of order, and each sent three times change nothing',
      async () => {
        // The second half begins 20 s before the first one ended.
        const samples = [
          ...numbered({ from: 1, to: 50, boot: 'b' }),
          ...numbered({ from: 51, to: 100, atS: 30, boot: 'b' }),
        ];
        for (const sending of [samples.toReversed(), samples, samples.filter(({ seq }) => Number(seq) % 3 === 0)]) {
          await send(amphora, 'jumpy', sending);
        }
        expect(await audit(amphora, 'jumpy')).toMatchObject({
          code: 0,
          sent: 100,
          stored: 100,
          missing: 0,
          duplicated: 0,
          runs: [{ boot: 'b', beginsAtStart: true }],
        });
      },
      TEST_MS,
    );

    test(
      'one number with another content, and one with another time, are duplicates',
      async () => {
        const samples = numbered({ from: 1, to: 20, boot: 'b' });
        const [third, fourth] = [samples[2], samples[3]];
        await send(amphora, 'doubled', [
          ...samples,
          { ...third, voltage: 12 },
          { ...fourth, timestamp: FROM_MS + 3_500 },
          { ...fourth, timestamp: FROM_MS + 60_000 },
        ]);
        const { code, duplicated, runs } = await audit(amphora, 'doubled');
        expect({ code, duplicated }).toEqual({ code: 1, duplicated: 3 });
        expect(runs[0]?.duplicates).toEqual([
          { seq: 3, samples: 2 },
          { seq: 4, samples: 3 },
        ]);
        expect((await auditText(amphora, 'doubled')).out).toContain('more than once: seq 3, 4 (3 times)');
      },
      TEST_MS,
    );

    test(
      'samples without a timestamp that are sent again are counted as what they are: another sample each time',
      async () => {
        for (let seq = 1; seq <= 6; seq++) await send(amphora, 'clockless', [{ voltage: 52, seq, boot: 'b' }]);
        for (const seq of [2, 5]) await send(amphora, 'clockless', [{ voltage: 52, seq, boot: 'b' }]);
        expect(await audit(amphora, 'clockless')).toMatchObject({
          code: 1,
          sent: 6,
          stored: 6,
          missing: 0,
          duplicated: 2,
          stamped: 8,
        });
        expect((await auditText(amphora, 'clockless')).out).toContain('8 samples without a timestamp');
      },
      TEST_MS,
    );

    test(
      'of a range only what lies inside counts, and what came before is said to be unknown',
      async () => {
        await send(amphora, 'ranged', [
          ...numbered({ from: 1, to: 100, boot: 'b' }),
          { timestamp: FROM_MS + 50_500, soc: 50 },
        ]);
        const at = (second: number): string => new Date(FROM_MS + second * 1000).toISOString();
        const inside = await audit(amphora, 'ranged', '--from', at(40), '--to', at(60));
        expect(inside).toMatchObject({ code: 0, sent: 20, stored: 20, withoutSeq: 1 });
        expect(inside.runs).toMatchObject([{ first: 41, last: 60, beginsAtStart: false }]);
        const { out } = await auditText(amphora, 'ranged', '--from', at(40), '--to', at(60));
        expect(out).toContain('what it sent before seq 41 is not known');
        expect(out).toContain('1 sample without seq');
        // Back from now, and a year of which most is empty.
        expect(await audit(amphora, 'ranged', '--from', '-2h')).toMatchObject({ code: 0, sent: 100, withoutSeq: 1 });
        expect(await audit(amphora, 'ranged', '--from', '-365d')).toMatchObject({ code: 0, sent: 100, withoutSeq: 1 });
      },
      TEST_MS,
    );

    test(
      'nothing to judge is no proof: an empty range, samples without seq, an unknown battery end with 2',
      async () => {
        await send(amphora, 'plain', [{ timestamp: FROM_MS, soc: 50 }]);
        const cases = [
          [['plain'], 'none of the 1 samples of battery plain'],
          [['plain', '--from', '-10m'], 'must begin before it ends'],
          [['plain', '--from', '-10m', '--to', 'now()'], 'no sample of battery plain'],
          [['unheard-of'], "no battery 'unheard-of' has a sample stored"],
        ] as const;
        for (const [[battery, ...flags], sentence] of cases) {
          expect(await audit(amphora, battery, ...flags)).toMatchObject({
            code: 2,
            error: expect.stringContaining(sentence),
          });
        }
      },
      TEST_MS,
    );

    test.each([
      ['an id with a quote', ["x' OR '1'='1"], 'must be a-z'],
      ['an id that leaves the path', ['../batteries'], 'must be a-z'],
      ['a reserved id', ['charge'], 'is reserved'],
      ['a time that is a question', ['sim', '--from', '2026-01-01T00:00:00Z) |> drop()'], '--from is'],
      ['a time without an offset', ['sim', '--to', '2026-01-01T00:00:00'], '--to is'],
      ['an end before the beginning', ['twice', '--from', 'now()', '--to', '-1h'], 'must begin before it ends'],
      ['an address that is none', ['sim', '--url', 'ftp://x'], '--url must be an address'],
    ])(
      '%s is refused in a sentence, with 2',
      async (_what, [battery = '', ...flags], sentence) => {
        const { code, err } = await auditText(amphora, battery, ...flags);
        expect(err).toMatch(/^amphora: .*\n$/);
        expect(err).toContain(sentence);
        expect(code).toBe(2);
      },
      TEST_MS,
    );

    test(
      'while the database is away it says so, with 2, and finds everything afterwards',
      async () => {
        await send(amphora, 'away', numbered({ from: 1, to: 10, boot: 'b' }));
        const { code, err } = await amphora.withoutStore(() => auditText(amphora, 'away'));
        expect(code).toBe(2);
        expect(err).toMatch(/^amphora: .* answered 50\d: .*\n$/);
        expect(await audit(amphora, 'away')).toMatchObject({ code: 0, sent: 10, stored: 10 });
      },
      TEST_MS,
    );
  });

  describe('GET /audit', () => {
    test.each([
      ['battery=B2', "did you mean 'b2'?"],
      ['battery=x%27', 'must be a-z'],
      ['battery=sim&from=yesterday', "'from' is"],
      ['battery=sim&from=-1h&to=%00', "'to' is"],
      ['battery=sim&from=now()&to=-1h', "'from' ("],
      ['battery=sim&from=-60d', 'a range may be 31 days at most'],
      ['battery=sim&from=-1h&from=-2h', "'from' is"],
    ])('%s is refused with 400 and why', async (query, sentence) => {
      const { status, body } = await amphora.get(`/audit?${query}`);
      expect({ status, body }).toEqual({ status: 400, body: { error: expect.stringContaining(sentence) } });
    });

    test('of an unknown battery has no runs', async () => {
      const { status, body } = await amphora.get('/audit?battery=unheard-of&from=-31d');
      expect({ status, body }).toMatchObject({ status: 200, body: { sent: 0, stored: 0, withoutSeq: 0, runs: [] } });
    });
  });
});

onTargets(LOCAL, 'the local runtime', () => {
  let amphora: LocalAmphora;

  beforeAll(async () => {
    amphora = await startLocal();
  }, START_MS);

  // Not in an emulator: on a busy machine it may answer later than the 5 s that simulate waits for its last answers.
  test(
    'of ./amphora simulate: N sent, N stored, 0 missing, 0 duplicate, and exit code 0',
    async () => {
      const words = ['simulate', '--battery', 'sim', '--period', '20ms', '--count', '60', ...amphora.sendFlags];
      const simulate = runCli(words, amphora.sendEnv);
      expect((await within('the end of the simulation', simulate.ended, TEST_MS)).code).toBe(0);
      await amphora.drained();
      const { code, out } = await auditText(amphora, 'sim');
      expect(out).toContain('1 run of the device');
      expect(out).toMatch(/^60 sent, 60 stored, 0 missing, 0 duplicate$/m);
      expect(out).not.toMatch(/not known|missing:|more than once/);
      expect(code).toBe(0);
    },
    TEST_MS,
  );

  test('a folder in which none runs is named, with 2', async () => {
    const process = runCli(['audit', '--battery', 'b', '--data', '/nowhere at all']);
    expect((await within('the end of the audit', process.ended)).code).toBe(2);
    expect(process.err()).toBe(
      "amphora: no Amphora runs in /nowhere at all; start it with ./amphora start --data '/nowhere at all', or leave --data out\n",
    );
  });
});
