/** Telemetry as it reaches the writer, each message in any of the spellings that mean the same. */
import fc from 'fast-check';
import type { Envelope } from '../../lambdas/telemetry/envelope.ts';

export const START_MS = Date.UTC(2026, 10, 23, 12);

type DemoMessage = {
  readonly kind: 'demo';
  readonly side: 'charge' | 'discharge';
  readonly watts: number;
  readonly atMs: number;
};
type Sample = { readonly fields: Readonly<Record<string, unknown>>; readonly atMs: number };
type BatteryMessage = { readonly kind: 'battery'; readonly battery: string; readonly samples: readonly Sample[] };
export type Message = DemoMessage | BatteryMessage;

type Spelling = {
  readonly unit: 'W' | 'kW' | 'MW';
  readonly zone: 'Z' | '+01:00' | 'epoch';
  readonly isReversed: boolean;
};
export type Arrival = { readonly message: Message; readonly spelling: Spelling };

// Few milliseconds, so that most of them have several messages.
const arbAtMs = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((ms) => START_MS + ms),
  fc.integer({ min: 0, max: 90 }).map((s) => START_MS + s * 1_000),
);

const arbDemo: fc.Arbitrary<Message> = fc.record({
  kind: fc.constant('demo' as const),
  side: fc.constantFrom('charge' as const, 'discharge' as const),
  watts: fc.oneof(fc.nat(5), fc.nat(10_000_000)),
  atMs: arbAtMs,
});

const arbSampleFields = fc
  .tuple(
    fc.constantFrom({}, { power: 1.25 }, { power: -3 }, { charge: 0 }, { charge: 2, discharge: 0.5 }, { discharge: 7 }),
    fc.record(
      {
        voltage: fc.oneof(fc.constantFrom(12, 13.5), fc.double({ min: 0, max: 2000, noNaN: true })),
        current: fc.oneof(fc.constantFrom(-20, 0, 100), fc.double({ min: -20_000, max: 20_000, noNaN: true })),
        soc: fc.integer({ min: 0, max: 120 }),
        state: fc.constantFrom('full', 'charging', 'nonsense'),
        cells: fc.constantFrom([3.3], [3.3, 3.4]),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  )
  .map(([power, others]) => ({ ...power, ...others }));

const arbBattery: fc.Arbitrary<Message> = fc.record({
  kind: fc.constant('battery' as const),
  battery: fc.constantFrom('boat', 'boat', 'default'),
  samples: fc.array(fc.record({ fields: arbSampleFields, atMs: arbAtMs }), { minLength: 1, maxLength: 4 }),
});

export const arbMessages: fc.Arbitrary<readonly Message[]> = fc.array(fc.oneof(arbDemo, arbBattery), {
  minLength: 1,
  maxLength: 14,
});

const arbSpelling: fc.Arbitrary<Spelling> = fc.record({
  unit: fc.constantFrom('W', 'kW', 'MW'),
  zone: fc.constantFrom('Z', '+01:00', 'epoch'),
  isReversed: fc.boolean(),
});

/** Each message at least once, some more often, in any order and spelling. */
export function arrivalsOf(messages: readonly Message[]): fc.Arbitrary<readonly Arrival[]> {
  return fc
    .array(fc.constantFrom(...messages), { maxLength: 8 })
    .map((repeats) => [...messages, ...repeats])
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }))
    .chain((order) => fc.tuple(...order.map((message) => arbSpelling.map((spelling) => ({ message, spelling })))));
}

export const plain = (message: Message): Arrival => ({
  message,
  spelling: { unit: 'kW', zone: 'Z', isReversed: false },
});

export function envelopeOf({ message, spelling }: Arrival, receivedAt: number): Envelope {
  const [topic, payload] =
    message.kind === 'demo'
      ? [`battery/${message.side}`, demoPayload(message, spelling)]
      : [`battery/${message.battery}/telemetry`, batteryPayload(message, spelling)];
  return { topic, payload: Buffer.from(payload).toString('base64'), receivedAt };
}

function demoPayload({ side, watts, atMs }: DemoMessage, { unit, zone, isReversed }: Spelling): string {
  const members = [`"${side}": ${wattsAs(watts, unit)}`, `"unit":"${unit}"`, `"timestamp":${instantAs(atMs, zone)}`];
  return `{${(isReversed ? members.reverse() : members).join(',')}}`;
}

function batteryPayload({ samples }: BatteryMessage, { zone, isReversed }: Spelling): string {
  const texts = samples.map(({ fields, atMs }) => {
    const members = Object.entries(fields).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    const all = [...members, `"timestamp":${instantAs(atMs, zone)}`];
    return `{${(isReversed ? all.reverse() : all).join(' , ')}}`;
  });
  const [only] = texts;
  return texts.length === 1 && only !== undefined && isReversed ? only : `{"samples":[${texts.join()}]}`;
}

/** The decimal point of the watts moved in their text: never a float in between. */
function wattsAs(watts: number, unit: Spelling['unit']): string {
  const places = { W: 0, kW: 3, MW: 6 }[unit];
  const digits = String(watts).padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

function instantAs(atMs: number, zone: Spelling['zone']): string {
  if (zone === 'epoch') return String(atMs);
  if (zone === 'Z') return `"${new Date(atMs).toISOString()}"`;
  return `"${new Date(atMs + 3_600_000).toISOString().replace('Z', '+01:00')}"`;
}
