/** `./amphora restore`: a backup into an empty folder, which then is a data folder. */
import { resolve } from 'node:path';
import { quoted } from '../local/shell-word.ts';
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { DATA_FOLDER_DEFAULT, dataFolder } from './data-folder.ts';

export const restore: Command = {
  name: 'restore',
  summary: 'Put a backup into an empty data folder',
  usage: 'FILE [--data DIR]',
  positionals: 1,
  flags: [{ name: 'data', value: 'DIR', meaning: 'an empty folder, or none yet', byDefault: DATA_FOLDER_DEFAULT }],
  notes: [
    'The whole file is checked before the first byte is written. A restore that was interrupted says so in the folder: nothing starts there, and the same command begins again.',
    'Never start the old folder and the restored one side by side for the same devices: they have the same keys. With --json the result is that of ./amphora backup, with folder in place of file.',
  ],
  example: './amphora restore /mnt/usb/amphora.backup --data ~/batteries',
  exitCodes: {
    0: 'restored',
    1: 'FILE is cut off, changed or no backup, and nothing was written; or what was restored is damaged',
    2: 'not done, or not wholly: the folder says so',
  },
  run: runRestore,
};

async function runRestore(args: Arguments, io: Io): Promise<number> {
  const [name] = args.positionals;
  if (name === undefined)
    return refuse(io, args, refusal('name the backup, as in ./amphora restore amphora.backup --data ~/batteries'));
  const folder = dataFolder(args.texts.get('data'), io);
  const { restoreBackup } = await import('../local/backup/restore-backup.ts');
  const { backupJson, backupLines, damageTold } = await import('./backup/report.ts');
  const restored = await restoreBackup({ file: resolve(io.folder, name), folder, signal: io.stopSignal() });
  if (!restored.ok)
    return refuse(
      io,
      args,
      restored.kind === 'not-empty' ? notEmpty(folder, restored.names) : damageTold(name, restored),
    );
  const { problems } = restored.contents;
  if (problems.length > 0) return refuse(io, args, damaged(folder, problems), { folder, ...backupJson(restored) });
  if (args.switches.has('json')) {
    io.out(`${JSON.stringify({ folder, ...backupJson(restored) })}\n`);
    return 0;
  }
  const store = restored.header.influx === undefined ? '' : ' --store influxdb …';
  const lines = [
    `Restored ${name} into ${folder}: ${restored.files} files of Amphora ${restored.header.version}.`,
    ...backupLines(restored),
    `Start it: ./amphora start --data ${quoted(folder)}${store}`,
  ];
  io.out(`${lines.join('\n')}\n`);
  return 0;
}

function notEmpty(folder: string, [first = '', ...others]: readonly string[]): Refusal {
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return refusal(
    `${folder} is not empty (${first}${more}), and nothing in it was changed; name an empty folder with --data`,
  );
}

const damaged = (folder: string, problems: readonly string[]): Refusal =>
  refusal(
    `what was restored into ${folder} cannot be read back: ${problems.join('; ')}. Nothing starts there; look whether that disk has room and is sound, and type the same again`,
    1,
  );
