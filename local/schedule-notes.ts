/**
 * How far the schedule of each failed message has come, beside the segment of the journal that holds the message:
 * 000000001.attempts beside 000000001.journal. A line is a note behind the CRC-32 of its text; the last one of a message and
 * a target counts. Nothing waits for the disk: a kill leaves what was written, and a note that a loss of power took costs a
 * try too many, never the message. For the same reason one that cannot be read is passed over.
 * A message is known by its trace id, drawn anew for each: an older program, which knows no notes, may have left some beside
 * a number that the journal has given again since.
 */
import { appendFile, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ScheduleNote } from './async-invoke.ts';

/** A message on its way to one of its targets. */
export type NoteOf = { readonly traceId: string; readonly target: string };

export type ScheduleNotes = {
  /** The newest notes of a segment. */
  readonly read: (segmentPath: string) => Promise<(of: NoteOf) => ScheduleNote | undefined>;
  /** Written with all others of its moment. */
  readonly add: (segmentPath: string, of: NoteOf, note: ScheduleNote) => Promise<void>;
  readonly remove: (segmentPath: string) => Promise<void>;
  readonly bytes: () => number;
  /** Resolves when nothing is being written. */
  readonly settled: () => Promise<void>;
};

type Line = NoteOf & ScheduleNote;
type Group = { readonly written: Promise<void>; readonly lines: Map<string, string[]> };

const NAME = /^\d{9}\.attempts$/;
const LINE = /^([0-9a-f]{8}) (\{.+\})$/;
// A newer program may know more of them.
const KINDS: readonly string[] = ['waits', 'failed', 'handed-over'] satisfies readonly ScheduleNote['kind'][];

/** Of the segments in the folder; notes of any other are removed. */
export async function openScheduleNotes(folder: string, segmentPaths: readonly string[]): Promise<ScheduleNotes> {
  const known = new Set(segmentPaths.map(fileOf));
  const sizes = new Map<string, number>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile() || !NAME.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (known.has(path)) sizes.set(path, (await stat(path)).size);
    else await rm(path, { force: true });
  }
  let gathering: Group | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function write(lines: Group['lines']): Promise<void> {
    for (const [path, ofPath] of lines) {
      // A line that a full disk or a kill has cut must not take the next one with it.
      const text = `\n${ofPath.join('\n')}\n`;
      await appendFile(path, text, { mode: 0o600 });
      sizes.set(path, (sizes.get(path) ?? 0) + Buffer.byteLength(text));
    }
  }

  function group(): Group {
    const lines: Group['lines'] = new Map();
    const written = last.then(() => {
      gathering = undefined;
      return write(lines);
    });
    // Those whose note it is hear of a failure; the next group is tried all the same.
    last = written.catch(() => undefined);
    return { written, lines };
  }

  return {
    read: async (segmentPath) => {
      const notes = await notesIn(fileOf(segmentPath));
      return (of) => notes.get(keyOf(of));
    },
    add: (segmentPath, of, note) => {
      gathering ??= group();
      const path = fileOf(segmentPath);
      const lines = gathering.lines.get(path) ?? [];
      gathering.lines.set(path, lines);
      lines.push(lineOf({ ...of, ...note }));
      return gathering.written;
    },
    remove: async (segmentPath) => {
      const path = fileOf(segmentPath);
      // As beside nearly every segment.
      if (!sizes.delete(path)) return;
      await rm(path, { force: true });
    },
    bytes: () => [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
    settled: async () => {
      await last;
    },
  };
}

const fileOf = (segmentPath: string): string => segmentPath.replace(/\.journal$/, '.attempts');
const keyOf = ({ traceId, target }: NoteOf): string => `${traceId} ${target}`;
const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

function lineOf(line: Line): string {
  const text = JSON.stringify(line);
  return `${checksumOf(text)} ${text}`;
}

async function notesIn(path: string): Promise<ReadonlyMap<string, ScheduleNote>> {
  const notes = new Map<string, ScheduleNote>();
  try {
    for (const line of (await readFile(path, 'utf8')).split('\n')) {
      const [, checksum, text = ''] = LINE.exec(line) ?? [];
      if (checksum === undefined || checksum !== checksumOf(text)) continue;
      const { traceId, target, ...note }: Line = JSON.parse(text);
      if (KINDS.includes(note.kind)) notes.set(keyOf({ traceId, target }), note);
    }
  } catch {
    // There are none, or the disk does not give them: the schedules begin anew.
  }
  return notes;
}
