import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type IngestedMessage, ingestMessage } from '../../lambdas/telemetry/ingest-message.ts';
import { MAX_MESSAGE_BYTES, parseMessage } from '../../lambdas/telemetry/parse-message.ts';
import { toPoints } from '../../lambdas/telemetry/point-time.ts';
import { arbFields } from '../arbitraries/samples.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const NOW = '2026-11-23T12:00:00+00:00';

type Ingested = Extract<IngestedMessage, { readonly ok: true }>;

function ingested(value: unknown): Ingested {
  const message = ingestMessage(value, NOW_MS);
  if (!message.ok) throw new Error(message.reason);
  return message;
}

function reasonOf(value: unknown): string {
  const message = ingestMessage(value, NOW_MS);
  return message.ok ? `taken: ${message.payloads.join()}` : message.reason;
}

const samplesOf = ({ payloads }: Ingested): readonly unknown[] =>
  payloads.flatMap((payload) => {
    const value: { readonly samples?: readonly unknown[] } = JSON.parse(payload);
    return value.samples ?? [value];
  });

describe('ingest message', () => {
  test('a sample with its own time goes on with it, in one form', () => {
    const { payloads, accepted, rejected } = ingested({
      charge: 1,
      timestamp: '2026-11-23T12:30:00.5+01:00',
      soc: null,
    });
    expect(payloads).toEqual(['{"charge":1,"timestamp":"2026-11-23T11:30:00.500+00:00"}']);
    expect({ accepted, rejected }).toEqual({ accepted: 1, rejected: [] });
  });

  test('a sample without a time is stamped here, and marked', () => {
    expect(ingested({ charge: 1 }).payloads).toEqual([`{"charge":1,"timestamp":"${NOW}","received":true}`]);
  });

  test('several samples stay one message', () => {
    const { payloads, accepted } = ingested({ samples: [{ soc: 1 }, { soc: 2, timestamp: NOW_MS - 1000 }] });
    expect(payloads).toEqual([
      `{"samples":[{"soc":1,"timestamp":"${NOW}","received":true},{"soc":2,"timestamp":"2026-11-23T11:59:59+00:00"}]}`,
    ]);
    expect(accepted).toBe(2);
  });

  test('a field out of range is told with its sample, and goes on, so that the writer keeps the original', () => {
    const { rejected, payloads, accepted } = ingested({
      samples: [{ soc: 1 }, { soc: 200, voltage: 12, power: 5, charge: 1 }],
    });
    expect(rejected).toEqual([
      { sample: 1, field: 'soc', reason: "'soc' must be at most 105 %" },
      { sample: 1, field: 'power', reason: "'power' 5 kW differs from charge − discharge, 1 kW; the pair counts" },
    ]);
    expect(payloads.join()).toContain('"soc":200');
    expect(accepted).toBe(2);
  });

  test.each([
    [{ samples: [{ soc: 1 }, { soc: '1', voltage: 2 }] }, "sample 1: 'soc' must be a number in %"],
    [{ samples: [{ soc: 1 }, { volts: 1, soc: 2 }] }, "sample 1: 'volts' is not a field of a sample"],
    [{ samples: [{ soc: 200 }] }, "sample 0: 'soc' must be at most 105 %"],
    [{ samples: [{ soc: 1 }, null] }, 'sample 1: a sample must be a JSON object, not null'],
    [{ volts: 1, soc: 2 }, "'volts' is not a field of a sample"],
    [{ soc: 1, timestamp: 1795435200 }, 'timestamp 1795435200 looks like epoch seconds; send milliseconds'],
    [{}, 'the sample has no measured field; send at least one, such as charge, power or soc'],
    [{ samples: [] }, "'samples' must be an array of 1 to 500 samples"],
    [[], 'a message must be a JSON object: one sample, or {"samples": […]}'],
  ])('%j is refused whole, with the place', (value, reason) => {
    expect(reasonOf(value)).toBe(reason);
  });

  test('what is longer than a message is split: in order, none lost, none twice, each short enough', () => {
    const cells = Array.from({ length: 100 }, (_, i) => 3.2 + i / 1000);
    const samples = Array.from({ length: 500 }, (_, i) => ({
      seq: i,
      boot: 'ä'.repeat(32),
      cells,
      timestamp: NOW_MS - i,
    }));
    const message = ingested({ samples });
    expect(message.payloads.length).toBeGreaterThan(2);
    for (const payload of message.payloads) expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    expect(samplesOf(message)).toMatchObject(samples.map(({ seq }) => ({ seq })));
    expect(message.accepted).toBe(500);
  });

  test('a message is not split before it has to be', () => {
    const samples = Array.from({ length: 500 }, (_, i) => ({
      voltage: 12.5,
      current: 100.25,
      soc: 55.5,
      timestamp: NOW_MS - i,
    }));
    expect(ingested({ samples }).payloads).toHaveLength(1);
  });

  test('the writer stores the very points that the door judged, however the message was split', () => {
    const arbSample = fc.tuple(
      arbFields,
      fc.option(fc.integer({ min: NOW_MS - 1e6, max: NOW_MS }), { nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(arbSample, { minLength: 1, maxLength: 8 }), fc.nat(3), (drawn, repeats) => {
        const one = drawn.map(([fields, timestamp]) => ({
          ...fields,
          ...(timestamp === undefined ? {} : { timestamp }),
        }));
        const samples = Array.from({ length: 1 + repeats * 10 }, () => one).flat();
        const points = (value: unknown, receivedAtMs: number): readonly unknown[] => {
          const message = parseMessage(value, { receivedAtMs });
          if (!message.ok) throw new Error(message.reason);
          return message.readings.map((parsed) => (parsed.ok ? toPoints('boat', parsed.reading) : parsed.reason));
        };
        const atWriter = ingested({ samples }).payloads.flatMap((payload) =>
          points(JSON.parse(payload), NOW_MS + 60_000),
        );
        expect(atWriter).toEqual(points({ samples }, NOW_MS));
      }),
      // Shrinking so long a message takes minutes; the seed is printed.
      { numRuns: 25, endOnFailure: true },
    );
  });
});
