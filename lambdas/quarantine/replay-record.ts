/** The flow of POST /quarantine/{id}/replay: through the writer's own flow again, and out of the quarantine once all is stored. */
import type { Envelope } from '../telemetry/envelope.ts';
import type { UnstoredMessage, WriteResult } from '../telemetry/write-message.ts';
import type { Quarantine } from './quarantine.ts';
import { firstRecord, type QuarantineRecord } from './record.ts';

export type ReplayDeps = {
  readonly quarantine: Pick<Quarantine, 'get' | 'put' | 'delete'>;
  /** The writer's flow. It hands what could not be stored to the given function, as it does in the writer. */
  readonly write: (envelope: Envelope, quarantine: (message: UnstoredMessage) => Promise<void>) => Promise<WriteResult>;
  readonly nowMs: () => number;
};

export type Replayed =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'stored'; readonly result: WriteResult }
  | { readonly kind: 'quarantined'; readonly result: WriteResult; readonly record: QuarantineRecord };

/** A database that is away rejects as it does for the writer, and the record stays as it was. */
export function replayRecord({ quarantine, write, nowMs }: ReplayDeps) {
  return async (id: string): Promise<Replayed> => {
    const record = await quarantine.get(id);
    if (record === undefined) return { kind: 'unknown' };
    let again: QuarantineRecord | undefined;
    const result = await write(envelopeOf(record), async (message) => {
      again = await quarantine.put(await firstRecord(message, nowMs()));
    });
    if (again !== undefined) return { kind: 'quarantined', result, record: again };
    await quarantine.delete(id);
    return { kind: 'stored', result };
  };
}

function envelopeOf({ original, topic, clientId, receivedAt, traceId }: QuarantineRecord): Envelope {
  return {
    payload: original,
    topic,
    receivedAt,
    ...(clientId === null ? {} : { clientId }),
    ...(traceId === null ? {} : { traceId }),
  };
}
