/**
 * The journal: every message is on disk before it is acknowledged. Append-only segments; one fdatasync for all that wait.
 * A record leaves with its whole segment, once each of the segment's records is released: stored and covered by a
 * checkpoint of the database, or in quarantine.
 */
import { type FileHandle, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncFolder } from './files/sync-folder.ts';

export type JournalMessage = {
  readonly topic: string;
  readonly payload: Buffer;
  readonly clientId?: string;
  /** Milliseconds since 1970, as the rules' `timestamp()`. */
  readonly receivedAt: number;
  readonly traceId: string;
};

/** A message on disk. Released at most once. */
export type JournalRecord = JournalMessage & { readonly release: () => void };

export type Journal = {
  /** Resolves when the message is on disk; rejects when it could not be written, and then it must not be acknowledged. */
  readonly append: (message: JournalMessage) => Promise<JournalRecord>;
  /** Closes the segment being written if all of it is released, and deletes every segment of which that is so. */
  readonly trim: () => Promise<void>;
  readonly close: () => Promise<void>;
};

type Segment = { readonly path: string; file: FileHandle | undefined; sizeBytes: number; unreleased: number };
type Waiting = {
  readonly message: JournalMessage;
  readonly resolve: (record: JournalRecord) => void;
  readonly reject: (cause: unknown) => void;
};

const HEADER_BYTES = 8;
// A segment leaves as a whole: a small one leaves soon, and what a start has to hand over again is little.
const SEGMENT_BYTES = 4 * 1024 * 1024;
const NAME = /^\d{9}\.journal$/;

/** What an earlier run left, oldest first. Read from disk as it is asked for, so that however much it is takes no room. */
export type Left = { readonly count: number; readonly records: () => AsyncGenerator<JournalRecord> };

/** Opens the folder's journal. */
export async function openJournal(
  folder: string,
  { durable = true }: { readonly durable?: boolean } = {},
): Promise<{ readonly journal: Journal; readonly left: Left }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));
  const names = (await readdir(folder)).filter((name) => NAME.test(name)).sort();
  const old: Segment[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const count = [...bodiesOf(await readFile(path))].length;
    old.push({ path, file: undefined, sizeBytes: 0, unreleased: count });
  }
  const count = old.reduce((sum, { unreleased }) => sum + unreleased, 0);
  const firstNumber = Number(names.at(-1)?.slice(0, 9) ?? 0) + 1;
  const journal = writeTo({ folder, segments: [...old], firstNumber, durable });
  await journal.trim();
  return { journal, left: { count, records: () => recordsOf(old) } };
}

async function* recordsOf(segments: readonly Segment[]): AsyncGenerator<JournalRecord> {
  for (const segment of segments.filter(({ unreleased }) => unreleased > 0)) {
    for (const body of bodiesOf(await readFile(segment.path))) yield recordOf(decode(body), segment);
  }
}

/** The record of a message that its segment counts as unreleased. */
function recordOf(message: JournalMessage, segment: Segment): JournalRecord {
  let isReleased = false;
  const release = (): void => {
    if (isReleased) return;
    isReleased = true;
    segment.unreleased -= 1;
  };
  return { ...message, release };
}

type Start = {
  readonly folder: string;
  readonly segments: Segment[];
  readonly firstNumber: number;
  readonly durable: boolean;
};

function writeTo({ folder, segments, firstNumber, durable }: Start): Journal {
  let number = firstNumber;
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
    const segment: Segment = { path, file, sizeBytes: 0, unreleased: 0 };
    current = segment;
    segments.push(segment);
    if (durable) await syncFolder(folder);
    return { file, segment };
  }

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const { file, segment } = await fileToWrite();
      const bytes = Buffer.concat(group.map(({ message }) => encode(message)));
      await file.appendFile(bytes);
      if (durable) await file.datasync();
      segment.sizeBytes += bytes.length;
      segment.unreleased += group.length;
      for (const { message, resolve } of group) resolve(recordOf(message, segment));
    } catch (cause) {
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
      await unlink(failed.path);
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
    if (current !== undefined && done.includes(current)) current = undefined;
    for (const segment of done) {
      await closeFile(segment);
      await unlink(segment.path);
    }
  }

  return {
    append: (message) => {
      const written = new Promise<JournalRecord>((resolve, reject) => waiting.push({ message, resolve, reject }));
      // Begun a turn of the queue later, so that the messages of this one join the group.
      flushing ??= Promise.resolve().then(flush);
      return written;
    },
    trim,
    close: async () => {
      await flushing;
      await trim();
      await closeFile(current);
    },
  };
}

async function closeFile(segment: Segment | undefined): Promise<void> {
  const file = segment?.file;
  if (segment === undefined || file === undefined) return;
  segment.file = undefined;
  await file.close();
}

function encode({ payload, ...about }: JournalMessage): Buffer {
  const head = Buffer.from(`${JSON.stringify(about)}\n`);
  const record = Buffer.allocUnsafe(HEADER_BYTES + head.length + payload.length);
  head.copy(record, HEADER_BYTES);
  payload.copy(record, HEADER_BYTES + head.length);
  record.writeUInt32LE(head.length + payload.length, 0);
  record.writeUInt32LE(crc32(record.subarray(HEADER_BYTES)), 4);
  return record;
}

// A tail that a crash tore was never acknowledged: reading ends before it. Zeros are a tail too: a file system may have
// made the file longer without having written to it, and their checksum, of nothing, is right.
function* bodiesOf(bytes: Buffer): Generator<Buffer, undefined> {
  let offset = 0;
  while (offset + HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(offset);
    const body = bytes.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + length);
    if (length === 0 || body.length !== length || crc32(body) !== bytes.readUInt32LE(offset + 4)) return undefined;
    yield body;
    offset += HEADER_BYTES + length;
  }
  return undefined;
}

function decode(body: Buffer): JournalMessage {
  const headEnd = body.indexOf(0x0a);
  const about: Omit<JournalMessage, 'payload'> = JSON.parse(body.subarray(0, headEnd).toString('utf8'));
  return { ...about, payload: Buffer.from(body.subarray(headEnd + 1)) };
}
