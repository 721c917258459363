/** `./amphora backup --check FILE`: reads all of it back, in a folder that is gone afterwards. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notWritten } from '../../local/backup/backup-errors.ts';
import { checkBackup } from '../../local/backup/check-backup.ts';
import { removeLeftovers, scratchFolder } from '../../local/backup/new-file.ts';
import { quoted } from '../../local/shell-word.ts';
import { type Arguments, type Io, refusal, refuse } from '../command.ts';
import { backupJson, backupLines, damageTold, shownBytes } from './report.ts';

/** `name`: as it was typed. */
export async function check(name: string, file: string, args: Arguments, io: Io): Promise<number> {
  const scratch = newScratch(file);
  try {
    const checked = await checkBackup(file, { scratch, signal: io.stopSignal() });
    if (!checked.ok) {
      return refuse(io, args, damageTold(name, checked), { file: name, isWhole: false });
    }
    const { problems } = checked.contents;
    const result = { file: name, ...backupJson(checked), isWhole: problems.length === 0 };
    if (problems.length > 0) {
      const sentence = `${name} is as it was written, and what is in it is damaged: ${problems.join('; ')}`;
      return refuse(io, args, refusal(sentence, 1), result);
    }
    if (args.switches.has('json')) io.out(`${JSON.stringify(result)}\n`);
    else io.out(told(name, checked));
    return 0;
  } catch (error) {
    throw notWritten(scratch, `${name} was not read to its end`, error);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function told(name: string, checked: Parameters<typeof backupJson>[0] & { readonly ok: true }): string {
  const { header, files, bytes } = checked;
  return [
    `${name} is whole: ${files} files, ${shownBytes(bytes)}, written by Amphora ${header.version}.`,
    ...backupLines(checked),
    `To restore it: ./amphora restore ${quoted(name)} --data FOLDER`,
    '',
  ].join('\n');
}

/** Beside the file, where there was room for it once; else where temporary files go. */
function newScratch(file: string): string {
  const beside = scratchFolder(file);
  try {
    removeLeftovers(file);
    mkdirSync(beside, { mode: 0o700 });
    return beside;
  } catch {
    return mkdtempSync(join(tmpdir(), 'amphora-backup-'));
  }
}
