/** kept.ndjson of the data folder: every message that could not be stored, with its reason and its original bytes. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { KeptMessage } from '../lambdas/telemetry/write-message.ts';
import { syncFolder } from './files/sync-folder.ts';

export type KeptFile = {
  /** Resolves when the record is on disk. One that is there already (a retry, a replay) is not written again. */
  readonly append: (record: KeptMessage) => Promise<void>;
  /** Records in the file. */
  readonly count: () => number;
  readonly close: () => Promise<void>;
};

// Enough to meet every message that a journal can hold; older ones cannot come back.
const MAX_KEYS = 100_000;
const TAIL_BYTES = 16 * 1024 * 1024;
const NEWLINE = 10;

export async function openKeptFile(path: string): Promise<KeptFile> {
  const { keys, lines } = await readKnown(path);
  const file = await open(path, 'a+', 0o600);
  await syncFolder(dirname(path));
  let count = lines;
  // A line that a crash or a full disk cut in two must not take the next one with it.
  let isTorn = !(await endsALine(file));
  let tail: Promise<void> = Promise.resolve();
  return {
    append: (record) => {
      const appended = tail.then(async () => {
        const key = keyOf(record);
        if (keys.has(key)) return;
        const line = isTorn ? `\n${lineOf(record)}` : lineOf(record);
        isTorn = true;
        await file.appendFile(line);
        isTorn = false;
        await file.datasync();
        count += 1;
        remember(keys, key);
      });
      // A line that failed must not keep the next from being tried; its own caller hears of it.
      tail = appended.catch(() => undefined);
      return appended;
    },
    count: () => count,
    close: async () => {
      await tail;
      await file.close();
    },
  };
}

function lineOf({ reason, original, topic, clientId, receivedAt, traceId }: KeptMessage): string {
  return `${JSON.stringify({ reason, original, topic, clientId, receivedAt, traceId })}\n`;
}

async function endsALine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString('latin1') === '\n';
}

// A message published over HTTP has no trace id, so a record is known by what it says too.
function keyOf({ topic, original, receivedAt, traceId }: KeptMessage): string {
  return createHash('sha1').update(`${traceId} ${receivedAt} ${topic} ${original}`).digest('base64');
}

function remember(keys: Set<string>, key: string): void {
  keys.add(key);
  const [oldest] = keys;
  if (keys.size > MAX_KEYS && oldest !== undefined) keys.delete(oldest);
}

// Only the end is read: what a retry or a replay could bring again stands there. The rest is counted.
async function readKnown(path: string): Promise<{ readonly keys: Set<string>; readonly lines: number }> {
  const keys = new Set<string>();
  if (!existsSync(path)) return { keys, lines: 0 };
  const start = Math.max(0, statSync(path).size - TAIL_BYTES);
  // The tail begins within a line, unless it is the whole.
  let lines = start === 0 ? 0 : (await countNewlines(path, start)) + 1;
  for await (const line of createInterface({ input: createReadStream(path, { start, encoding: 'utf8' }) })) {
    const record = recordOf(line);
    if (record === undefined) continue;
    lines += 1;
    remember(keys, keyOf(record));
  }
  return { keys, lines };
}

async function countNewlines(path: string, bytes: number): Promise<number> {
  let count = 0;
  for await (const chunk of createReadStream(path, { end: bytes - 1 })) {
    for (const byte of Buffer.from(chunk)) if (byte === NEWLINE) count += 1;
  }
  return count;
}

// The line that a crash cut in two counts for nothing: its message is still in the journal.
function recordOf(line: string): KeptMessage | undefined {
  try {
    const record: KeptMessage | null = JSON.parse(line);
    return typeof record?.original === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
