/**
 * kept.ndjson of a data folder, where older versions put what could not be stored, into the quarantine: once, at a start.
 * The file is renamed when all of it is there, so that a start that is ended before begins again; what is there already
 * stays as it is.
 */
import { createReadStream, existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Quarantine } from '../lambdas/quarantine/quarantine.ts';
import { firstRecord } from '../lambdas/quarantine/record.ts';
import type { UnstoredMessage } from '../lambdas/telemetry/write-message.ts';
import { syncFolder } from './files/sync-folder.ts';

export type TakeOverOptions = {
  /** Of the data folder. */
  readonly file: (name: string) => string;
  readonly quarantine: Pick<Quarantine, 'get' | 'put'>;
  readonly nowMs: () => number;
};

const KEPT = 'kept.ndjson';
// Each waits for the disk; so many at once share its turns.
const AT_ONCE = 32;

/** How many messages were taken over. */
export async function takeOverKept({ file, quarantine, nowMs }: TakeOverOptions): Promise<number> {
  const path = file(KEPT);
  if (!existsSync(path)) return 0;
  let count = 0;
  let group: UnstoredMessage[] = [];
  const flush = async (): Promise<void> => {
    await Promise.all(group.map((message) => take(quarantine, message, nowMs())));
    count += group.length;
    group = [];
  };
  for await (const line of createInterface({ input: createReadStream(path, { encoding: 'utf8' }) })) {
    const message = messageIn(line);
    if (message === undefined) continue;
    group.push(message);
    if (group.length >= AT_ONCE) await flush();
  }
  await flush();
  await rename(path, freeName(`${path}.taken`));
  await syncFolder(dirname(path));
  return count;
}

// An older version that was started again meanwhile has left another one.
function freeName(path: string): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? path : `${path}-${i}`;
    if (!existsSync(name)) return name;
  }
}

async function take(quarantine: TakeOverOptions['quarantine'], message: UnstoredMessage, atMs: number): Promise<void> {
  const record = await firstRecord(message, atMs);
  if ((await quarantine.get(record.id)) === undefined) await quarantine.put(record);
}

// The line that a crash cut in two counts for nothing: its message was still in the journal.
function messageIn(line: string): UnstoredMessage | undefined {
  try {
    const message: Partial<UnstoredMessage> | null = JSON.parse(line);
    const { reason, original, topic, clientId, receivedAt, traceId } = message ?? {};
    if (typeof original !== 'string') return undefined;
    return {
      reason: String(reason ?? 'unknown'),
      original,
      topic: String(topic ?? ''),
      clientId: clientId ?? null,
      receivedAt: typeof receivedAt === 'number' ? receivedAt : 0,
      traceId: traceId ?? null,
    };
  } catch {
    return undefined;
  }
}
