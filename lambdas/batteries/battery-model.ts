/**
 * A simulated home battery: 10 kWh, 16 LFP cells in series, filled by the sun, emptied in the evening and at night.
 * A pure function of seed and time without running state, so that any instant can be asked for, in any order.
 * State of charge is a smooth curve of time; power is its slope, current and voltage follow from power: they agree.
 */

/** Fields as telemetry.md names them: kW, V, A (+ charges), %, °C. One of charge and discharge is 0. */
export type BatterySample = {
  readonly charge: number;
  readonly discharge: number;
  readonly voltage: number;
  readonly current: number;
  readonly soc: number;
  readonly temperature: number;
};

export const MODEL_CAPACITY_KWH = 10;
export const MAX_SEED = 0xffff_ffff;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const RESISTANCE_OHM = 0.012;
/** Open-circuit voltage of the pack at 0, 10, 20 … 100 % state of charge. */
const OPEN_CIRCUIT_V = [46.4, 50.6, 51.5, 52.1, 52.5, 52.7, 52.8, 53.0, 53.2, 53.4, 54.4];

/** Clouds, kettles, fridges: each wavers by ± kWh within its time, so its power is about kWh / time. */
const WAVERS = [
  { name: 101, withinMs: 21 * MINUTE_MS, amplitudeKwh: 0.03 },
  { name: 102, withinMs: 2.3 * MINUTE_MS, amplitudeKwh: 0.0015 },
  { name: 103, withinMs: 11_000, amplitudeKwh: 0.00008 },
] as const;

/** `seed`: an integer, 0 … MAX_SEED. `atMs`: milliseconds since 1970 (UTC), whose day is the model's day. */
export function batterySample(seed: number, atMs: number): BatterySample {
  const base = dayCurve(seed, atMs);
  const wavers = WAVERS.map((waver) => wave(seed, waver, atMs));
  const energyKwh = base.value + sum(wavers.map((waver) => waver.value));
  const powerKw = (base.slopePerMs + sum(wavers.map((waver) => waver.slopePerMs))) * HOUR_MS;
  const openV = openCircuitV(energyKwh / MODEL_CAPACITY_KWH);
  // P = V × I and V = open + R × I, solved for I.
  const currentA = (Math.sqrt(openV * openV + 4 * RESISTANCE_OHM * powerKw * 1000) - openV) / (2 * RESISTANCE_OHM);
  const roundedKw = rounded(powerKw, 1000);
  return {
    charge: Math.max(roundedKw, 0),
    discharge: Math.max(-roundedKw, 0),
    voltage: rounded(openV + RESISTANCE_OHM * currentA, 100),
    current: rounded(currentA, 100),
    soc: rounded((energyKwh / MODEL_CAPACITY_KWH) * 100, 100),
    temperature: rounded(temperatureC(seed, atMs, base.slopePerMs * HOUR_MS), 10),
  };
}

type Curve = { readonly value: number; readonly slopePerMs: number };
type Knot = { readonly atMs: number; readonly value: number };

/** Stored energy without the wavers: down over night, up with the sun, full for a while, down in the evening. */
function dayCurve(seed: number, atMs: number): Curve {
  const day = Math.floor(atMs / DAY_MS);
  return through([...dayKnots(seed, day), ...dayKnots(seed, day + 1).slice(0, 1)], atMs);
}

function dayKnots(seed: number, day: number): readonly Knot[] {
  const chance = (name: number): number => fraction(seed, name, day);
  const startMs = day * DAY_MS;
  const between = (name: number, from: number, to: number): number => from + (to - from) * chance(name);
  const fullKwh = between(1, 6.5, 9.6);
  return [
    { atMs: startMs, value: between(2, 4.2, 5.4) },
    { atMs: startMs + between(3, 6.2, 7.4) * HOUR_MS, value: between(4, 1.6, 2.6) },
    { atMs: startMs + between(5, 8.2, 8.9) * HOUR_MS, value: between(6, 1.1, 1.5) },
    { atMs: startMs + between(7, 14.2, 15.4) * HOUR_MS, value: fullKwh },
    { atMs: startMs + between(8, 16.6, 17.6) * HOUR_MS, value: fullKwh },
    { atMs: startMs + between(9, 20.0, 21.5) * HOUR_MS, value: fullKwh * between(10, 0.62, 0.72) },
  ];
}

function temperatureC(seed: number, atMs: number, basePowerKw: number): number {
  const day = Math.floor(atMs / DAY_MS);
  const coldest = (d: number): Knot => ({ atMs: (d + 5 / 24) * DAY_MS, value: 17 + 3 * fraction(seed, 20, d) });
  const warmest = (d: number): Knot => ({ atMs: (d + 16 / 24) * DAY_MS, value: 22 + 4 * fraction(seed, 21, d) });
  const air = through([warmest(day - 1), coldest(day), warmest(day), coldest(day + 1)], atMs);
  return air.value + 0.6 * basePowerKw * basePowerKw;
}

function wave(seed: number, waver: (typeof WAVERS)[number], atMs: number): Curve {
  const cell = Math.floor(atMs / waver.withinMs);
  const knot = (i: number): Knot => ({
    atMs: i * waver.withinMs,
    value: (fraction(seed, waver.name, i) * 2 - 1) * waver.amplitudeKwh,
  });
  return through([knot(cell), knot(cell + 1)], atMs);
}

/** A curve through knots, level at each (3u² − 2u³ between two), so that its slope has no jumps. */
function through(knots: readonly Knot[], atMs: number): Curve {
  const next = knots.findIndex((knot) => knot.atMs > atMs);
  const from = knots[next - 1];
  const to = knots[next];
  if (from === undefined || to === undefined) return { value: knots.at(-1)?.value ?? 0, slopePerMs: 0 };
  const lengthMs = to.atMs - from.atMs;
  const u = (atMs - from.atMs) / lengthMs;
  const rise = to.value - from.value;
  return { value: from.value + rise * u * u * (3 - 2 * u), slopePerMs: (rise * 6 * u * (1 - u)) / lengthMs };
}

function openCircuitV(soc: number): number {
  const place = Math.min(Math.max(soc, 0), 1) * (OPEN_CIRCUIT_V.length - 1);
  const below = Math.min(Math.floor(place), OPEN_CIRCUIT_V.length - 2);
  const from = OPEN_CIRCUIT_V[below] ?? 0;
  const to = OPEN_CIRCUIT_V[below + 1] ?? 0;
  return from + (to - from) * (place - below);
}

/** The same number in [0, 1) for the same seed, name and index: chance without state. */
function fraction(seed: number, name: number, index: number): number {
  const high = Math.floor(index / 2 ** 32);
  return [name, high, index].reduce((hash, word) => mixed(hash ^ word), mixed(seed)) / 2 ** 32;
}

/** A 32-bit finalizer (multiply and shift): one changed bit changes half of the result's. */
function mixed(word: number): number {
  let hash = (word + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return (hash ^ (hash >>> 15)) >>> 0;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** To 1/parts, and never -0, which JSON writes as 0 and a comparison does not forgive. */
const rounded = (number: number, parts: number): number => Math.round(number * parts) / parts + 0;
