/** A message: one sample, or `{"samples": […]}` of one battery. */
import { type ParsedReading, parseReading, type ReadingRules } from './parse-reading.ts';

export type ParsedMessage =
  | { readonly ok: true; readonly samples: readonly unknown[]; readonly readings: readonly ParsedReading[] }
  | { readonly ok: false; readonly reason: string };

export const MAX_SAMPLES = 500;
/** A message's bytes at most; AWS IoT itself takes 128 KB. */
export const MAX_MESSAGE_BYTES = 100 * 1024;

export function parseMessage(value: unknown, rules: ReadingRules): ParsedMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, reason: 'a message must be a JSON object: one sample, or {"samples": […]}' };
  }
  const members: Readonly<Record<string, unknown>> = { ...value };
  if (!('samples' in members)) return parsed([value], rules);
  const { samples, ...others } = members;
  const other = Object.keys(others)[0];
  if (other !== undefined)
    return { ok: false, reason: `'${other.slice(0, 64)}' cannot stand beside 'samples'; put it into each sample` };
  if (!Array.isArray(samples) || samples.length === 0 || samples.length > MAX_SAMPLES) {
    return { ok: false, reason: `'samples' must be an array of 1 to ${MAX_SAMPLES} samples` };
  }
  return parsed(samples, rules);
}

function parsed(samples: readonly unknown[], rules: ReadingRules): ParsedMessage {
  return { ok: true, samples, readings: samples.map((sample) => parseReading(sample, rules)) };
}
