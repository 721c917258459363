/** The flow of POST /batteries/{id}/telemetry: judged at the door, stamped, and split into messages the broker takes. */
import { formatInstant } from './instant.ts';
import { MAX_MESSAGE_BYTES, parseMessage } from './parse-message.ts';
import type { FieldRejection, Reading } from './reading.ts';

export type SampleRejection = { readonly sample: number; readonly field: string; readonly reason: string };

export type IngestedMessage =
  | {
      readonly ok: true;
      /** Payloads to publish, in order. */
      readonly payloads: readonly string[];
      readonly accepted: number;
      /** Fields out of range: told to the caller, and told again by the writer, which keeps the original. */
      readonly rejected: readonly SampleRejection[];
    }
  | { readonly ok: false; readonly reason: string };

export function ingestMessage(value: unknown, receivedAtMs: number): IngestedMessage {
  const message = parseMessage(value, { receivedAtMs });
  if (!message.ok) return message;
  const many = message.samples.length > 1 || (typeof value === 'object' && value !== null && 'samples' in value);
  const rejected: SampleRejection[] = [];
  const stamped: string[] = [];
  for (const [sample, parsed] of message.readings.entries()) {
    const where = many ? `sample ${sample}: ` : '';
    if (!parsed.ok) return { ok: false, reason: `${where}${parsed.reason}` };
    const wrong = parsed.reading.rejections.find(({ kind }) => kind === 'type' || kind === 'unknown');
    if (wrong !== undefined) return { ok: false, reason: `${where}${wrong.reason}` };
    rejected.push(...parsed.reading.rejections.map((rejection) => told(sample, rejection)));
    stamped.push(stampedText(message.samples[sample], parsed.reading));
  }
  return { ok: true, payloads: payloadsOf(stamped), accepted: stamped.length, rejected };
}

function told(sample: number, { field, reason }: FieldRejection): SampleRejection {
  return { sample, field, reason };
}

// Stamped here, at the first durable hop, so that the publish may be tried again without making a second sample of it.
function stampedText(sample: unknown, { atMs, received }: Reading): string {
  const members = Object.entries({ ...Object(sample) }).filter(([, member]) => member !== null);
  const mark = received ? { received: true } : {};
  return JSON.stringify({ ...Object.fromEntries(members), timestamp: formatInstant(atMs), ...mark });
}

function payloadsOf(samples: readonly string[]): readonly string[] {
  const [only] = samples;
  if (samples.length === 1 && only !== undefined) return [only];
  const text = `{"samples":[${samples.join(',')}]}`;
  if (new TextEncoder().encode(text).length <= MAX_MESSAGE_BYTES) return [text];
  const half = Math.ceil(samples.length / 2);
  return [...payloadsOf(samples.slice(0, half)), ...payloadsOf(samples.slice(half))];
}
