/** Messages that could not be stored, as tests need them. */
import fc from 'fast-check';
import { firstRecord, type QuarantineRecord } from '../../lambdas/quarantine/record.ts';
import type { UnstoredMessage } from '../../lambdas/telemetry/write-message.ts';

export const NOON_MS = Date.parse('2026-11-26T12:00:00Z');
export const DAY_MS = 86_400_000;

export const message = (i: number, more: Partial<UnstoredMessage> = {}): UnstoredMessage => ({
  reason: "'soc' must be at most 105 %",
  original: Buffer.from(`{"soc":${i}}`).toString('base64'),
  topic: 'battery/boat/telemetry',
  clientId: 'c',
  receivedAt: NOON_MS + i,
  traceId: null,
  ...more,
});

/** Put away a second after it was received. */
export const record = (i: number, more: Partial<UnstoredMessage> = {}): Promise<QuarantineRecord> => {
  const one = message(i, more);
  return firstRecord(one, one.receivedAt + 1_000);
};

const arbWords = fc.string({ unit: 'binary', maxLength: 30 });

/** Of a few days, some at one very moment. */
export const arbMessage: fc.Arbitrary<UnstoredMessage> = fc.record({
  reason: arbWords,
  original: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  topic: fc.oneof(
    arbWords,
    fc.constantFrom('battery/boat/telemetry', 'battery/van/telemetry', 'battery/charge', 'battery/Boat/telemetry'),
  ),
  clientId: fc.option(arbWords),
  receivedAt: fc.oneof(
    fc.integer({ min: NOON_MS - 3 * DAY_MS, max: NOON_MS + 3 * DAY_MS }),
    fc.constantFrom(NOON_MS, NOON_MS + DAY_MS / 2 - 1, NOON_MS + DAY_MS / 2, 0),
  ),
  traceId: fc.option(fc.uuid()),
});
