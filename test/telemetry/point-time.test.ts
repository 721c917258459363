import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseReading } from '../../lambdas/telemetry/parse-reading.ts';
import { canonicalText, fnv1a32, toPoints } from '../../lambdas/telemetry/point-time.ts';
import type { Reading } from '../../lambdas/telemetry/reading.ts';
import { arbFields } from '../arbitraries/samples.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

function readingOf(sample: unknown): Reading {
  const parsed = parseReading(sample, { receivedAtMs: NOW_MS });
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.reading;
}

/** A member order that is another one whenever there is another one. */
const reversed = (members: object): object => Object.fromEntries(Object.entries(members).reverse());

describe('fnv-1a', () => {
  // The test vectors of the algorithm's authors (draft-eastlake-fnv, 32 bit).
  test.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['b', 0xe70c2de5],
    ['fo', 0x6222e842],
    ['foo', 0xa9f37ed7],
    ['foobar', 0xbf9cf968],
    ['chongo was here!\n', 0xd49930d5],
  ])('of %j is %d', (text, hash) => {
    expect(fnv1a32(text)).toBe(hash);
  });

  test('it is taken over UTF-8 bytes', () => {
    // ä is C3 A4: offset 811c9dc5, xor C3, times the prime, xor A4, times the prime, modulo 2³².
    const prime = 0x01000193n;
    const step = (hash: bigint, byte: bigint): bigint => ((hash ^ byte) * prime) % 2n ** 32n;
    expect(BigInt(fnv1a32('ä'))).toBe(step(step(0x811c9dc5n, 0xc3n), 0xa4n));
  });
});

describe('point time', () => {
  test('of a known sample is what it was in every version', () => {
    const reading = readingOf({ discharge: 4, charge: 10.5, timestamp: '2026-11-23T12:00:00.123Z' });
    expect(canonicalText(reading)).toBe('[1795435200123,[["charge",10.5],["discharge",4]]]');
    expect(toPoints('boat', reading)).toEqual([
      {
        measurement: 'battery',
        battery: 'boat',
        atMs: 1795435200123,
        nanos: fnv1a32(canonicalText(reading)) % 1_000_000,
        fingerprint: fnv1a32(canonicalText(reading)),
        fields: { charge: 10.5, discharge: 4 },
      },
    ]);
  });

  test('the same sample is the same point, in whatever order its members and its text come', () => {
    fc.assert(
      fc.property(arbFields, (fields) => {
        const iso = new Date(NOW_MS).toISOString();
        const one = toPoints('boat', readingOf({ ...fields, timestamp: NOW_MS }));
        expect(toPoints('boat', readingOf({ timestamp: iso, ...reversed(fields) }))).toEqual(one);
        expect(toPoints('boat', readingOf(JSON.parse(JSON.stringify({ ...fields, timestamp: iso }))))).toEqual(one);
      }),
    );
  });

  test('two samples that differ anywhere have two canonical texts', () => {
    fc.assert(
      fc.property(arbFields, arbFields, fc.nat(1), (a, b, laterMs) => {
        const [one, other] = [readingOf({ ...a, timestamp: NOW_MS }), readingOf({ ...b, timestamp: NOW_MS + laterMs })];
        const isSame =
          laterMs === 0 &&
          JSON.stringify(one.sent, Object.keys(one.sent).sort()) ===
            JSON.stringify(other.sent, Object.keys(other.sent).sort());
        expect(canonicalText(one) === canonicalText(other)).toBe(isSame);
      }),
    );
  });

  test('two samples of one millisecond are two points', () => {
    const nanos = [{ charge: 1 }, { charge: 1.000001 }, { discharge: 1 }, { charge: 1, soc: 5 }, { soc: 5 }].map(
      (fields) => toPoints('boat', readingOf({ ...fields, timestamp: NOW_MS }))[0]?.nanos,
    );
    expect(new Set(nanos).size).toBe(5);
  });

  test('power, its active side, and -0 are one sample', () => {
    const points = [{ power: 1.5 }, { charge: 1.5 }, { power: 1.5, charge: 1.5 }].map((fields) =>
      toPoints('boat', readingOf({ ...fields, timestamp: NOW_MS })),
    );
    expect(points[1]).toEqual(points[0]);
    expect(points[2]).toEqual(points[0]);
    expect(toPoints('boat', readingOf({ charge: -0, timestamp: NOW_MS }))).toEqual(
      toPoints('boat', readingOf({ power: 0, timestamp: NOW_MS })),
    );
  });

  test('nulls, the mark of receipt and an unknown field do not move a sample', () => {
    const [plain] = toPoints('boat', readingOf({ soc: 5, timestamp: NOW_MS }));
    const noisy = { soc: 5, voltage: null, volts: 1, timestamp: NOW_MS };
    expect(toPoints('boat', readingOf(noisy))).toEqual([plain]);
    const marked = toPoints('boat', readingOf({ soc: 5, timestamp: NOW_MS, received: true }));
    expect(marked).toEqual([{ ...plain, fields: { soc: 5, received: 1 } }]);
  });

  test('a value that is rejected or clamped tells its sample from another', () => {
    const nanos = [{ soc: 100 }, { soc: 102 }, { soc: 100, voltage: 5000 }].map(
      (fields) => toPoints('boat', readingOf({ ...fields, timestamp: NOW_MS }))[0]?.nanos,
    );
    expect(new Set(nanos).size).toBe(3);
  });

  test('cells and alarms are points of their own, on the same time', () => {
    const points = toPoints(
      'boat',
      readingOf({ soc: 5, cells: [3.3, 3.4], alarms: ['lowSoc:alarm'], timestamp: NOW_MS }),
    );
    expect(points.map(({ measurement }) => measurement)).toEqual(['battery', 'cell', 'battery_alarm']);
    expect(points[1]?.fields).toEqual({ v1: 3.3, v2: 3.4 });
    expect(points[2]?.fields).toMatchObject({ lowSoc: 2, highSoc: 0, other: 0 });
    expect(new Set(points.map(({ nanos, fingerprint }) => `${nanos} ${fingerprint}`)).size).toBe(1);
    expect(toPoints('boat', readingOf({ cells: [3.3] })).map(({ measurement }) => measurement)).toEqual(['cell']);
  });
});
