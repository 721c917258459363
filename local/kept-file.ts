/** kept.ndjson of the data folder: every message that could not be stored, with its reason and its original bytes. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { KeptMessage } from '../lambdas/telemetry/write-message.ts';

export type KeptFile = {
  /** Resolves when the record is on disk. One that is there already (a retry, a replay) is not written again. */
  readonly append: (record: KeptMessage) => Promise<void>;
  /** Records in the file. */
  readonly count: () => number;
  readonly close: () => Promise<void>;
};

// Enough to meet every message that a journal can hold; older ones cannot come back.
const MAX_KEYS = 100_000;

export async function openKeptFile(path: string): Promise<KeptFile> {
  const { keys, lines } = await readKeys(path);
  const file = await open(path, 'a+', 0o600);
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

// A message published over HTTP has no trace id, so a record is known by what it says.
function keyOf({ topic, original, receivedAt }: KeptMessage): string {
  return createHash('sha1').update(`${receivedAt} ${topic} ${original}`).digest('base64');
}

function remember(keys: Set<string>, key: string): void {
  keys.add(key);
  const [oldest] = keys;
  if (keys.size > MAX_KEYS && oldest !== undefined) keys.delete(oldest);
}

async function readKeys(path: string): Promise<{ readonly keys: Set<string>; readonly lines: number }> {
  const keys = new Set<string>();
  let lines = 0;
  if (!existsSync(path)) return { keys, lines };
  for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
    const record = recordOf(line);
    if (record === undefined) continue;
    lines += 1;
    remember(keys, keyOf(record));
  }
  return { keys, lines };
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
