/** Point times as InfluxDB has them: nanoseconds since 1970, which no number holds, so they are texts. */
import type { PointTime } from './store.ts';

/** Behind every time that a point may have: within this millisecond the 64 bits of nanoseconds end. */
export const END_MS = 9_223_372_036_854;

/** As line protocol and InfluxQL take it. */
export const nanosText = ({ atMs, nanos }: PointTime): string => String(BigInt(atMs) * 1_000_000n + BigInt(nanos));

/** Of an answer, as in 2026-11-23T12:33:33.123456789Z. */
export function pointTimeOf(text: string | undefined): PointTime {
  const [, seconds = '', fraction = ''] = /^([^.Z]+)(?:\.(\d{1,9}))?Z$/.exec(text ?? '') ?? [];
  const nanos = fraction.padEnd(9, '0');
  return { atMs: Date.parse(`${seconds}Z`) + Number(nanos.slice(0, 3)), nanos: Number(nanos.slice(3)) };
}
