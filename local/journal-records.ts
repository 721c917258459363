/**
 * The bytes of a segment: records of length, CRC-32 and body, one behind the other; the body is a line of JSON and the
 * payload. What can be read is read: behind a record whose bytes have changed, the next ones are looked for by the mark
 * that every record of a run bears. It is drawn anew for each run and never leaves this folder, so that nobody can send a
 * payload that would be taken for a record.
 */
import { crc32 } from 'node:zlib';

export type JournalMessage = {
  readonly topic: string;
  readonly payload: Buffer;
  readonly clientId?: string;
  /** Milliseconds since 1970, as the rules' `timestamp()`. */
  readonly receivedAt: number;
  readonly traceId: string;
};

export type SegmentRead = {
  readonly bodies: readonly Buffer[];
  /** Bytes that are no record and not the end of a write that broke off. */
  readonly brokenBytes: number;
};

const HEADER_BYTES = 8;
// A payload has 128 KiB at most, and its line of JSON a few hundred bytes: a longer record was never written.
const MAX_BODY_BYTES = 1024 * 1024;
const MARK = /^\{"mark":"([0-9a-f]{16})",/;
const MARK_BYTES = '{"mark":"0123456789abcdef",'.length;

/** `mark`: 16 hexadecimal digits. */
export function encodeRecord({ payload, topic, clientId, receivedAt, traceId }: JournalMessage, mark: string): Buffer {
  const head = `${JSON.stringify({ mark, topic, clientId, receivedAt, traceId })}\n`;
  const headBytes = Buffer.byteLength(head);
  const record = Buffer.allocUnsafe(HEADER_BYTES + headBytes + payload.length);
  record.write(head, HEADER_BYTES);
  payload.copy(record, HEADER_BYTES + headBytes);
  record.writeUInt32LE(headBytes + payload.length, 0);
  record.writeUInt32LE(crc32(record.subarray(HEADER_BYTES)), 4);
  return record;
}

export function decodeBody(body: Buffer): JournalMessage {
  const headEnd = body.indexOf(0x0a);
  const { mark: _, ...about }: Omit<JournalMessage, 'payload'> & { readonly mark?: string } = JSON.parse(
    body.subarray(0, headEnd).toString('utf8'),
  );
  return { ...about, payload: Buffer.from(body.subarray(headEnd + 1)) };
}

/** The marks of the records that follow each other from the segment's beginning: those that were certainly written as such. */
export function marksIn(segment: Buffer): ReadonlySet<string> {
  const marks = new Set<string>();
  for (let [offset, body] = [0, bodyAt(segment, 0)]; body !== undefined; body = bodyAt(segment, offset)) {
    const [, mark] = MARK.exec(body.subarray(0, MARK_BYTES).toString('latin1')) ?? [];
    if (mark !== undefined) marks.add(mark);
    offset += HEADER_BYTES + body.length;
  }
  return marks;
}

export function readSegment(segment: Buffer, marks: ReadonlySet<string>): SegmentRead {
  const bodies: Buffer[] = [];
  let brokenBytes = 0;
  let offset = 0;
  while (offset < segment.length) {
    const body = bodyAt(segment, offset);
    if (body !== undefined) {
      bodies.push(body);
      offset += HEADER_BYTES + body.length;
      continue;
    }
    const next = nextRecord(segment, offset, marks);
    if (next === undefined) {
      const tail = segment.subarray(offset);
      return { bodies, brokenBytes: brokenBytes + (isTorn(tail) ? 0 : tail.length) };
    }
    brokenBytes += next - offset;
    offset = next;
  }
  return { bodies, brokenBytes };
}

// Zeros are no record: a file system may have made the file longer without having written to it, and their checksum, of
// nothing, is right.
function bodyAt(segment: Buffer, offset: number): Buffer | undefined {
  if (offset + HEADER_BYTES > segment.length) return undefined;
  const length = segment.readUInt32LE(offset);
  const body = segment.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + length);
  const isWhole = length > 0 && body.length === length && crc32(body) === segment.readUInt32LE(offset + 4);
  return isWhole ? body : undefined;
}

function nextRecord(segment: Buffer, offset: number, marks: ReadonlySet<string>): number | undefined {
  const found = [...marks].flatMap((mark) => {
    const head = `{"mark":"${mark}",`;
    for (let at = segment.indexOf(head, offset + HEADER_BYTES + 1); at >= 0; at = segment.indexOf(head, at + 1)) {
      if (bodyAt(segment, at - HEADER_BYTES) !== undefined) return [at - HEADER_BYTES];
    }
    return [];
  });
  return found.length === 0 ? undefined : Math.min(...found);
}

/** A write that broke off, whose sender was never acknowledged: less than one record, or room without content. */
function isTorn(tail: Buffer): boolean {
  if (tail.length < HEADER_BYTES || tail.every((byte) => byte === 0)) return true;
  const length = tail.readUInt32LE(0);
  const isLonger = length > tail.length - HEADER_BYTES && length <= MAX_BODY_BYTES;
  return (
    isLonger &&
    tail.subarray(HEADER_BYTES, HEADER_BYTES + 2).equals(Buffer.from('{"').subarray(0, tail.length - HEADER_BYTES))
  );
}
