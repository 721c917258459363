/** What a command is, and how its words are read. One file a command exports `{ name, summary, run }`. */
import { parseArgs } from 'node:util';
import { printable } from './printable.ts';
import { closest } from './suggest.ts';

/** 0 done; 1 a problem was found in what was given; 2 it could not be done or looked at. */
export type ExitCode = 0 | 1 | 2;

export type Flag = {
  readonly name: string;
  /** What stands for the value in the help; absent: a switch. */
  readonly value?: string;
  readonly meaning: string;
  /** As printed; what it does is the command's business. */
  readonly byDefault?: string;
  /** Why there is no such flag, for one that many will try; the help does not show it. */
  readonly refused?: string;
};

export type Command = {
  readonly name: string;
  readonly summary: string;
  /** Behind `./amphora <name>`. */
  readonly usage: string;
  /** How many arguments besides flags it takes. */
  readonly positionals: 0 | 1 | 2 | 'any';
  readonly flags: readonly Flag[];
  /** More that must be known, as sentences. */
  readonly notes: readonly string[];
  readonly example: string;
  readonly exitCodes: Readonly<Record<ExitCode, string>>;
  readonly run: (args: Arguments, io: Io) => Promise<number>;
};

export type Arguments = {
  readonly positionals: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
  readonly switches: ReadonlySet<string>;
};

/** Everything of the outside that a command may touch; cli/main.ts makes it. */
export type Io = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether a person watches stderr, so that a line may be written over. */
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative file names are taken from here. */
  readonly folder: string;
  readonly homeFolder: string;
  readonly platform: string;
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Aborts at the first SIGINT or SIGTERM; a command that does not look at it is ended by the signal. */
  readonly stopSignal: () => AbortSignal;
  /** The next line that is typed or piped in; undefined at the end of it, or when the signal aborts. */
  readonly readLine: (signal: AbortSignal) => Promise<string | undefined>;
};

/** A sentence for the person, and the exit code it ends with. */
export type Refusal = { readonly ok: false; readonly sentence: string; readonly exitCode: 1 | 2 };

export const refusal = (sentence: string, exitCode: 1 | 2 = 2): Refusal => ({ ok: false, sentence, exitCode });

const COMMON_FLAGS: readonly Flag[] = [
  { name: 'json', meaning: 'one JSON object on stdout instead of sentences; what went wrong is its member `error`' },
  { name: 'help', meaning: 'this text' },
];

/** Those that are to be shown. */
export const allFlags = (command: Pick<Command, 'flags'>): readonly Flag[] =>
  [...command.flags, ...COMMON_FLAGS].filter(({ refused }) => refused === undefined);

/** The words behind the command's name to arguments, or the sentence that says what is wrong with them. */
export function parseArguments(
  command: Command,
  words: readonly string[],
): ({ readonly ok: true } & Arguments) | Refusal {
  const flags = [...command.flags, ...COMMON_FLAGS];
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      flags.map((flag) => [flag.name, { type: flag.value === undefined ? 'boolean' : 'string' }]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const texts = new Map<string, string>();
  const switches = new Set<string>();
  const positionals: string[] = [];
  const refuse = (sentence: string): Refusal => refusal(`${sentence}; see ./amphora ${command.name} --help`);
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name } = token;
    const flag = flags.find((known) => known.name === name);
    if (flag === undefined) return refuse(`unknown flag ${token.rawName}${didYouMean(name, allFlags(command))}`);
    if (flag.refused !== undefined) return refusal(flag.refused);
    if (flag.value === undefined) {
      if (token.value !== undefined) return refuse(`--${name} takes no value, '${token.value}' was given`);
      switches.add(name);
    } else {
      const isMissing = token.value === undefined || token.value === '' || token.value.startsWith('--');
      if (isMissing) return refuse(`--${name} needs a value: --${name} ${flag.value}`);
      texts.set(name, token.value ?? '');
    }
  }
  if (command.positionals !== 'any' && positionals.length > command.positionals) {
    return refuse(`'${positionals[command.positionals] ?? ''}' is one argument too many`);
  }
  return { ok: true, positionals, texts, switches };
}

function didYouMean(name: string, flags: readonly Flag[]): string {
  const close = closest(
    name,
    flags.map((flag) => flag.name),
  );
  return close === undefined ? '' : `; did you mean --${close}?`;
}

/** Says what was refused, on stderr for a person and with `--json` on stdout for a program; gives the exit code. */
export function refuse(
  io: Pick<Io, 'out' | 'err'>,
  args: Pick<Arguments, 'switches'>,
  { sentence, exitCode }: Refusal,
  more: Readonly<Record<string, unknown>> = {},
): ExitCode {
  // Whoever's words are in it.
  const error = printable(sentence);
  io.err(`amphora: ${error}\n`);
  if (args.switches.has('json')) io.out(`${JSON.stringify({ ...more, error })}\n`);
  return exitCode;
}

/** Before the words are understood, only whether the answer is to be JSON. */
export const switchesIn = (words: readonly string[]): Pick<Arguments, 'switches'> => ({
  switches: new Set(words.includes('--json') ? ['json'] : []),
});
