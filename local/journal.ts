/**
 * The journal: every message is on disk before it is acknowledged. Append-only segments; one fdatasync for all that wait.
 * A record leaves with its whole segment, once each of the segment's records is released: stored and covered by a
 * checkpoint of the database, or in quarantine. What is in it is bounded by its bytes: full, it refuses, and what it holds
 * stays.
 */
import { randomBytes } from 'node:crypto';
import { fstatSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import type { KeptSchedule, ScheduleNote } from './async-invoke.ts';
import { syncFolder } from './files/sync-folder.ts';
import { decodeBody, encodeRecord, type JournalMessage, marksIn, readSegment } from './journal-records.ts';
import { type NoteOf, openScheduleNotes, type ScheduleNotes } from './schedule-notes.ts';

/** A message on disk. */
export type JournalRecord = JournalMessage & {
  /** It is done with. What calls it a second time changes nothing. */
  readonly settle: () => void;
  /** How far its tries at this target have come. */
  readonly scheduleOf: (target: string) => KeptSchedule;
};

/** Records that were done with at one moment. */
export type Settled = {
  readonly count: number;
  /** What they stored outlives a loss of power: they may leave. Once. */
  readonly release: () => void;
};

export type Journal = {
  /** Resolves when the message is on disk; rejects when it could not be written, and then it must not be acknowledged. */
  readonly append: (message: JournalMessage) => Promise<JournalRecord>;
  /** Asked before a checkpoint: it covers what these stored, and not what is settled meanwhile. */
  readonly settled: () => Settled;
  /** Closes the segment being written if all of it is released, and deletes every segment of which that is so. */
  readonly trim: () => Promise<void>;
  readonly close: () => Promise<void>;
};

type Segment = {
  readonly path: string;
  readonly isBroken: boolean;
  file: FileHandle | undefined;
  sizeBytes: number;
  unreleased: number;
  /** Of those. Counted, for what waits for a checkpoint is thousands of records. */
  settled: number;
};
type Waiting = {
  readonly message: JournalMessage;
  readonly bytes: Buffer;
  readonly resolve: (record: JournalRecord) => void;
  readonly reject: (cause: unknown) => void;
};

// A segment leaves as a whole: a small one leaves soon, and what a start has to hand over again is little.
const SEGMENT_BYTES = 4 * 1024 * 1024;
const NAME = /^\d{9}\.journal$/;
const NUMBERED = /^\d{9}\.journal(\.broken)?$/;
// Four million small messages, and less than the smallest card has to spare. No flag: what waits is a thousand messages at
// most, so that only a database whose checkpoints fail for hours gets here, and that wants mending and not more room.
const MAX_BYTES = 1024 * 1024 * 1024;

/** What an earlier run left, oldest first. Read from disk as it is asked for, so that however much it is takes no room. */
export type Left = { readonly count: number; readonly records: () => AsyncGenerator<JournalRecord> };

/** A segment of which a part cannot be read any more. The rest is handed on, and the file itself is never deleted. */
export type BrokenSegment = { readonly keptAs: string; readonly brokenBytes: number; readonly records: number };

export type JournalOptions = { readonly durable?: boolean; readonly maxBytes?: number };

export type OpenedJournal = {
  readonly journal: Journal;
  readonly left: Left;
  readonly broken: readonly BrokenSegment[];
};

/** Opens the folder's journal. */
export async function openJournal(
  folder: string,
  { durable = true, maxBytes = MAX_BYTES }: JournalOptions = {},
): Promise<OpenedJournal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));
  const numbered = (await readdir(folder)).filter((name) => NUMBERED.test(name)).sort();
  const paths = numbered.filter((name) => NAME.test(name)).map((name) => join(folder, name));
  const marks = new Set<string>();
  for (const path of paths) for (const mark of marksIn(await readFile(path))) marks.add(mark);
  const old: Segment[] = [];
  const broken: BrokenSegment[] = [];
  for (const path of paths) {
    const bytes = await readFile(path);
    const { bodies, brokenBytes } = readSegment(bytes, marks);
    const isBroken = brokenBytes > 0;
    if (isBroken) broken.push({ keptAs: brokenName(path), brokenBytes, records: bodies.length });
    old.push({ path, isBroken, file: undefined, sizeBytes: bytes.length, unreleased: bodies.length, settled: 0 });
  }
  const count = old.reduce((sum, { unreleased }) => sum + unreleased, 0);
  const firstNumber = Number(numbered.at(-1)?.slice(0, 9) ?? 0) + 1;
  const notes = await openScheduleNotes(folder, paths);
  const journal = writeTo({ folder, segments: [...old], notes, firstNumber, durable, maxBytes });
  await journal.trim();
  return { journal, left: { count, records: () => recordsOf(old, notes, marks) }, broken };
}

const brokenName = (path: string): string => `${path}.broken`;

async function* recordsOf(
  segments: readonly Segment[],
  notes: ScheduleNotes,
  marks: ReadonlySet<string>,
): AsyncGenerator<JournalRecord> {
  for (const segment of segments.filter(({ unreleased }) => unreleased > 0)) {
    const { bodies } = readSegment(await readFile(segment.path), marks);
    const found = await notes.read(segment.path);
    for (const body of bodies) yield recordOf(decodeBody(body), segment, notes, found);
  }
}

/** The record of a message that its segment counts as unreleased. */
function recordOf(
  message: JournalMessage,
  segment: Segment,
  notes: ScheduleNotes,
  found: (of: NoteOf) => ScheduleNote | undefined = () => undefined,
): JournalRecord {
  const { traceId } = message;
  let isSettled = false;
  const settle = (): void => {
    if (isSettled) return;
    isSettled = true;
    segment.settled += 1;
  };
  const scheduleOf = (target: string): KeptSchedule => ({
    found: found({ traceId, target }),
    note: (note) => notes.add(segment.path, { traceId, target }, note),
  });
  return { ...message, settle, scheduleOf };
}

type Start = {
  readonly folder: string;
  readonly segments: Segment[];
  readonly notes: ScheduleNotes;
  readonly firstNumber: number;
  readonly durable: boolean;
  readonly maxBytes: number;
};

function writeTo({ folder, segments, notes, firstNumber, durable, maxBytes }: Start): Journal {
  const mark = randomBytes(8).toString('hex');
  let number = firstNumber;
  // On disk and about to be.
  let heldBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let current: Segment | undefined;
  const waiting: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  let trimming: Promise<void> = Promise.resolve();

  async function fileToWrite(): Promise<{ readonly file: FileHandle; readonly segment: Segment }> {
    if (current?.file !== undefined && current.sizeBytes < SEGMENT_BYTES)
      return { file: current.file, segment: current };
    await closeFile(current);
    const path = join(folder, `${String(number++).padStart(9, '0')}.journal`);
    const file = await open(path, 'ax', 0o600);
    const segment: Segment = { path, isBroken: false, file, sizeBytes: 0, unreleased: 0, settled: 0 };
    current = segment;
    segments.push(segment);
    if (durable) await syncFolder(folder);
    return { file, segment };
  }

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.concat(group.map((one) => one.bytes));
    try {
      const { file, segment } = await fileToWrite();
      await file.appendFile(bytes);
      if (durable) await file.datasync();
      mustStand(segment, file);
      segment.sizeBytes += bytes.length;
      segment.unreleased += group.length;
      for (const { message, resolve } of group) resolve(recordOf(message, segment, notes));
    } catch (cause) {
      heldBytes -= bytes.length;
      for (const { reject } of group) reject(cause);
      await leaveSegment();
    }
  }

  // What was half written must not stand before good records: the next ones go to a segment of their own. One that holds
  // nothing else is removed, or a full disk would be given a new file at every try.
  async function leaveSegment(): Promise<void> {
    const failed = current;
    current = undefined;
    if (failed === undefined) return;
    try {
      await closeFile(failed);
      if (failed.unreleased > 0) return;
      if (segments.includes(failed)) segments.splice(segments.indexOf(failed), 1);
      heldBytes -= failed.sizeBytes;
      await unlink(failed.path);
      await notes.remove(failed.path);
    } catch {
      // The folder itself is gone or closed to us; the next write tells.
    }
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) await writeGroup(waiting.splice(0));
    flushing = undefined;
  }

  // One after the other, so that closing waits for one that is under way.
  function trim(): Promise<void> {
    const trimmed = trimming.then(trimNow);
    // One that failed must not keep the next from being tried; its own caller hears of it.
    trimming = trimmed.catch(() => undefined);
    return trimmed;
  }

  async function trimNow(): Promise<void> {
    const isIdle = flushing === undefined && waiting.length === 0;
    const done = segments.filter((one) => one.unreleased === 0 && (one !== current || isIdle));
    for (const segment of done) segments.splice(segments.indexOf(segment), 1);
    heldBytes -= done.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (current !== undefined && done.includes(current)) current = undefined;
    for (const segment of done) {
      await closeFile(segment);
      await removeSegment(segment);
      await notes.remove(segment.path);
    }
  }

  return {
    append: (message) =>
      new Promise((resolve, reject) => {
        const bytes = encodeRecord(message, mark);
        if (heldBytes + notes.bytes() + bytes.length > maxBytes) throw fullError(maxBytes);
        heldBytes += bytes.length;
        waiting.push({ message, bytes, resolve, reject });
        // Begun a turn of the queue later, so that the messages of this one join the group.
        flushing ??= Promise.resolve().then(flush);
      }),
    settled: () => settledIn(segments),
    trim,
    close: async () => {
      await Promise.all([flushing, notes.settled()]);
      await trim();
      await closeFile(current);
    },
  };
}

function settledIn(segments: readonly Segment[]): Settled {
  const counts = segments.map((segment) => ({ segment, count: segment.settled }));
  return {
    count: counts.reduce((sum, { count }) => sum + count, 0),
    release: () => {
      for (const { segment, count } of counts) {
        segment.unreleased -= count;
        segment.settled -= count;
      }
    },
  };
}

async function closeFile(segment: Segment | undefined): Promise<void> {
  const file = segment?.file;
  if (segment === undefined || file === undefined) return;
  segment.file = undefined;
  await file.close();
}

/** A file that was deleted or moved while it is open takes every byte, and no start would ever find them. */
function mustStand({ path }: Segment, file: FileHandle): void {
  // Asked of the kernel's memory, 10 µs: by a thread of their own both would take longer than the write.
  const there = statSync(path);
  const written = fstatSync(file.fd);
  if (there.ino === written.ino && there.dev === written.dev) return;
  throw new Error(`${path} was replaced while it was being written; the message was not taken`);
}

async function removeSegment({ path, isBroken }: Segment): Promise<void> {
  try {
    await (isBroken ? rename(path, brokenName(path)) : unlink(path));
  } catch (error) {
    // Somebody else has removed it; a write that met that has told.
    const isGone = typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
    if (!isGone) throw error;
  }
}

function fullError(maxBytes: number): AmphoraError {
  const message = `the journal holds its ${maxBytes} bytes of messages that are not stored yet, and takes no more until the database has taken some; the message was not taken, send it again`;
  return new AmphoraError('publish-failed', message, { retry: true });
}
