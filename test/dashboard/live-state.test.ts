import { describe, expect, test } from '@jest/globals';
import { type KnownValue, type Live, type LiveValue, parseLive } from '../../dashboard/answers.ts';
import { type Contact, isOld, liveState, topState } from '../../dashboard/live-state.ts';
import { summaryText, titleText } from '../../dashboard/sentence.ts';

const SERVER_MS = Date.parse('2026-11-23T12:33:34.000Z');
const OK: Contact = { kind: 'ok' };
const OFFLINE: Contact = { kind: 'offline', sinceMs: SERVER_MS };
const UNREACHABLE: Contact = { kind: 'unreachable', sinceMs: SERVER_MS, nextTryAtMs: 5000, reason: undefined };

function known(value: number, ageMs: number, more: Partial<KnownValue> = {}): KnownValue {
  const atMs = SERVER_MS - ageMs;
  const base = { kind: 'known', unit: 'kW', quality: 'live', isDerived: false } as const;
  return { ...base, value, at: new Date(atMs).toISOString(), atMs, ageMs, ...more };
}

function live(values: Readonly<Record<string, LiveValue>>, more: Partial<Live> = {}): Live {
  const valueByField = new Map(Object.entries(values));
  return { battery: 'boat', serverMs: SERVER_MS, periodS: 1, isSimulated: false, valueByField, ...more };
}

const NEVER: LiveValue = { kind: 'never', unit: 'kW' };

describe('what the battery does', () => {
  test('of two sides sent one at a time, the newer one speaks', () => {
    const answer = live({ charge: known(10, 60_000), discharge: known(4, 2000) }, { periodS: 60 });
    const state = liveState(answer, 0);
    expect(state.doing).toBe('discharging');
    expect(state.power).toMatchObject({ value: -4, ageMs: 2000 });
  });

  test('a newer zero on one side implies nothing about the other, which leads while it is live', () => {
    const charging = liveState(live({ charge: known(5, 1000), discharge: known(0, 990) }), 0);
    expect(charging.doing).toBe('charging');
    expect(charging.power).toMatchObject({ value: 5, ageMs: 1000 });
    const discharging = liveState(live({ charge: known(0, 990), discharge: known(5, 1000) }), 0);
    expect(discharging.doing).toBe('discharging');
    expect(discharging.power?.value).toBe(-5);
  });

  test.each([
    ['is 0 too', known(0, 1000)],
    ['was never sent', NEVER],
    ['is late', known(5, 6000, { quality: 'late' })],
    ['is stale', known(5, 90_000, { quality: 'stale' })],
  ])('a zero leads when the other side %s, and is no negative zero', (_why, other) => {
    for (const sides of [
      { charge: other, discharge: known(0, 500) },
      { charge: known(0, 500), discharge: other },
    ]) {
      const state = liveState(live(sides), 0);
      expect(state.doing).toBe('idle');
      expect(state.power?.value).toBe(0);
      expect(state.power?.ageMs).toBe(500);
    }
  });

  test('the other side leads until it is no longer live here, though no new answer comes', () => {
    const answer = live({ charge: known(5, 1000), discharge: known(0, 990) });
    expect([3999, 4001].map((elapsedMs) => liveState(answer, elapsedMs).power?.value)).toEqual([5, 0]);
  });

  test('a power of the API is taken as it is, unless a side is newer', () => {
    expect(liveState(live({ charge: known(3, 1000), power: known(2.5, 1000) }), 0).power?.value).toBe(2.5);
    expect(liveState(live({ charge: known(3, 500), power: known(2.5, 1000) }), 0).power?.value).toBe(3);
  });

  test('a meter’s noise is rest', () => {
    expect(liveState(live({ power: known(0.029, 0) }), 0).doing).toBe('idle');
    expect(liveState(live({ power: known(-0.03, 0) }), 0).doing).toBe('discharging');
  });

  test('without any power the newest of the others tells how old all this is', () => {
    const state = liveState(
      live({ charge: NEVER, discharge: NEVER, soc: known(63, 9000), voltage: known(52, 2000) }),
      0,
    );
    expect(state.doing).toBe('unknown');
    expect(state.power).toBeUndefined();
    expect(state.lead?.field).toBe('voltage');
  });
});

describe('the state of the top block', () => {
  test('follows the age while no answer comes', () => {
    const answer = live({ power: known(2, 1000) });
    const top = (elapsedMs: number) => topState(OK, liveState(answer, elapsedMs));
    expect([0, 4000, 4001, 59_000, 59_001].map(top)).toEqual(['live', 'live', 'late', 'late', 'stale']);
  });

  test('a battery without any reading is never, not zero', () => {
    const state = liveState(live({ charge: NEVER, discharge: NEVER }), 0);
    expect(topState(OK, state)).toBe('never');
    expect(state.power).toBeUndefined();
  });

  test('without contact it says which contact is missing, and everything shown is of before', () => {
    const state = liveState(live({ power: known(2, 0) }), 0);
    expect(topState(OFFLINE, state)).toBe('offline');
    expect(topState(UNREACHABLE, state)).toBe('unreachable');
    expect([OK, OFFLINE, UNREACHABLE].map(isOld)).toEqual([false, true, true]);
  });
});

describe('sentences', () => {
  const state = liveState(live({ power: known(2.41, 2000), soc: known(63, 2000, { unit: '%' }) }), 0);

  test('state, power, charge level and age are the first words that are heard', () => {
    expect(summaryText('boat', state, OK)).toBe(
      'boat: charging with 2.41\u202fkW, charge level 63\u202f%, live, 2 s ago.',
    );
  });

  test('an old power is called the last one', () => {
    const old = liveState(live({ power: known(2.41, 2000) }), 100_000);
    expect(summaryText('boat', old, OK)).toBe('boat: last charging with 2.41\u202fkW, stale, 1 min ago.');
    expect(titleText('boat', old, OK)).toMatch(/^Stale, 1 min ago · boat/);
  });

  test('the three troubles have three different sentences, and the tab tells them too', () => {
    expect(summaryText('boat', state, OFFLINE)).toMatch(/^This device is offline\. boat: last charging/);
    expect(summaryText('boat', state, UNREACHABLE)).toMatch(/^No answer from Amphora since .+\. boat: last charging/);
    expect([OK, OFFLINE, UNREACHABLE].map((contact) => titleText('boat', state, contact).split(' · ')[0])).toEqual([
      '▲ 2.41\u202fkW charging',
      'Offline',
      'No answer',
    ]);
  });

  test('an Amphora that answers without values, as without its database, is not said to give no answer', () => {
    const noValues = { ...UNREACHABLE, reason: 'InfluxDB does not answer' };
    expect(summaryText('boat', state, noValues)).toMatch(/^No values from Amphora since/);
    expect(titleText('boat', state, noValues)).toMatch(/^No values · boat/);
  });

  test('a simulation is called so wherever it is told', () => {
    const simulated = liveState(live({ power: known(1, 0) }, { battery: 'demo', isSimulated: true }), 0);
    expect(summaryText('demo', simulated, OK)).toContain('SIMULATED');
    expect(titleText('demo', simulated, OK)).toContain('SIMULATED');
  });
});

describe('parseLive', () => {
  test('a value without number, time or known quality is no value', () => {
    const parsed = parseLive({
      battery: 'boat',
      serverTime: '2026-11-23T12:33:34.123+00:00',
      periodS: 1,
      simulated: false,
      charge: {
        value: 2.41,
        unit: 'kW',
        at: '2026-11-23T12:33:33.000+00:00',
        ageMs: 1123,
        quality: 'live',
        derived: true,
      },
      discharge: { value: null, unit: 'kW', at: null, ageMs: null, quality: 'never' },
      voltage: { value: 14.5, unit: 'V', at: '2026-11-23T12:33:33.000+00:00', ageMs: 1123, quality: 'splendid' },
    });
    expect(parsed?.valueByField.get('charge')).toMatchObject({
      kind: 'known',
      value: 2.41,
      isDerived: true,
      ageMs: 1123,
    });
    expect(parsed?.valueByField.get('discharge')).toEqual(NEVER);
    expect(parsed?.valueByField.get('voltage')).toEqual({ kind: 'never', unit: 'V' });
  });

  test('another program’s answer is refused', () => {
    expect([undefined, [], 'ok', {}, { battery: 'boat', serverTime: 'soon', periodS: 1 }].map(parseLive)).toEqual(
      Array(5).fill(undefined),
    );
  });
});
