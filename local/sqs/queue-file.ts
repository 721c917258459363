/** The file of the local queues: their messages, and what a queue does with them, each step one transaction. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { syncFolderNow } from '../files/sync-folder.ts';

/** A message as it is handed out: its handle is good until it is received again. */
export type ReceivedMessage = {
  readonly messageId: string;
  readonly body: string;
  readonly receiptHandle: string;
  /** When it was sent, also in a dead-letter queue. Milliseconds since 1970, as all times here. */
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  /** This time included. */
  readonly receiveCount: number;
};

export type QueueCounts = {
  /** Whoever receives now is given these. */
  readonly visible: number;
  readonly inFlight: number;
  /** Of the message that was sent first, wherever it is now. */
  readonly oldestSentAtMs: number | undefined;
};

export type Redrive = { readonly deadLetterQueue: string; readonly maxReceiveCount: number };

export type Sending = { readonly queue: string; readonly messageId: string; readonly body: string };

export type Taking = {
  readonly queue: string;
  readonly max: number;
  /** No more are taken than ten behind those that have so many bytes. Default: ten at most. */
  readonly enoughBytes?: number | undefined;
  readonly visibilityMs: number;
  readonly redrive: Redrive | undefined;
};

export type QueueFile = {
  /** All of them, or none when it throws. What it took survives a loss of power. */
  readonly put: (sendings: readonly Sending[], nowMs: number) => void;
  /** Out of those to hand out, what was received too often goes to the dead letters instead. */
  readonly take: (taking: Taking, nowMs: number) => { readonly messages: ReceivedMessage[]; readonly moved: number };
  /** How many they were: a handle that is not the newest one of a message in the queue is passed over. */
  readonly remove: (queue: string, receiptHandles: readonly string[]) => number;
  /** False: the handle is not the newest one, or nobody has the message now. */
  readonly setVisibleAt: (queue: string, receiptHandle: string, visibleAtMs: number, nowMs: number) => boolean;
  /** Whatever is in flight can be received now. */
  readonly giveBackAll: (queue: string, nowMs: number) => void;
  /** All that is in one queue is in the other from now on, for whoever receives next. */
  readonly move: (from: string, to: string, nowMs: number) => void;
  /** Removes what was sent before. */
  readonly expire: (queue: string, beforeMs: number) => void;
  readonly nextVisibleAtMs: (queue: string, nowMs: number) => number | undefined;
  readonly counts: (queue: string, nowMs: number) => QueueCounts;
  /** All that are in it, visible or not. Costs nothing however many they are. */
  readonly size: (queue: string) => number;
  /** Says what a queue is, for a run to come that knows nothing of it. */
  readonly describe: (queue: string, description: string) => void;
  readonly descriptions: () => readonly string[];
  readonly close: () => void;
};

// A queue reads by what is visible, and by age.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at_ms INTEGER NOT NULL,
    visible_at_ms INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    first_received_at_ms INTEGER,
    handle TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY, description TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS message_visible ON message (queue, visible_at_ms, id);
  CREATE INDEX IF NOT EXISTS message_sent ON message (queue, sent_at_ms);
`;
// The log's file keeps its largest size for ever unless told otherwise.
const WAL_KEPT_BYTES = 64 * 1024 * 1024;
const READ_AT_ONCE = 10;

type Row = {
  readonly id: number;
  readonly message_id: string;
  readonly body: string;
  readonly sent_at_ms: number;
  readonly receives: number;
  readonly first_received_at_ms: number | null;
};

export function openQueueFile(path: string): QueueFile {
  // Nobody else may read it; what SQLite puts beside it takes after it.
  closeSync(openSync(path, 'a', 0o600));
  syncFolderNow(dirname(path));
  const db = openDatabase(path);
  const identity = identityOf(path);
  const sql = {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    put: db.prepare(
      'INSERT INTO message (queue, message_id, body, sent_at_ms, visible_at_ms) VALUES (?, ?, ?, ?4, ?4)',
    ),
    visible: db.prepare(
      'SELECT id, message_id, body, sent_at_ms, receives, first_received_at_ms FROM message WHERE queue = ? AND visible_at_ms <= ? ORDER BY visible_at_ms, id LIMIT ?',
    ),
    take: db.prepare(
      'UPDATE message SET handle = ?, visible_at_ms = ?, receives = ?, first_received_at_ms = ? WHERE id = ?',
    ),
    bury: db.prepare('UPDATE message SET queue = ?, visible_at_ms = ?, handle = NULL WHERE id = ?'),
    remove: db.prepare('DELETE FROM message WHERE id = ? AND queue = ? AND handle = ?'),
    show: db.prepare(
      'UPDATE message SET visible_at_ms = ? WHERE id = ? AND queue = ? AND handle = ? AND visible_at_ms > ?',
    ),
    giveBack: db.prepare('UPDATE message SET visible_at_ms = ?2 WHERE queue = ?1 AND visible_at_ms > ?2'),
    move: db.prepare('UPDATE message SET queue = ?2, visible_at_ms = ?3, handle = NULL WHERE queue = ?1'),
    expire: db.prepare('DELETE FROM message WHERE queue = ? AND sent_at_ms <= ?'),
    next: db.prepare('SELECT MIN(visible_at_ms) AS at_ms FROM message WHERE queue = ? AND visible_at_ms > ?'),
    counts: db.prepare(
      'SELECT COUNT(*) AS all_of_them, COUNT(*) FILTER (WHERE visible_at_ms > ?2) AS in_flight, MIN(sent_at_ms) AS oldest FROM message WHERE queue = ?1',
    ),
    size: db.prepare('SELECT COUNT(*) AS all_of_them FROM message WHERE queue = ?'),
    describe: db.prepare(
      'INSERT INTO queue (name, description) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET description = excluded.description',
    ),
    descriptions: db.prepare('SELECT description FROM queue ORDER BY name'),
  };
  const sizes = new Map<string, number>();

  function sizeOf(queue: string): number {
    const size = sizes.get(queue) ?? Number(sql.size.get(queue)?.['all_of_them']);
    sizes.set(queue, size);
    return size;
  }

  const changeSize = (queue: string, by: number): void => {
    const known = sizes.get(queue);
    if (known !== undefined) sizes.set(queue, known + by);
  };

  let synchronous: 'FULL' | 'NORMAL' | undefined;

  // Only a sender must find again after a loss of power what it was told: of the rest the worst is that a message comes twice.
  function transaction<T>(sync: 'FULL' | 'NORMAL', work: () => T): T {
    // SQLite goes on writing into a file that was removed, and what it accepts there is gone with the process.
    if (identityOf(path) !== identity) throw new Error(`${path} was removed or replaced while in use`);
    if (synchronous !== sync) db.exec(`PRAGMA synchronous = ${sync}`);
    synchronous = sync;
    sql.begin.run();
    try {
      const result = work();
      sql.commit.run();
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }

  const visibleRows = (queue: string, nowMs: number, limit: number): readonly Row[] =>
    sql.visible.all(queue, nowMs, limit).map(rowOf);

  function takeRow({ id, ...row }: Row, visibilityMs: number, nowMs: number): ReceivedMessage {
    const receiptHandle = `${id}.${randomUUID()}`;
    const firstReceivedAtMs = row.first_received_at_ms ?? nowMs;
    sql.take.run(receiptHandle, nowMs + visibilityMs, row.receives + 1, firstReceivedAtMs, id);
    return {
      messageId: row.message_id,
      body: row.body,
      receiptHandle,
      sentAtMs: row.sent_at_ms,
      firstReceivedAtMs,
      receiveCount: row.receives + 1,
    };
  }

  function take({ queue, max, enoughBytes = 0, visibilityMs, redrive }: Taking, nowMs: number) {
    const messages: ReceivedMessage[] = [];
    let moved = 0;
    for (let bytes = 0; ; ) {
      const wanted = Math.min(READ_AT_ONCE, max - messages.length);
      const rows = visibleRows(queue, nowMs, wanted);
      const dead = rows.filter(({ receives }) => redrive !== undefined && receives >= redrive.maxReceiveCount);
      for (const { id } of dead) sql.bury.run(redrive?.deadLetterQueue ?? '', nowMs, id);
      moved += dead.length;
      if (dead.length > 0) continue;
      for (const row of rows) {
        messages.push(takeRow(row, visibilityMs, nowMs));
        bytes += Buffer.byteLength(row.body);
      }
      if (rows.length < wanted || messages.length >= max || bytes >= enoughBytes) return { messages, moved };
    }
  }

  return {
    put: (sendings, nowMs) => {
      transaction('FULL', () => {
        for (const { queue, messageId, body } of sendings) sql.put.run(queue, messageId, body, nowMs);
      });
      for (const { queue } of sendings) changeSize(queue, 1);
    },
    take: (taking, nowMs) => {
      if (visibleRows(taking.queue, nowMs, 1).length === 0) return { messages: [], moved: 0 };
      const taken = transaction('NORMAL', () => take(taking, nowMs));
      changeSize(taking.queue, -taken.moved);
      if (taking.redrive !== undefined) changeSize(taking.redrive.deadLetterQueue, taken.moved);
      return taken;
    },
    remove: (queue, handles) => {
      const removed = transaction('NORMAL', () =>
        handles.reduce((sum, handle) => sum + Number(sql.remove.run(idOf(handle), queue, handle).changes), 0),
      );
      changeSize(queue, -removed);
      return removed;
    },
    setVisibleAt: (queue, handle, visibleAtMs, nowMs) =>
      transaction('NORMAL', () => sql.show.run(visibleAtMs, idOf(handle), queue, handle, nowMs).changes) === 1,
    giveBackAll: (queue, nowMs) => transaction('NORMAL', () => void sql.giveBack.run(queue, nowMs)),
    move: (from, to, nowMs) => {
      const moved = Number(transaction('NORMAL', () => sql.move.run(from, to, nowMs).changes));
      changeSize(from, -moved);
      changeSize(to, moved);
    },
    expire: (queue, beforeMs) =>
      changeSize(queue, -Number(transaction('NORMAL', () => sql.expire.run(queue, beforeMs).changes))),
    nextVisibleAtMs: (queue, nowMs) => numberOf(sql.next.get(queue, nowMs)?.['at_ms']),
    counts: (queue, nowMs) => {
      const { all_of_them: all, in_flight: inFlight, oldest } = sql.counts.get(queue, nowMs) ?? {};
      return {
        visible: Number(all) - Number(inFlight),
        inFlight: Number(inFlight),
        oldestSentAtMs: numberOf(oldest),
      };
    },
    size: sizeOf,
    describe: (queue, description) => transaction('NORMAL', () => void sql.describe.run(queue, description)),
    descriptions: () => sql.descriptions.all().map(({ description }) => String(description)),
    close: () => db.close(),
  };
}

/** All that are in the queues of a file that nobody has open. */
export function messagesIn(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(db.prepare('SELECT COUNT(*) AS count FROM message').get()?.['count']);
  } finally {
    db.close();
  }
}

// One that cannot be used is tried again and again, and must not stay open each time.
function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = ${WAL_KEPT_BYTES}; ${SCHEMA}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

// The message's place in the table stands before the part that only its newest receiver knows.
const HANDLE = /^(\d{1,15})\.[0-9a-f-]{36}$/;

const idOf = (receiptHandle: string): number => Number(HANDLE.exec(receiptHandle)?.[1] ?? -1);

/** Whether it is one of a message that is, or was, in a queue of such a file. */
export const isReceiptHandle = (text: string): boolean => HANDLE.test(text);

function rowOf(row: Readonly<Record<string, unknown>>): Row {
  return {
    id: Number(row['id']),
    message_id: String(row['message_id']),
    body: String(row['body']),
    sent_at_ms: Number(row['sent_at_ms']),
    receives: Number(row['receives']),
    first_received_at_ms: numberOf(row['first_received_at_ms']) ?? null,
  };
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

function identityOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? 'gone' : `${found.dev}.${found.ino}`;
}
