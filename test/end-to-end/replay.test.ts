import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { batterySample } from '../../lambdas/batteries/battery-model.ts';
import type { Amphora } from './amphora.ts';
import { allRows, type ReadRow } from './pages.ts';
import { ROOT, runCli } from './process.ts';
import { startAmphora } from './start.ts';
import { LOCAL, onTargets } from './target.ts';
import { until, within } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 60_000;
const FILE = join('examples', 'data', 'boat-charge.csv');
const RECORDED = 'begin=2014-08-15T00:00:00Z&end=2014-08-16T00:00:00Z';

let amphora: Amphora;

beforeAll(async () => {
  amphora = await startAmphora();
}, START_MS);

type CsvRow = {
  readonly atMs: number;
  readonly voltage: number;
  readonly current: number;
  readonly temperature: number;
};

const rows: readonly CsvRow[] = readFileSync(join(ROOT, FILE), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [time = '', ...numbers] = line.split(',');
    const [voltage = Number.NaN, current = Number.NaN, temperature = Number.NaN] = numbers.map(Number);
    return { atMs: Date.parse(time), voltage, current, temperature };
  });

/** The cells of the file as they came back. */
function cellsOf(row: ReadRow): CsvRow {
  const { time, voltage, current, temperature } = row;
  return {
    atMs: Date.parse(time),
    voltage: Number(voltage),
    current: Number(current),
    temperature: Number(temperature),
  };
}

async function replay(battery: string, ...flags: readonly string[]): Promise<unknown> {
  const to = flags.includes('--url') ? [] : amphora.sendFlags;
  const words = ['replay', FILE, '--battery', battery, '--speed', 'max', '--json', ...to, ...flags];
  const process = runCli(words, amphora.sendEnv);
  const ended = await within('the end of the replay', process.ended, TEST_MS);
  expect({ ...ended, err: ended.code === 0 ? '' : process.err() }).toEqual({ code: 0, signal: null, err: '' });
  await amphora.drained();
  return JSON.parse(process.out());
}

describe('replay of the real file', () => {
  test(
    'shifted: all 1005 rows are stored, moved by one constant, the last to the moment of sending',
    async () => {
      const beforeMs = Date.now();
      expect(await replay('boat')).toEqual({ rows: 1005, sent: 1005, acked: 1005, rejected: 0 });
      const afterMs = Date.now();
      expect(rows).toHaveLength(1005);
      const { rows: stored, pages } = await allRows(amphora, '/read?shape=wide&battery=boat&limit=300');
      expect(pages.map((page) => page.length)).toEqual([300, 300, 300, 105]);
      const cells = stored.map(cellsOf);
      const lastMs = cells.at(-1)?.atMs ?? 0;
      const shiftMs = lastMs - (rows.at(-1)?.atMs ?? 0);
      expect(cells).toEqual(rows.map((row) => ({ ...row, atMs: row.atMs + shiftMs })));
      expect(lastMs).toBeGreaterThanOrEqual(beforeMs);
      expect(lastMs).toBeLessThanOrEqual(afterMs);
      expect(await amphora.drained()).toMatchObject({ kept: 0 });
    },
    TEST_MS,
  );

  test(
    'gives power where the device sent voltage and current only: derived, marked, 3.36978 kW at most',
    async () => {
      const { rows: stored } = await allRows(amphora, '/read?shape=wide&battery=boat');
      for (const { derived } of stored) expect(derived).toEqual(['charge', 'power']);
      const powersKw = stored.map(({ power }) => Number(power));
      expect(Math.max(...powersKw)).toBeCloseTo(3.36978, 9);
      expect(powersKw).toEqual(
        stored.map(({ voltage, current }) => expect.closeTo((Number(voltage) * Number(current)) / 1000, 9)),
      );
      const last = rows.at(-1);
      const lastKw = expect.closeTo(((last?.voltage ?? 0) * (last?.current ?? 0)) / 1000, 9);
      expect((await amphora.get('/livedata?battery=boat')).body).toMatchObject({
        battery: 'boat',
        simulated: false,
        periodS: 1,
        charge: { value: lastKw, unit: 'kW', derived: true },
        power: { value: lastKw, unit: 'kW', derived: true },
        discharge: { value: null, quality: 'never' },
        voltage: { value: last?.voltage, unit: 'V' },
        current: { value: last?.current, unit: 'A' },
        temperature: { value: last?.temperature, unit: '°C' },
      });
      // What is derived is never stored.
      expect((await allRows(amphora, '/read?battery=boat')).rows).toEqual([]);
    },
    TEST_MS,
  );

  test(
    'as recorded: the stored points are the file’s rows, and a second time changes nothing',
    async () => {
      expect(await replay('recorded', '--as-recorded')).toEqual({ rows: 1005, sent: 1005, acked: 1005, rejected: 0 });
      const once = await allRows(amphora, `/read?shape=wide&battery=recorded&limit=400&${RECORDED}`);
      expect(once.rows.map(cellsOf)).toEqual(rows);
      const { stored } = await amphora.drained();
      expect(await replay('recorded', '--as-recorded')).toMatchObject({ acked: 1005 });
      expect(await amphora.drained()).toEqual({ stored, kept: 0 });
      expect(await allRows(amphora, `/read?shape=wide&battery=recorded&limit=400&${RECORDED}`)).toEqual(once);
    },
    TEST_MS,
  );

  onTargets(LOCAL, 'MQTT from the command line', () => {
    test(
      'over HTTP stores the same points as over MQTT',
      async () => {
        const { stored } = await amphora.drained();
        await replay('recorded', '--as-recorded', '--url', amphora.url);
        expect(await amphora.drained()).toEqual({ stored, kept: 0 });
        await replay('over-http', '--as-recorded', '--url', amphora.url);
        const { rows: read } = await allRows(amphora, `/read?shape=wide&battery=over-http&${RECORDED}`);
        expect(read.map(cellsOf)).toEqual(rows);
      },
      TEST_MS,
    );
  });
});

describe('simulate', () => {
  test(
    'publishes the model’s samples, each stored, until SIGTERM, and ends with 0',
    async () => {
      const words = ['simulate', '--battery', 'b2', '--period', '100ms', '--seed', '7', '--json', ...amphora.sendFlags];
      const simulate = runCli(words, amphora.sendEnv);
      await until('ten samples', async () => (await allRows(amphora, '/read?shape=wide&battery=b2')).rows.length >= 10);
      expect(await simulate.end('SIGTERM')).toEqual({ code: 0, signal: null });
      await amphora.drained();
      const { rows: stored } = await allRows(amphora, '/read?shape=wide&battery=b2');
      expect(JSON.parse(simulate.out())).toEqual({ battery: 'b2', sent: stored.length, acked: stored.length });
      for (const [i, { time, charge, discharge, voltage, current, soc, temperature, seq }] of stored.entries()) {
        expect({ charge, discharge, voltage, current, soc, temperature }).toEqual(batterySample(7, Date.parse(time)));
        expect(Date.parse(time) % 100).toBe(0);
        expect(seq).toBe(i + 1);
      }
    },
    TEST_MS,
  );
});
