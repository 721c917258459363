/** One line on stderr that is written over while work goes on; nothing where nobody watches. */
import type { Io } from './command.ts';

const EVERY_MS = 200;

export type Progress = {
  readonly update: (text: () => string) => void;
  /** Clears the line, so that what is printed next starts at the left. */
  readonly clear: () => void;
};

export function progress(io: Pick<Io, 'err' | 'isTerminal' | 'nowMs'>): Progress {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return {
    update: (text) => {
      if (!io.isTerminal || io.nowMs() - shownAtMs < EVERY_MS) return;
      shownAtMs = io.nowMs();
      isShown = true;
      io.err(`\r\u001b[K${text()}`);
    },
    clear: () => {
      if (isShown) io.err('\r\u001b[K');
      isShown = false;
    },
  };
}
