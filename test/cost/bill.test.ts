import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assuming } from '../../cost/assumptions.ts';
import { type Bill, bill } from '../../cost/bill.ts';
import type { Load } from '../../cost/load.ts';
import type { StackInventory } from '../../cost/parse-template.ts';
import { priceOf } from '../../cost/prices.ts';
import { monthlyCost } from '../../lib/monthly-cost.ts';
import { DATABASES } from '../stack/combinations.ts';
import { SYNTHESIS_TIMEOUT_MS } from '../stack/templates.ts';
import { type Counted, countedStacks } from './inventories.ts';

let stacks: readonly Counted[] = [];
beforeAll(async () => {
  stacks = await countedStacks();
}, SYNTHESIS_TIMEOUT_MS);

const assume = (() => {
  const assumed = assuming();
  if (!assumed.ok) throw new Error(assumed.reason);
  return assumed.assume;
})();

const ONE_HOME: Load = { batteries: 1, periodS: 10, perMessage: 1, viewers: 1, via: 'mqtt', minPollSeconds: 5 };

const loads: fc.Arbitrary<Load> = fc.record({
  batteries: fc.integer({ min: 1, max: 100_000 }),
  periodS: fc.double({ min: 0.01, max: 86_400, noNaN: true }),
  perMessage: fc.integer({ min: 1, max: 500 }),
  viewers: fc.integer({ min: 0, max: 1000 }),
  via: fc.constantFrom('mqtt', 'http'),
  minPollSeconds: fc.integer({ min: 1, max: 60 }),
});

/** For each of them a bill that holds, whatever is asked for. */
function forAll(mode: 'direct' | 'buffered' | 'both', law: (of: (load: Load) => Bill, load: Load) => void): void {
  const chosen = stacks.filter(({ settings }) => mode === 'both' || settings.ingest === mode);
  expect(chosen.length).toBeGreaterThan(2);
  fc.assert(
    fc.property(fc.constantFrom(...chosen), loads, ({ inventory }, load) =>
      law((asked) => bill(inventory, asked, assume), load),
    ),
  );
}

const same = (a: number, b: number): void => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * Math.max(a, b));
const readings = (of: Bill): number => of.usdByGroup.readings;

describe('the laws of a bill', () => {
  test('direct: twice the batteries cost twice as much, and a million readings the same', () => {
    forAll('direct', (of, load) => {
      const one = of({ ...load, batteries: 1 });
      const many = of(load);
      same(readings(many), load.batteries * readings(one));
      same(many.perMillionReadingsUsd, one.perMillionReadingsUsd);
    });
  });

  test('buffered: more batteries cost more, and no more than so many by themselves', () => {
    forAll('buffered', (of, load) => {
      const [one, less, many] = [1, load.batteries, load.batteries * 2].map((batteries) => of({ ...load, batteries }));
      if (one === undefined || less === undefined || many === undefined) throw new Error('three bills were made');
      expect(readings(many)).toBeGreaterThan(readings(less));
      expect(readings(less)).toBeLessThanOrEqual(load.batteries * readings(one) * (1 + 1e-9));
    });
  });

  test('more readings in a message cost less than each in its own', () => {
    forAll('both', (of, load) => {
      const alone = of({ ...load, perMessage: 1 });
      const together = of({ ...load, perMessage: load.perMessage + 1 });
      expect(together.perMillionReadingsUsd).toBeLessThan(alone.perMillionReadingsUsd);
    });
  });

  test('each page costs the same, and less where nobody touches it; readings cost what they cost, whoever looks', () => {
    forAll('both', (of, load) => {
      const seen = of(load);
      same(seen.usdByGroup.viewers, load.viewers * seen.perViewerUsd.watched);
      expect(seen.perViewerUsd.leftAlone).toBeLessThanOrEqual(seen.perViewerUsd.watched);
      same(readings(seen), readings(of({ ...load, viewers: 0 })));
    });
  });

  test('what is fixed is the same whatever is sent', () => {
    forAll('both', (of, load) => {
      const { batteries, periodS, perMessage, via } = ONE_HOME;
      same(of(load).usdByGroup.fixed, of({ ...load, batteries, periodS, perMessage, via }).usdByGroup.fixed);
    });
  });

  test('the lines are the groups, the groups the total; each line is its count at its price', () => {
    forAll('both', (of, load) => {
      const { lines, usdByGroup, totalUsd } = of(load);
      same(
        lines.reduce((sum, { usd }) => sum + usd, 0),
        totalUsd,
      );
      same(usdByGroup.fixed + usdByGroup.readings + usdByGroup.viewers, totalUsd);
      for (const { count, price, usd } of lines) {
        expect(count).toBeGreaterThan(0);
        same(usd, (count / priceOf(price).per) * priceOf(price).usd);
      }
    });
  });

  test('never more is free than is asked for, of anything', () => {
    forAll('both', (of, load) => {
      const { freeUsd, totalUsd, lines } = of(load);
      const [always, first] = [freeUsd.always, freeUsd['first-year']];
      for (const free of [always, first]) expect(free).toBeGreaterThanOrEqual(0);
      expect(always + first).toBeLessThanOrEqual(totalUsd);
      const ofKind = (kind: string): number =>
        lines.reduce((sum, { price, usd }) => (priceOf(price).free?.kind === kind ? sum + usd : sum), 0);
      expect(always).toBeLessThanOrEqual(ofKind('always') * (1 + 1e-9));
      expect(first).toBeLessThanOrEqual(ofKind('first-year') * (1 + 1e-9));
    });
  });
});

/** The stack whose database is reached over the internet, with all else as it is by default. */
function plain(ingest: 'direct' | 'buffered'): StackInventory {
  const found = stacks.find(
    ({ settings }) => settings.ingest === ingest && settings.database?.url === DATABASES.made.influxUrl,
  );
  const { inventory } = found ?? stacks.find(({ settings }) => settings.ingest === ingest) ?? {};
  if (inventory === undefined) throw new Error(`no stack is ${ingest}`);
  return inventory;
}

describe('what a million readings cost', () => {
  // All that a reading uses on its way from the device: connection, message, rule, action, writer, logs and what goes to the database.
  test.each([
    [1, 3.12],
    [10, 0.31],
  ])('over MQTT, direct, %d in a message: at most $%d', (perMessage, barUsd) => {
    const { perMillionReadingsUsd } = bill(plain('direct'), { ...ONE_HOME, perMessage }, assume);
    expect(perMillionReadingsUsd).toBeGreaterThan(barUsd / 3);
    expect(perMillionReadingsUsd).toBeLessThanOrEqual(barUsd);
  });

  test('over HTTP the API, ingest and the answer to its publishing come on top', () => {
    const of = (via: Load['via']): Bill => bill(plain('direct'), { ...ONE_HOME, via }, assume);
    const more = of('http').perMillionReadingsUsd - of('mqtt').perMillionReadingsUsd;
    // $1 of the API, $1 of the answer, $0.20 of the call; the rest is its time and its logs.
    expect(more).toBeGreaterThan(2.2);
    expect(more).toBeLessThan(3);
  });

  test('a message of more than 5 kB counts as two, and its rule and action with it', () => {
    const countOf = (perMessage: number, what: string): number | undefined =>
      bill(plain('direct'), { ...ONE_HOME, periodS: 1 / perMessage, perMessage }, assume).lines.find(
        (line) => line.what === what,
      )?.count;
    // 43 × 117 + 24 bytes are 5055, 44 × 117 + 24 are 5172; 5 kB are 5120.
    for (const what of ['messages published', 'rules met'])
      expect(Number(countOf(44, what)) / Number(countOf(43, what))).toBeCloseTo(2);
    // In base64 and with its envelope a third more: the action is at two already.
    expect(Number(countOf(43, "rules' actions")) / Number(countOf(10, "rules' actions"))).toBeCloseTo(2);
  });

  test('behind a queue a thousand messages a second are batches, and the writer is called the less', () => {
    const load = { ...ONE_HOME, batteries: 1000, periodS: 1 };
    const calls = (inventory: StackInventory): number =>
      Number(bill(inventory, load, assume).lines.find(({ what }) => what === 'writer called')?.count);
    expect(calls(plain('direct')) / calls(plain('buffered'))).toBeCloseTo(200);
  });

  test('in a VPC nothing goes to the database over the internet', () => {
    const inVpc = stacks.find(({ settings }) => settings.database?.vpc !== undefined);
    if (inVpc === undefined) throw new Error('no stack is in a VPC');
    expect(bill(inVpc.inventory, ONE_HOME, assume).lines.map(({ what }) => what)).not.toContain('to the database');
  });
});

describe('an hour of a page', () => {
  const HOURS_PER_MONTH = 730;
  const assumingNoLoads = (text: string): Parameters<typeof bill>[2] => {
    const given = assuming(['pageLoads=0', ...(text === '' ? [] : [text])].join());
    if (!given.ok) throw new Error(given.reason);
    return given.assume;
  };
  const asksAnHour = (text: string, load: Partial<Load> = {}): number => {
    const { lines } = bill(plain('direct'), { ...ONE_HOME, ...load }, assumingNoLoads(text));
    return Number(lines.find(({ what }) => what === 'requests to the API')?.count) / HOURS_PER_MONTH;
  };

  // test/dashboard/ask-history.test.ts counts the page's own questions for chart and rows.
  test.each([
    [
      'of a battery that sends every 10 s: values 720, charts 360, rows 360, lists 120, states 120, tokens 4',
      '',
      {},
      1684,
    ],
    ['with its rows out of view: no rows', 'rowsHours=0', {}, 1324],
    ['that nobody touches: values 120, charts 120, rows 12, lists 12, states 12, tokens 4', 'watchedHours=0', {}, 280],
    ['of one that sends every minute: a chart each, and one between', 'rowsHours=0', { periodS: 60 }, 120 + 120 + 244],
    ['of one that sends six at once: the same charts', 'rowsHours=0', { perMessage: 6 }, 720 + 120 + 244],
    ['of one that sends every second: as fast as it may', 'rowsHours=0', { periodS: 1 }, 720 + 720 + 244],
  ])('%s', (_, text, load, requests) => {
    expect(asksAnHour(text, load)).toBeCloseTo(requests, 6);
  });

  test('asks of each state the queues and the quarantine', () => {
    const countOf = (what: string): number =>
      Number(bill(plain('buffered'), ONE_HOME, assume).lines.find((line) => line.what === what)?.count);
    expect(countOf('lists of the quarantine')).toBe(120 * HOURS_PER_MONTH);
    expect(countOf('queues it asks')).toBe(4 * 120 * HOURS_PER_MONTH);
  });
});

describe('what is said before a deploy', () => {
  const STANDING = ['alarmedMetric', 'secret', 'endpointHour', 'machineClient'];

  test('is what the template costs: secrets, endpoints, a machine, polling, alarms; looking after the queues below $0.05', () => {
    for (const { settings, inventory } of stacks) {
      const { lines } = bill(inventory, { ...ONE_HOME, viewers: 0 }, assume);
      const fixed = lines.filter(({ group }) => group === 'fixed');
      const isStanding = ({ price, what }: (typeof lines)[number]): boolean =>
        STANDING.includes(price) || what === 'polling the queue';
      const sum = (chosen: typeof lines): number => chosen.reduce((total, { usd }) => total + usd, 0);
      const [, said = '0'] = /costs \$([\d.]+) a month/.exec(monthlyCost(settings)) ?? [];
      expect(Number(said)).toBeCloseTo(sum(fixed.filter(isStanding)), 2);
      const others = ['customMetric', 'dashboard', 'secretRead'];
      expect(sum(fixed.filter((line) => !isStanding(line) && !others.includes(line.price)))).toBeLessThan(0.05);
    }
  });
});
