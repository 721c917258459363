import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Amphora } from './amphora.ts';
import { allRows } from './pages.ts';
import { expectRefusal, failures, keptOf } from './refusals.ts';
import { startAmphora } from './start.ts';
import { OWN, onTargets } from './target.ts';

const START_MS = 130_000;
const TEST_MS = 60_000;

let amphora: Amphora;

beforeAll(async () => {
  amphora = await startAmphora();
}, START_MS);

type Property = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
};

const properties: Readonly<Record<string, Property>> = JSON.parse(
  readFileSync(new URL('../../lambdas/telemetry/reading.schema.json', import.meta.url), 'utf8'),
).properties;

const EVERY_TYPE: readonly unknown[] = ['text', '', 7.5, -3, true, false, {}, { a: 1 }, [], [7.5], ['text'], [[1]]];

/** Values that no field of this type takes. */
function wrongValues(field: string, { type = 'string', enum: words }: Property): readonly unknown[] {
  const types = typeof type === 'string' ? [type] : type;
  if (words !== undefined) return EVERY_TYPE;
  return EVERY_TYPE.filter((value) => {
    if (Array.isArray(value))
      return !types.includes('array') || value.some((item) => typeof item !== 'number' || field === 'alarms');
    if (typeof value === 'number')
      return !types.includes('number') && !(types.includes('integer') && Number.isInteger(value));
    return !types.includes(typeof value) || value === '';
  });
}

const WRONG = Object.entries(properties).flatMap(([field, property]) =>
  wrongValues(field, property).map((value) => ({ field, value })),
);

describe('a value of the wrong type', () => {
  // The sample has a field that is right besides, and a time of its own, so that the wrong one alone decides.
  const sampleOf = ({ field, value }: (typeof WRONG)[number], i: number): Readonly<Record<string, unknown>> => ({
    timestamp: Date.parse('2025-06-01T00:00:00Z') + i,
    [field === 'soc' ? 'voltage' : 'soc']: 50,
    [field]: value,
  });

  test(
    `in any field is refused over HTTP with the field's name (${WRONG.length} of them)`,
    async () => {
      expect(new Set(WRONG.map(({ field }) => field))).toEqual(new Set(Object.keys(properties)));
      for (const [i, wrong] of WRONG.entries()) {
        const answer = await amphora.post('/batteries/wrong/telemetry', sampleOf(wrong, i));
        expect({ ...wrong, status: answer.status }).toEqual({ ...wrong, status: 400 });
        expectRefusal(answer, wrong.field === 'timestamp' ? '' : `'${wrong.field}' must`);
      }
    },
    TEST_MS,
  );

  onTargets(OWN, 'the failure queues, which belong to the owner of a stack in use', () => {
    test(
      'in any field is kept over MQTT, and the fields that are right are stored',
      async () => {
        const samples = WRONG.map(sampleOf);
        const kept = await keptOf(
          amphora,
          'battery/wrong/telemetry',
          samples.map((sample) => JSON.stringify(sample)),
        );
        for (const [i, { field }] of WRONG.entries()) {
          if (field !== 'timestamp') expect(kept[i]?.reason).toContain(`'${field}' must`);
        }
        const { rows } = await allRows(
          amphora,
          '/read?shape=wide&battery=wrong&begin=2025-06-01T00:00:00Z&end=2025-06-02T00:00:00Z',
        );
        const storable = samples.filter((_, i) => WRONG[i]?.field !== 'timestamp');
        expect(rows.map(({ time }) => Date.parse(time))).toEqual(storable.map(({ timestamp }) => timestamp));
        for (const row of rows) expect(row['soc'] ?? row['voltage']).toBe(50);
      },
      TEST_MS,
    );
  });

  const OUT_OF_RANGE = Object.entries(properties).flatMap(([field, { minimum, maximum, type }]) =>
    type === 'number'
      ? [minimum, maximum].flatMap((edge, i) =>
          edge === undefined ? [] : [{ field, value: edge + (i === 0 ? -1 : 1) }],
        )
      : [],
  );

  test.each(OUT_OF_RANGE)(
    '$field of $value is told as out of range, alone refused, and beside others left out',
    async ({ field, value }) => {
      expectRefusal(await amphora.post('/batteries/range/telemetry', { [field]: value }), `'${field}' must be at`);
      const answer = await amphora.post('/batteries/range/telemetry', {
        [field]: value,
        boot: 'b',
        seq: 1,
        cells: [3],
      });
      expect(answer.status).toBe(202);
      expect(answer.body).toEqual({
        accepted: 1,
        rejected: [{ sample: 0, field, reason: expect.stringContaining(`'${field}' must be at`) }],
      });
    },
    TEST_MS,
  );
});

describe('a text with characters that no database takes', () => {
  test.each(['"\\ud800"', '"\\u0000"', '"\\u0085"', '"a\\nb"', '""', `"${'x'.repeat(33)}"`])(
    'a boot of %s is refused over HTTP, before anything is acknowledged',
    async (boot) => {
      expectRefusal(await amphora.post('/batteries/texts/telemetry', `{"soc":5,"boot":${boot}}`), "'boot' must match");
    },
    TEST_MS,
  );
});

onTargets(OWN, 'the log, which belongs to the owner of a stack in use', () => {
  test('none of all this made a function fail', async () => {
    expect(await failures(amphora)).toEqual([]);
  });
});
