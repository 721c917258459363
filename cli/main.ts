/** The process behind the launcher ./amphora: signals, streams, and the last word when something unforeseen happens. */
import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import { type Io, refusal, refuse, switchesIn } from './command.ts';
import { runCommand } from './run-command.ts';
import { start } from './start.ts';

let stopping: AbortSignal | undefined;

/** The first SIGINT or SIGTERM asks the command to end well; a second one does not wait for it. */
function stopSignal(): AbortSignal {
  if (stopping !== undefined) return stopping;
  const controller = new AbortController();
  const onSignal = (): void => (controller.signal.aborted ? process.exit(2) : controller.abort());
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  stopping = controller.signal;
  return stopping;
}

let lines: AsyncIterator<string> | undefined;

/** Standard input is opened by the first command that reads from it, and by no other. */
async function readLine(signal: AbortSignal): Promise<string | undefined> {
  lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const next = lines.next().then(({ value, done }) => (done === true ? undefined : value));
  if (signal.aborted) return undefined;
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([next, aborted]);
}

/** What nobody foresaw: one line with what to do; the stack only for those who ask. */
function unexpected(error: unknown): never {
  const message = error instanceof Error || isErrorLike(error) ? error.message : String(error);
  const sentence =
    error instanceof AmphoraError
      ? message
      : `stopped by a fault of its own: ${message}. Please report it with the command you typed; AMPHORA_DEBUG=1 before it shows where it happened.`;
  refuse(io, switchesIn(process.argv), refusal(sentence.replaceAll('\n', ' ')));
  if (process.env['AMPHORA_DEBUG'] === '1') console.error(error);
  process.exit(2);
}

function isErrorLike(error: unknown): error is { readonly message: string } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}

// A start is waited for: the table of commands would bring all the others with it, and their libraries, 60 ms.
async function commandOf(words: readonly string[]): Promise<number> {
  if (words[0] === start.name) return runCommand(start, words.slice(1), io);
  const { commandLine } = await import('./command-line.ts');
  return commandLine(words, io);
}

// Readings, keys and tokens are their owner's alone, in whatever folder they are put. 0077: no one else may do anything.
process.umask(0o077);

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
  env: process.env,
  folder: process.env['AMPHORA_CWD'] ?? process.cwd(),
  homeFolder: homedir(),
  platform: process.platform,
  nowMs: Date.now,
  newId: randomUUID,
  stopSignal,
  readLine,
};

process.on('uncaughtException', unexpected);
process.on('unhandledRejection', unexpected);
// A reader that has seen enough (`| head`) is no fault.
process.stdout.on('error', () => process.exit());
const exitCode = await commandOf(process.argv.slice(2));
process.stdout.write('', () => process.exit(exitCode));
