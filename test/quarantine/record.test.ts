import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batteryOf, firstRecord, parseRecord, recordPlace, triedAgain } from '../../lambdas/quarantine/record.ts';
import { arbMessage, message, NOON_MS } from './records.ts';

describe('a record', () => {
  test('has an id that is the same for the same message for ever', async () => {
    const { id } = await firstRecord(message(7), NOON_MS);
    expect(id).toBe('2026-11-26-43199992-9be7c36fe076920bbb6d');
    const again = message(7, { reason: 'another', serverMessage: 'words', clientId: 'another' });
    expect((await firstRecord(again, NOON_MS + 1)).id).toBe(id);
  });

  test('is sorted by the time of receipt, by its id alone', async () => {
    await fc.assert(
      fc.asyncProperty(arbMessage, arbMessage, async (a, b) => {
        const [one, other] = await Promise.all([firstRecord(a, 0), firstRecord(b, 0)]);
        const [first, second] = [recordPlace(one.id), recordPlace(other.id)];
        expect(first?.receivedAtMs).toBe(a.receivedAt);
        expect(first?.day).toBe(new Date(a.receivedAt).toISOString().slice(0, 10));
        const isEarlier = a.receivedAt < b.receivedAt && first?.day === second?.day;
        if (isEarlier) expect(String(second?.name) < String(first?.name)).toBe(true);
      }),
    );
  });

  test('comes back from its JSON as it was', async () => {
    await fc.assert(
      fc.asyncProperty(arbMessage, fc.option(fc.string(), { nil: undefined }), async (one, words) => {
        const record = await firstRecord(words === undefined ? one : { ...one, serverMessage: words }, NOON_MS);
        expect(parseRecord(JSON.stringify(record), record.id)).toEqual(record);
      }),
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300])(
    'received at %d stands in 1970, and is found there',
    async (receivedAt) => {
      const record = await firstRecord(message(1, { receivedAt }), NOON_MS);
      expect(record.receivedAt).toBe(0);
      expect(recordPlace(record.id)).toMatchObject({ day: '1970-01-01', receivedAtMs: 0 });
      expect(parseRecord(JSON.stringify(record), record.id)).toEqual(record);
    },
  );

  test('of a message that was tried again has its newest reason, all attempts, and its first time', async () => {
    const first = await firstRecord(message(1, { serverMessage: 'old words' }), 5);
    const again = triedAgain({ ...first, attempts: 3 }, await firstRecord(message(1, { reason: 'new' }), 9));
    expect(again).toEqual({ ...(await firstRecord(message(1, { reason: 'new' }), 5)), attempts: 4 });
  });

  test.each([
    ['battery/boat/telemetry', 'boat'],
    ['another-root/boat/telemetry', 'boat'],
    ['battery/Boat/telemetry', 'Boat'],
    ['battery/charge', 'default'],
    ['battery/discharge', 'default'],
    ['battery/boat/status', undefined],
    ['', undefined],
    ['/', undefined],
  ])('of topic %j is of the battery %p', (topic, battery) => {
    expect(batteryOf({ topic })).toBe(battery);
  });
});
