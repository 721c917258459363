/** The table of commands, and what they have in common: help, version, what is unknown. */
import { VERSION } from '../lambdas/api/version.ts';
import { addBattery } from './add-battery.ts';
import { audit } from './audit.ts';
import { backup } from './backup.ts';
import { type Command, type Io, refusal, refuse, switchesIn } from './command.ts';
import { cost } from './cost.ts';
import { doctor } from './doctor.ts';
import { helpText, overview } from './help.ts';
import { listBatteries } from './list-batteries.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { migrateBucket } from './migrate-bucket.ts';
import { quarantine } from './quarantine.ts';
import { redrive } from './redrive.ts';
import { removeBattery } from './remove-battery.ts';
import { replay } from './replay.ts';
import { restore } from './restore.ts';
import { runCommand } from './run-command.ts';
import { simulate } from './simulate.ts';
import { start } from './start.ts';
import { closest } from './suggest.ts';
import { token } from './token.ts';
import { user } from './user.ts';

export const COMMANDS: readonly Command[] = [
  start,
  simulate,
  replay,
  addBattery,
  listBatteries,
  removeBattery,
  user,
  login,
  token,
  logout,
  doctor,
  backup,
  restore,
  audit,
  quarantine,
  redrive,
  migrateBucket,
  cost,
];

/** The words behind ./amphora to an exit code. */
export async function commandLine(words: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined || first === 'help') return help(rest[0], first === undefined, io);
  if (first === '--help' || first === '-h') return help(undefined, false, io);
  if (first === '--version' || first === 'version') return printVersion(rest, io);
  const command = COMMANDS.find(({ name }) => name === first);
  return command === undefined ? refuseUnknown(first, words, io) : runCommand(command, rest, io);
}

function help(name: string | undefined, isMistake: boolean, io: Io): number {
  if (name === undefined) {
    (isMistake ? io.err : io.out)(overview(COMMANDS, VERSION));
    return isMistake ? 2 : 0;
  }
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) return refuseUnknown(name, [], io);
  io.out(helpText(command));
  return 0;
}

function refuseUnknown(word: string, words: readonly string[], io: Io): number {
  const names = COMMANDS.map(({ name }) => name);
  const close = closest(word, names);
  const hint = close === undefined ? `there are ${names.join(', ')}.` : `did you mean ./amphora ${close}?`;
  const what = word.startsWith('-') ? 'flag' : 'command';
  return refuse(io, switchesIn(words), refusal(`unknown ${what} '${word}'; ${hint} See ./amphora --help`));
}

function printVersion(words: readonly string[], io: Io): number {
  io.out(words.includes('--json') ? `${JSON.stringify({ version: VERSION })}\n` : `${VERSION}\n`);
  return 0;
}
