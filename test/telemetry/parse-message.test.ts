import { describe, expect, test } from '@jest/globals';
import { parseMessage } from '../../lambdas/telemetry/parse-message.ts';

const rules = { receivedAtMs: Date.UTC(2026, 10, 23, 12) };

function reasonOf(value: unknown): string {
  const message = parseMessage(value, rules);
  return message.ok ? `taken with ${message.samples.length} samples` : message.reason;
}

describe('parse message', () => {
  test('an object without `samples` is one sample', () => {
    expect(parseMessage({ charge: 1 }, rules)).toMatchObject({
      ok: true,
      samples: [{ charge: 1 }],
      readings: [{ ok: true }],
    });
    expect(parseMessage({}, rules)).toMatchObject({ ok: true, samples: [{}], readings: [{ ok: false }] });
  });

  test('each of the samples is judged on its own, in order', () => {
    const message = parseMessage({ samples: [{ soc: 1 }, 5, { soc: 200 }, { soc: 4 }] }, rules);
    expect(message.ok && message.readings.map(({ ok }) => ok)).toEqual([true, false, false, true]);
  });

  test.each([[null], [5], ['{}'], [true], [[]], [[{ charge: 1 }]], [undefined]])('%j is no message', (value) => {
    expect(reasonOf(value)).toBe('a message must be a JSON object: one sample, or {"samples": […]}');
  });

  test.each([[[]], [{}], [null], ['x'], [5], [{ length: 1 }]])('samples of %j are refused', (samples) => {
    expect(reasonOf({ samples })).toBe("'samples' must be an array of 1 to 500 samples");
  });

  test('500 samples are taken and 501 are not', () => {
    const samples = (count: number): unknown => ({ samples: Array.from({ length: count }, () => ({ soc: 1 })) });
    expect(reasonOf(samples(500))).toBe('taken with 500 samples');
    expect(reasonOf(samples(501))).toBe("'samples' must be an array of 1 to 500 samples");
  });

  test.each(['battery', 'timestamp', 'charge', '__proto__'])(
    'a member %s beside the samples is refused by name',
    (name) => {
      expect(reasonOf(JSON.parse(`{"samples":[{"soc":1}],"${name}":1}`))).toBe(
        `'${name}' cannot stand beside 'samples'; put it into each sample`,
      );
    },
  );
});
