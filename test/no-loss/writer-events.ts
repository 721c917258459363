/** What the writer is handed: by a topic rule each envelope by itself, by the poller of a queue a batch of them. */
import type { Envelope } from '../../lambdas/telemetry/envelope.ts';

export type QueueEvent = { readonly Records: readonly { readonly messageId: string; readonly body: string }[] };

/** As the poller hands it over, as far as the writer reads it. */
export const queueEvent = (envelopes: readonly Envelope[]): QueueEvent => ({
  Records: envelopes.map((envelope, i) => ({ messageId: `message${i}`, body: JSON.stringify(envelope) })),
});

/** In batches of these sizes. */
export function queueEvents(envelopes: readonly Envelope[], nextSize: () => number): readonly QueueEvent[] {
  const events: QueueEvent[] = [];
  for (let at = 0; at < envelopes.length; ) {
    const size = nextSize();
    events.push(queueEvent(envelopes.slice(at, at + size)));
    at += size;
  }
  return events;
}
