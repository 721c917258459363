/** `./amphora backup`: all of a data folder in one file, while Amphora runs or not; and the same file read back. */
import { resolve } from 'node:path';
import { VERSION } from '../lambdas/api/version.ts';
import { quoted } from '../local/shell-word.ts';
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { DATA_FOLDER_DEFAULT, dataFolder, runIn } from './data-folder.ts';

export const backup: Command = {
  name: 'backup',
  summary: 'Put all of a data folder into one file, while Amphora runs or not; --check reads such a file back',
  usage: 'FILE [--data DIR] [--force] [--check]',
  positionals: 1,
  flags: [
    { name: 'data', value: 'DIR', meaning: 'the data folder to back up', byDefault: DATA_FOLDER_DEFAULT },
    { name: 'force', meaning: 'take the place of a FILE that is there, once the new one is whole' },
    { name: 'check', meaning: 'write nothing: read FILE back, every byte, and tell what is in it' },
  ],
  notes: [
    'In it are the readings, what is not stored yet, what could not be stored, users, devices, and the keys and passwords of the folder: keep it as you keep those. It is its owner’s alone to read (0600).',
    'It is read back before it gets its name, and needs about twice its size on its disk meanwhile. Readings that are in InfluxDB are not in it: influx backup is for those.',
    'With --json the result is {file, format, version, instant, folderFormat, files, bytes, batteries: [{battery, readings, first, last}], journalRecords, queued, quarantined, users, devices, problems}, of --check isWhole too.',
  ],
  example: './amphora backup /mnt/usb/amphora.backup',
  exitCodes: {
    0: 'written, or whole',
    1: 'the folder is damaged and no file was written; with --check, FILE is not whole or no backup',
    2: 'not done, and no file was left; with --check, FILE could not be read',
  },
  run: runBackup,
};

async function runBackup(args: Arguments, io: Io): Promise<number> {
  const [name] = args.positionals;
  const wrong = refusalOf(name, args);
  if (name === undefined || wrong !== undefined) return refuse(io, args, wrong ?? noName());
  const file = resolve(io.folder, name);
  if (!args.switches.has('check')) return write(name, file, args, io);
  const { check } = await import('./backup/check.ts');
  return check(name, file, args, io);
}

const noName = (): Refusal =>
  refusal('name the file to write, as in ./amphora backup /mnt/usb/amphora.backup; see ./amphora backup --help');

function refusalOf(name: string | undefined, { switches, texts }: Arguments): Refusal | undefined {
  if (name === undefined) return noName();
  if (!switches.has('check')) return undefined;
  if (switches.has('force')) return refusal('--check writes nothing, so that --force says nothing; leave it out');
  if (texts.has('data')) return refusal('--check looks at the file alone, so that --data says nothing; leave it out');
  return undefined;
}

async function write(name: string, file: string, args: Arguments, io: Io): Promise<number> {
  const folder = dataFolder(args.texts.get('data'), io);
  const run = await runIn(folder);
  const { writeBackup } = await import('../local/backup/write-backup.ts');
  const { backupJson, backupLines, shownBytes } = await import('./backup/report.ts');
  const written = await writeBackup({
    folder,
    file,
    isReplacing: args.switches.has('force'),
    influx: run?.influx,
    version: VERSION,
    nowMs: io.nowMs,
    signal: io.stopSignal(),
  });
  if (!written.ok) return refuse(io, args, notWritten(name, folder, written));
  if (args.switches.has('json')) {
    io.out(`${JSON.stringify({ file: name, ...backupJson(written) })}\n`);
    return 0;
  }
  const { files, bytes } = written;
  const lines = [
    `Backed up ${folder} to ${name}: ${files} files, ${shownBytes(bytes)}, read back whole.`,
    ...backupLines(written),
    'It holds the keys and passwords of the folder, so keep it as you keep those; only you can read it (0600).',
    `To restore it: ./amphora restore ${quoted(name)} --data FOLDER`,
  ];
  io.out(`${lines.join('\n')}\n`);
  return 0;
}

type NotWritten = { readonly reason: 'taken' } | { readonly reason: 'damaged'; readonly problems: readonly string[] };

function notWritten(name: string, folder: string, why: NotWritten): Refusal {
  switch (why.reason) {
    case 'taken':
      return refusal(`${name} is there already and was left as it is; name another file, or add --force to replace it`);
    case 'damaged':
      return refusal(
        `${folder} is damaged, so no backup of it was left: ${why.problems.join('; ')}. Keep the backups that you have, stop Amphora, and copy the folder as it is before you mend it`,
        1,
      );
  }
}
