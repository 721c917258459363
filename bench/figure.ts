/** A measured value beside what it is compared with. */

export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `value` over the baseline. */
  readonly ratio: number;
  /** What the ratio is to, with its own value. */
  readonly baseline: string;
};

export function figure(name: string, value: number, unit: string, base: number, of: string): Figure {
  return { name, value: rounded(value), unit, ratio: rounded(value / base), baseline: `${rounded(base)} ${of}` };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
