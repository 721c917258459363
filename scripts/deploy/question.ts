/** Asks the person at the terminal, once, before something is changed. */
import { createInterface } from 'node:readline/promises';
import { refused } from '../refused.ts';

/** Resolves when the answer is yes; anything else ends the command with nothing changed. */
export type Confirm = (question: string) => Promise<void>;

export type Asking = {
  /** `--yes`: nobody is asked. */
  readonly isAgreed: boolean;
  readonly signal: AbortSignal;
};

export function confirmer({ isAgreed, signal }: Asking): Confirm {
  return async (question) => {
    if (isAgreed) return;
    if (!process.stdin.isTTY || !process.stdout.isTTY)
      throw refused(
        `nobody is at a terminal to answer '${question}'; nothing more was changed. Type it again with --yes`,
      );
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
      const answer = await terminal.question(`${question} (y/N) `, { signal }).catch((cause: unknown) => {
        signal.throwIfAborted();
        // Ctrl-C and Ctrl-D: they are keys like any other while a line is read, and no signal.
        process.stdout.write('\n');
        throw refused('not answered; nothing more was changed', cause);
      });
      if (!/^\s*y(es)?\s*$/i.test(answer)) throw refused('not answered with yes; nothing more was changed');
    } finally {
      terminal.close();
    }
  };
}
