/** What the scripts that run until they are stopped have in common: flags, Ctrl-C, and a sentence with exit code 2. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import { refused } from './refused.ts';

/** The flags as typed, or the sentence that says which one is wrong. */
export function flagsOf<const Options extends NonNullable<ParseArgsConfig['options']>>(
  options: Options,
  script: string,
) {
  try {
    return parseArgs({ options }).values;
  } catch (cause) {
    // Node's sentence, without the advice that follows it.
    const node = cause instanceof Error ? (cause.message.split(/\.\s/)[0] ?? '') : String(cause);
    throw refused(`${ownWords(options) ?? node}; npm run ${script} -- --help tells the flags`, cause);
  }
}

/** What is wrong with the words as typed, where it can be said better than Node does. */
function ownWords(options: NonNullable<ParseArgsConfig['options']>): string | undefined {
  const { tokens } = parseArgs({ options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'option') {
      const option = options[token.name];
      if (option === undefined) return undefined;
      const isFlag = /^-./.test(token.value ?? '') && token.inlineValue === false;
      if (option.type === 'string' && (token.value === undefined || isFlag)) return `${token.rawName} needs a value`;
    }
    if (token.kind === 'positional') {
      const { value } = token;
      const isSetting = 'context' in options && /^[^=\s]+=/.test(value);
      return isSetting ? `a setting needs -c: -c ${shellWord(value)}` : `unexpected argument '${value}'`;
    }
  }
  return undefined;
}

/** The command as it was typed, to be typed again. */
export function typedAgain(script: string): string {
  return ['npm run', script, '--', ...process.argv.slice(2).map(shellWord)].join(' ');
}

// As local/shell-word.ts does it: `local` imports scripts, so none of them may import `local`.
const shellWord = (text: string): string =>
  /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

export function portOf(flag: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw refused(`${flag} is '${text}', but must be a port: 1 to 65535, or 0 for any that is free`);
}

export function httpAddress(name: string, text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '') return text.replace(/\/+$/, '');
  throw refused(`${name} is '${text}', but must be an http or https address, with its port, without user`);
}

// A Ctrl-C comes twice: from the terminal, and from npm, which hands on what it got.
const SAME_SIGNAL_MS = 500;

/** Aborted by the first SIGINT, SIGTERM or SIGHUP; a later one ends the process without waiting. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAtMs = Number.POSITIVE_INFINITY;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (performance.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(2);
      firstAtMs = Math.min(firstAtMs, performance.now());
      controller.abort(refused('stopped as asked; the same command typed again goes on from there'));
    });
  }
  return controller.signal;
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

/** Runs it; a refusal becomes one sentence on stderr and exit code 2. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  await command().catch((error: unknown) => {
    if (!(error instanceof AmphoraError)) throw error;
    process.stderr.write(`amphora: ${error.message}\n`);
    process.exitCode = 2;
  });
}
