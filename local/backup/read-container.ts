/** A backup file from its first byte to its last. What is not exactly as it was written is told, never thrown. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { notRead } from './backup-errors.ts';
import {
  BACKUP_FORMAT,
  type BackupEntry,
  type BackupHeader,
  formatIn,
  headerIn,
  headIn,
  MAGIC,
  NEWLINE,
} from './container.ts';

/** Where an entry's bytes go. They are known to be right only when the whole file was read. */
export type EntrySink = {
  readonly write: (chunk: Buffer) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type Damage = {
  readonly ok: false;
  /** `newer`: it may well be whole, and this version cannot tell. */
  readonly kind: 'foreign' | 'newer' | 'cut' | 'changed';
  /** What is wrong, behind the file's name. */
  readonly what: string;
};

export type ReadContainer = {
  readonly ok: true;
  readonly header: BackupHeader;
  readonly entries: readonly BackupEntry[];
  readonly bytes: number;
};

type ReadOptions = {
  /** Absent, or undefined for an entry: the bytes are only held against their checksums. */
  readonly sinkOf?: (entry: BackupEntry) => Promise<EntrySink | undefined>;
  readonly signal: AbortSignal;
};

const CHUNK_BYTES = 1024 * 1024;
// A path has 4096 bytes at most, six times as many in JSON's escapes.
const MAX_LINE_BYTES = 64 * 1024;

export async function readContainer(file: string, { sinkOf, signal }: ReadOptions): Promise<ReadContainer | Damage> {
  const handle = await opened(file);
  try {
    return await readFrom(sourceOf(handle, file, signal), sinkOf ?? (async () => undefined));
  } finally {
    await handle.close();
  }
}

async function opened(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (error) {
    throw notRead(file, error);
  }
}

async function readFrom(
  source: Source,
  sinkOf: (entry: BackupEntry) => Promise<EntrySink | undefined>,
): Promise<ReadContainer | Damage> {
  const format = formatIn((await source.line()) ?? '');
  if (format === undefined)
    return damage('foreign', `is no backup of Amphora: it does not begin with ${MAGIC} and a format number`);
  const headerLine = await source.line();
  const header = headerIn(headerLine ?? '');
  if (format > BACKUP_FORMAT) {
    const by = header === undefined ? 'a newer Amphora' : `Amphora ${header.version}`;
    return damage('newer', `was written by ${by} (backup format ${format}; this one knows ${BACKUP_FORMAT}); use that`);
  }
  if (headerLine === undefined) return source.end();
  if (header === undefined || format !== BACKUP_FORMAT) return damage('changed', 'has a header that cannot be read');
  const entries: BackupEntry[] = [];
  const paths = new Set<string>();
  for (;;) {
    const line = await source.line();
    if (line === undefined) return source.end();
    const head = headIn(line);
    if (head === undefined) return damage('changed', `is not readable behind its entry ${entries.length}`);
    if ('entries' in head) return ended(source, { header, entries }, head.entries);
    if (paths.has(head.path)) return damage('changed', `has ${head.path} twice`);
    paths.add(head.path);
    const wrong = await readEntry(source, head, sinkOf);
    if (wrong !== undefined) return wrong;
    entries.push(head);
  }
}

async function readEntry(
  source: Source,
  entry: BackupEntry,
  sinkOf: (entry: BackupEntry) => Promise<EntrySink | undefined>,
): Promise<Damage | undefined> {
  const sink = await sinkOf(entry);
  const own = createHash('sha256');
  try {
    let left = entry.bytes;
    while (left > 0) {
      const chunk = await source.upTo(left);
      if (chunk === undefined) return source.end();
      own.update(chunk);
      await sink?.write(chunk);
      left -= chunk.length;
    }
  } finally {
    await sink?.close();
  }
  const told = await source.line();
  if (told === undefined) return source.end();
  return told === own.digest('hex') ? undefined : damage('changed', `holds ${entry.path} other than it was written`);
}

async function ended(
  source: Source,
  read: Pick<ReadContainer, 'header' | 'entries'>,
  count: number,
): Promise<ReadContainer | Damage> {
  const digest = source.digest();
  const told = await source.line();
  if (told === undefined) return source.end();
  if (told !== digest || count !== read.entries.length)
    return damage('changed', 'is other than it was written: its checksum does not hold');
  if ((await source.upTo(1)) !== undefined) return damage('changed', 'goes on behind its end');
  return { ok: true, ...read, bytes: source.taken() };
}

const damage = (kind: Damage['kind'], what: string): Damage => ({ ok: false, kind, what });

type Source = {
  /** Without its newline; undefined: the file ends before it, or what comes is far too long for one. */
  readonly line: () => Promise<string | undefined>;
  /** The next bytes, one at least; undefined at the end of the file. */
  readonly upTo: (bytes: number) => Promise<Buffer | undefined>;
  readonly taken: () => number;
  /** Of everything that was taken so far. */
  readonly digest: () => string;
  /** Why there was no line, or were no bytes. */
  readonly end: () => Damage;
};

function sourceOf(handle: FileHandle, file: string, signal: AbortSignal): Source {
  const whole = createHash('sha256');
  let ahead = Buffer.alloc(0);
  let taken = 0;
  let isAtEnd = false;

  async function readMore(): Promise<void> {
    signal.throwIfAborted();
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES);
      isAtEnd = bytesRead === 0;
      ahead = Buffer.concat([ahead, buffer.subarray(0, bytesRead)]);
    } catch (error) {
      throw notRead(file, error);
    }
  }

  function take(bytes: number): Buffer {
    const chunk = ahead.subarray(0, bytes);
    ahead = ahead.subarray(bytes);
    taken += chunk.length;
    whole.update(chunk);
    return chunk;
  }

  return {
    line: async () => {
      signal.throwIfAborted();
      while (!ahead.includes(NEWLINE) && ahead.length <= MAX_LINE_BYTES && !isAtEnd) await readMore();
      const length = ahead.indexOf(NEWLINE);
      return length < 0 || length > MAX_LINE_BYTES ? undefined : take(length + 1).toString('utf8', 0, length);
    },
    upTo: async (bytes) => {
      if (ahead.length === 0 && !isAtEnd) await readMore();
      return ahead.length === 0 ? undefined : take(Math.min(bytes, ahead.length));
    },
    taken: () => taken,
    digest: () => whole.copy().digest('hex'),
    end: () =>
      isAtEnd
        ? damage('cut', `is cut off: it ends after ${taken + ahead.length} bytes, in the middle`)
        : damage('changed', `is not readable from byte ${taken} on`),
  };
}
