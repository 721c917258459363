import { cpSync } from 'node:fs';
import { type Journal, type JournalRecord, type Left, openJournal } from '../../local/journal.ts';
import { inTempFolder } from './temp-folder.ts';

/** What a start after a crash would find: the folder as it is now, copied, so that the journal that writes is left alone. */
export async function onDisk(folder: string): Promise<readonly JournalRecord[]> {
  return inTempFolder(async (copy) => {
    cpSync(folder, copy, { recursive: true });
    const { journal, left } = await openJournal(copy);
    const records = await all(left);
    await journal.close();
    return records;
  });
}

export async function all({ records }: Left): Promise<readonly JournalRecord[]> {
  const found: JournalRecord[] = [];
  for await (const record of records()) found.push(record);
  return found;
}

/** What these stored is covered by a checkpoint, and so is what was settled before. */
export function release(journal: Journal, records: readonly JournalRecord[]): void {
  for (const record of records) record.settle();
  journal.settled().release();
}
