import { describe, expect, test } from '@jest/globals';
import { type DemoLivedata, type Livedata, readDemoLatest, readLatest } from '../../lambdas/telemetry/read-latest.ts';
import { NOW_MS, type Sample, withStore } from './memory-store.ts';

const HOUR_MS = 3_600_000;

const livedata = async (samples: readonly Sample[], battery = 'boat', nowMs = NOW_MS): Promise<Livedata> =>
  withStore({ [battery]: samples }, async (store) => readLatest({ store, nowMs: () => nowMs })(battery));

const demo = async (samples: readonly Sample[], battery = 'default'): Promise<DemoLivedata> =>
  withStore({ [battery]: samples }, async (store) => readDemoLatest({ store, nowMs: () => NOW_MS })());

describe('live data as the demo had it', () => {
  test('has exactly four keys, also when nothing was ever written', async () => {
    expect(JSON.stringify(await demo([]))).toBe('{"charge":null,"discharge":null,"timestamp":null,"unit":"kW"}');
    expect(await demo([{ charge: 5, timestamp: NOW_MS }], 'boat')).toMatchObject({ charge: null, timestamp: null });
  });

  test('each side is the newest by event time, and the timestamp is the newer of the two', async () => {
    const samples = [
      { discharge: 4, timestamp: NOW_MS - 1_000 },
      { charge: 11, timestamp: NOW_MS - 5_000 },
      { charge: 10, timestamp: NOW_MS - 9_000 },
    ];
    const answer = { charge: 11, discharge: 4, timestamp: '2026-11-23T11:59:59+00:00', unit: 'kW' };
    expect(await demo(samples)).toEqual(answer);
    expect(await demo([...samples].reverse())).toEqual(answer);
  });

  test('a zero that was sent is shown, and a side that was not sent is null, not 0', async () => {
    expect(await demo([{ charge: 0, timestamp: NOW_MS }])).toMatchObject({ charge: 0, discharge: null });
  });

  test('a value is found however old it is', async () => {
    expect(await demo([{ charge: 3, timestamp: Date.UTC(1999, 0, 1) }])).toMatchObject({
      charge: 3,
      timestamp: '1999-01-01T00:00:00+00:00',
    });
  });
});

describe('live data of a battery', () => {
  test('one that is unknown has both sides as never, and nothing else', async () => {
    expect(await livedata([])).toEqual({
      battery: 'boat',
      serverTime: '2026-11-23T12:00:00+00:00',
      periodS: 60,
      simulated: false,
      charge: { value: null, unit: 'kW', at: null, ageMs: null, quality: 'never' },
      discharge: { value: null, unit: 'kW', at: null, ageMs: null, quality: 'never' },
    });
  });

  test('each field has its own time, age and quality', async () => {
    const { soc, voltage, cellVoltageMinId, cycles } = await livedata([
      { soc: 50, cellVoltageMinId: 'c7', timestamp: NOW_MS - 2 * HOUR_MS },
      { voltage: 13.2, cycles: 7, timestamp: NOW_MS - 1_500 },
    ]);
    const at = '2026-11-23T10:00:00+00:00';
    expect(soc).toEqual({ value: 50, unit: '%', at, ageMs: 2 * HOUR_MS, quality: 'stale' });
    expect(cellVoltageMinId).toEqual({ value: 'c7', at, ageMs: 2 * HOUR_MS, quality: 'stale' });
    expect(voltage).toEqual({
      value: 13.2,
      unit: 'V',
      at: '2026-11-23T11:59:58.500+00:00',
      ageMs: 1_500,
      quality: 'live',
    });
    expect(cycles).not.toHaveProperty('unit');
  });

  test('quality follows the battery’s own period', async () => {
    const everyMinute = Array.from({ length: 20 }, (_, i) => ({ soc: i, timestamp: NOW_MS - (i + 1) * 60_000 }));
    expect(await livedata(everyMinute)).toMatchObject({
      periodS: 60,
      soc: { value: 0, ageMs: 60_000, quality: 'live' },
    });
    const everySecond = Array.from({ length: 20 }, (_, i) => ({ soc: i, timestamp: NOW_MS - 60_000 - i * 1_000 }));
    expect(await livedata(everySecond)).toMatchObject({ periodS: 1, soc: { ageMs: 60_000, quality: 'late' } });
  });

  test('a device whose clock runs ahead has an age of 0', async () => {
    expect(await livedata([{ soc: 5, timestamp: NOW_MS + 60_000 }])).toMatchObject({
      soc: { ageMs: 0, quality: 'live', at: '2026-11-23T12:01:00+00:00' },
    });
  });

  test('a state is told in its word, and a mark of receipt is no value', async () => {
    const answer = await livedata([{ state: 'holding' }]);
    expect(answer).toMatchObject({ state: { value: 'holding', quality: 'live' } });
    expect(answer).not.toHaveProperty('received');
  });

  test('only the battery demo is simulated', async () => {
    expect(await livedata([], 'demo')).toMatchObject({ simulated: true });
    expect(await livedata([], 'default')).toMatchObject({ simulated: false });
  });
});

describe('power that was not sent', () => {
  test('is volts times amperes, on the active side, marked as derived', async () => {
    const answer = await livedata([{ voltage: 14.5, current: 166, timestamp: NOW_MS - 1_000 }]);
    const derived = { unit: 'kW', at: '2026-11-23T11:59:59+00:00', ageMs: 1_000, quality: 'live', derived: true };
    expect(answer).toMatchObject({ charge: { value: 2.407, ...derived }, power: { value: 2.407, ...derived } });
    expect(answer['discharge']).toMatchObject({ value: null, quality: 'never' });
    expect(answer['voltage']).not.toHaveProperty('derived');
  });

  test('takes the voltage of its own instant, not a newer one', async () => {
    const answer = await livedata([
      { voltage: 10, timestamp: NOW_MS - 3_000 },
      { current: -100, timestamp: NOW_MS - 2_000 },
      { voltage: 20, timestamp: NOW_MS - 1_000 },
    ]);
    expect(answer).toMatchObject({ power: { value: -1 }, discharge: { value: 1 }, charge: { value: null } });
  });

  test('takes the voltage of its own sample, beside others of its millisecond', async () => {
    for (const voltage of [20, 21, 22, 23, 24, 25]) {
      const timestamp = NOW_MS - 1_000;
      const own = { voltage: 10, current: 100, timestamp };
      expect(await livedata([own, { voltage, timestamp }])).toMatchObject({ power: { value: 1 } });
      expect(
        await livedata([
          { current: 100, timestamp },
          { voltage, timestamp },
        ]),
      ).toMatchObject({
        power: { value: voltage / 10 },
      });
    }
  });

  test('is absent when the voltage is more than a minute older than the current', async () => {
    const aged = async (ageMs: number): Promise<Livedata> =>
      livedata([
        { voltage: 10, timestamp: NOW_MS - ageMs },
        { current: 100, timestamp: NOW_MS },
      ]);
    expect(await aged(60_000)).toMatchObject({ power: { value: 1 } });
    expect(await aged(60_001)).not.toHaveProperty('power');
  });

  test('gives way to a power that was sent at or after the current', async () => {
    const measured = { voltage: 10, current: 100, timestamp: NOW_MS - 1_000 };
    const sent = await livedata([measured, { charge: 7, timestamp: NOW_MS - 1_000 }]);
    expect(sent['charge']).toEqual(expect.not.objectContaining({ derived: true }));
    expect(sent).toMatchObject({ charge: { value: 7 } });
    expect(await livedata([measured, { charge: 7, timestamp: NOW_MS - 1_001 }])).toMatchObject({
      charge: { value: 1, derived: true },
    });
  });

  test('is charge minus discharge where both were sent at one instant', async () => {
    const pair = [{ charge: 3, discharge: 1, timestamp: NOW_MS }];
    expect(await livedata(pair)).toMatchObject({ power: { value: 2, derived: true }, charge: { value: 3 } });
    expect(await livedata([{ charge: 3.3, discharge: 1.1, timestamp: NOW_MS }])).toMatchObject({
      power: { value: 2.2 },
    });
    const apart = [
      { charge: 3, timestamp: NOW_MS },
      { discharge: 1, timestamp: NOW_MS - 1 },
    ];
    expect(await livedata(apart)).not.toHaveProperty('power');
  });
});
