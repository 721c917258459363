/**
 * Where a message waits that could not be stored, or not wholly, until it is replayed or deleted: the port that each place
 * for it fills, with its laws. test/quarantine/contract.ts holds each adapter to them.
 *
 * 1. What `put` resolved for is there after a loss of power, whole; what it rejected for may be put again.
 * 2. One message is one record, however often it is put: its attempts add up, its newest reason counts, and the time when it
 *    was first put stays. Of two puts of one message at one moment an attempt may go uncounted, never the record.
 * 3. `list` is newest first by the time of receipt, with an id once. Pages join without loss or repetition while nothing is
 *    put. A page may have fewer records than its limit, even none, and lead on: it looks at a bounded number of records.
 * 4. A range is [fromMs, toMs) over the time of receipt. What lies outside of it is not looked at.
 * 5. What is no id, whatever it looks like, is the id of nothing: not found, and nothing is deleted.
 * 6. What was put there by others, or only half, is no record: not listed, not found; a put of that id replaces it, a delete
 *    deletes it.
 * 7. A count (each adapter's own function, for only one of the deployed functions asks it) is one look, by names alone: what
 *    is no record (law 6) under the name of one counts until it is deleted. It ends at MAX_COUNTED, and says so.
 * 8. A place that cannot be reached, or has no room, is an AmphoraError 'quarantine-unavailable' with `retry: true`.
 */
import type { QuarantineRecord } from './record.ts';

export type QuarantineQuery = {
  /** As the topic says. */
  readonly battery?: string;
  /** Words that stand in the reason or the database's own words, in this order; case does not count. */
  readonly reason?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit: number;
  /** Go on behind this id. */
  readonly after?: string;
};

export type QuarantinePage = {
  readonly records: readonly QuarantineRecord[];
  /** For `after` of the next page; absent on the last. */
  readonly next?: string;
};

/** Where a count may end. */
export const MAX_COUNTED = 500;

export type QuarantineCount = {
  readonly count: number;
  /** There may be more. */
  readonly isAtLeast: boolean;
};

export type Quarantine = {
  /** Resolves with the record as it is there now. */
  readonly put: (record: QuarantineRecord) => Promise<QuarantineRecord>;
  readonly list: (query: QuarantineQuery) => Promise<QuarantinePage>;
  readonly get: (id: string) => Promise<QuarantineRecord | undefined>;
  /** False when there was none. */
  readonly delete: (id: string) => Promise<boolean>;
};
