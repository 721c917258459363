/**
 * The journal: every message is on disk before it is acknowledged. Append-only segments; one fdatasync for all that wait.
 * A record leaves with its whole segment, once each of the segment's records is released: stored and covered by a
 * checkpoint of the database, or kept in the failure file.
 */
import { type FileHandle, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

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
const SEGMENT_BYTES = 16 * 1024 * 1024;
const NAME = /^\d{9}\.journal$/;

/** Opens the folder's journal; `left` are the messages of an earlier run, oldest first. */
export async function openJournal(
  folder: string,
  { durable = true }: { readonly durable?: boolean } = {},
): Promise<{ readonly journal: Journal; readonly left: readonly JournalRecord[] }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = (await readdir(folder)).filter((name) => NAME.test(name)).sort();
  const segments: Segment[] = [];
  const left: JournalRecord[] = [];
  for (const name of names) {
    const segment: Segment = { path: join(folder, name), file: undefined, sizeBytes: 0, unreleased: 0 };
    segments.push(segment);
    for (const message of decodeAll(await readFile(segment.path))) left.push(recordOf(message, segment));
  }
  const firstNumber = Number(names.at(-1)?.slice(0, 9) ?? 0) + 1;
  const journal = writeTo({ folder, segments, firstNumber, durable });
  await journal.trim();
  return { journal, left };
}

function recordOf(message: JournalMessage, segment: Segment): JournalRecord {
  let isReleased = false;
  segment.unreleased += 1;
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
      for (const { message, resolve } of group) resolve(recordOf(message, segment));
    } catch (cause) {
      // What was half written must not stand before good records: the next ones go to a segment of their own.
      if (current !== undefined) current.sizeBytes = SEGMENT_BYTES;
      for (const { reject } of group) reject(cause);
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

// A new file is only there after a crash if its folder was synced too.
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
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
function* decodeAll(bytes: Buffer): Generator<JournalMessage> {
  let offset = 0;
  while (offset + HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(offset);
    const body = bytes.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + length);
    if (length === 0 || body.length !== length || crc32(body) !== bytes.readUInt32LE(offset + 4)) return;
    const headEnd = body.indexOf(0x0a);
    const about: Omit<JournalMessage, 'payload'> = JSON.parse(body.subarray(0, headEnd).toString('utf8'));
    yield { ...about, payload: Buffer.from(body.subarray(headEnd + 1)) };
    offset += HEADER_BYTES + length;
  }
}
