/** What clients tried and what they were told, and what it comes to against what is stored: the seven figures. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One reading of one battery; no two of a history share battery and millisecond. */
export type Sent = { readonly battery: string; readonly atMs: number; readonly value: number };

export type Figures = {
  readonly attempted: number;
  readonly acked: number;
  readonly stored: number;
  /** Acknowledged and not stored. */
  readonly lost: number;
  /** Stored and never sent, or not as it was sent. */
  readonly unexpected: number;
  /** Stored more than once. */
  readonly duplicated: number;
  /** Stored though its acknowledgement never came. */
  readonly recovered: number;
};

export type History = {
  readonly attempt: (readings: readonly Sent[]) => void;
  readonly ack: (readings: readonly Sent[]) => void;
  readonly note: (event: string) => void;
  readonly attempted: () => number;
  readonly acked: () => number;
  readonly figures: (stored: readonly Sent[]) => Figures;
  /** Writes all of it to a file, whose path it gives. */
  readonly save: (name: string, stored: readonly Sent[]) => string;
};

const keyOf = ({ battery, atMs }: Sent): string => `${battery}@${atMs}`;

export function history(nowMs: () => number): History {
  const attempted = new Map<string, number>();
  const acked = new Set<string>();
  const lines: string[] = [];
  const startMs = nowMs();
  const write = (event: string, readings: readonly Sent[] = []): void => {
    const about = readings.map(({ battery, atMs, value }) => [battery, atMs, value]);
    lines.push(JSON.stringify([nowMs() - startMs, event, ...about]));
  };
  return {
    attempt: (readings) => {
      for (const reading of readings) attempted.set(keyOf(reading), reading.value);
      write('attempt', readings);
    },
    ack: (readings) => {
      for (const reading of readings) acked.add(keyOf(reading));
      write('ack', readings);
    },
    note: (event) => write(event),
    attempted: () => attempted.size,
    acked: () => acked.size,
    figures: (stored) => {
      const keys = new Set(stored.map(keyOf));
      return {
        attempted: attempted.size,
        acked: acked.size,
        stored: keys.size,
        lost: [...acked].filter((key) => !keys.has(key)).length,
        unexpected: stored.filter((reading) => attempted.get(keyOf(reading)) !== reading.value).length,
        duplicated: stored.length - keys.size,
        recovered: [...keys].filter((key) => attempted.has(key) && !acked.has(key)).length,
      };
    },
    save: (name, stored) => {
      const path = join(tmpdir(), `${name}.ndjson`);
      writeFileSync(
        path,
        `${[...lines, ...stored.map((reading) => JSON.stringify(['stored', reading]))].join('\n')}\n`,
      );
      return path;
    },
  };
}
