/** The command line in this process, for what needs no process of its own: a person at a terminal, with this environment. */
import type { Io } from '../../cli/command.ts';
import { commandLine } from '../../cli/command-line.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { terminal } from './logging-in.ts';
import type { Folder, Ran } from './run-cli.ts';
import type { SignInPeer } from './sign-in-peer.ts';

export type Typing = {
  /** What is typed when a line is asked for, in turn; then the input ends. Told what was printed so far. */
  readonly lines?: (err: string) => Promise<readonly string[]>;
  readonly env?: Readonly<Record<string, string>>;
  /** Of this machine's clock against the true time. */
  readonly clockAheadMs?: number;
  /** Whether a person watches stderr. Default: nobody does. */
  readonly isTerminal?: boolean;
  /** Aborts when Ctrl-C is typed. */
  readonly stop?: AbortSignal;
};

export async function runHere(folder: Folder, words: readonly string[], typing: Typing = {}): Promise<Ran> {
  const { lines, env = {}, clockAheadMs = 0, isTerminal = false, stop = new AbortController().signal } = typing;
  const texts = { out: '', err: '' };
  let waiting: string[] | undefined;
  const io: Io = {
    out: (text) => (texts.out += text),
    err: (text) => (texts.err += text),
    isTerminal,
    env: { AMPHORA_DATA: `${folder.path}/data`, ...terminal(folder), ...env },
    folder: folder.path,
    homeFolder: folder.path,
    platform: 'linux',
    nowMs: () => Date.now() + clockAheadMs,
    newId: () => 'id',
    stopSignal: () => stop,
    readLine: async () => {
      waiting ??= [...((await lines?.(texts.err)) ?? [])];
      return waiting.shift();
    },
  };
  try {
    return { code: await commandLine(words, io), ...texts };
  } catch (error) {
    // As cli/main.ts says it.
    if (!(error instanceof AmphoraError)) throw error;
    return { code: 2, out: texts.out, err: `${texts.err}amphora: ${error.message}\n` };
  }
}

/** What is pasted into `login --no-browser` by somebody who signs in at the peer. */
export const pasted =
  (peer: SignInPeer) =>
  async (err: string): Promise<readonly string[]> => [
    await peer.browse(/^ {2}(http\S+\/oauth2\/authorize\S+)$/m.exec(err)?.[1] ?? ''),
  ];

export async function loginHere(folder: Folder, peer: SignInPeer, typing: Typing = {}): Promise<Ran> {
  return runHere(folder, ['login', peer.pageUrl, '--no-browser'], { lines: pasted(peer), ...typing });
}
