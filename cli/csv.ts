/** A CSV file as records with the lines they stand on, read as a stream: it may be larger than memory. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { type Refusal, refusal } from './command.ts';

// A row of 512 cell voltages is 4 kB; more than this is a quote that nobody closed.
const MAX_RECORD_BYTES = 128 * 1024;
const OTHER_SEPARATORS = [
  [';', 'semicolons'],
  ['\t', 'tabs'],
] as const;

export type CsvReader = {
  /** The first record that is not empty; a sentence says why the file cannot be read with it. */
  readonly header: (names: readonly string[]) => string | undefined;
  /** A sentence stops the reading. */
  readonly record: (cells: readonly string[], line: number) => string | undefined;
  readonly onBytes: (read: number, total: number) => void;
};

/** `name`: the file as the person wrote it, for the sentences. */
export async function readCsv(
  file: { readonly path: string; readonly name: string },
  reader: CsvReader,
): Promise<{ readonly ok: true } | Refusal> {
  let total: number;
  try {
    const stats = await stat(file.path);
    if (stats.isDirectory()) return refusal(`${file.name} is a folder; name a CSV file`);
    total = stats.size;
  } catch (error) {
    return refusal(unreadable(file.name, error));
  }
  return records(file, total, reader);
}

async function records(
  { path, name }: { readonly path: string; readonly name: string },
  total: number,
  reader: CsvReader,
): Promise<{ readonly ok: true } | Refusal> {
  let isHeaderRead = false;
  let lastLine = 0;
  let read = 0;
  const parser = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: MAX_RECORD_BYTES,
    // Nothing is kept in the parser: the reader takes what it needs.
    on_record: (cells: readonly string[], { lines }) => {
      lastLine = lines;
      const problem = isHeaderRead ? reader.record(cells, lines) : (separatorProblem(cells) ?? reader.header(cells));
      isHeaderRead = true;
      if (problem !== undefined) throw new FileProblem(`${name}: ${problem}`);
      return null;
    },
  });
  parser.resume();
  const source = createReadStream(path);
  source.on('data', (chunk) => {
    if (read === 0 && isUtf16(chunk)) source.destroy(new FileProblem(`${name} is UTF-16 text; save it as CSV UTF-8`));
    read += chunk.length;
    reader.onBytes(read, total);
  });
  try {
    await pipeline(source, parser);
  } catch (error) {
    if (error instanceof FileProblem) return refusal(error.message, 1);
    if (error instanceof CsvError) return refusal(csvProblem(name, lastLine, error), 1);
    return refusal(unreadable(name, error));
  }
  return isHeaderRead ? { ok: true } : refusal(`${name} is empty; a header row and data rows are needed`, 1);
}

/** Ends the stream from inside; never leaves this file. */
class FileProblem extends Error {}

function separatorProblem(header: readonly string[]): string | undefined {
  const [only] = header;
  if (header.length !== 1 || only === undefined) return undefined;
  const found = OTHER_SEPARATORS.find(([separator]) => only.includes(separator));
  return found === undefined
    ? undefined
    : `the columns are separated by ${found[1]}; save it with commas (and decimal points)`;
}

function csvProblem(name: string, lastLine: number, error: CsvError): string {
  const place = `${name}, after line ${lastLine}`;
  const isOpen = error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE';
  return isOpen ? `${place}: a quote (") is opened and not closed` : `${place}: ${error.message}`;
}

function isUtf16(chunk: string | Buffer): boolean {
  const [first, second] = typeof chunk === 'string' ? [] : chunk;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function unreadable(name: string, error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
  if (code === 'ENOENT') return `there is no file ${name}`;
  if (code === 'EACCES') return `${name} may not be read (permission denied)`;
  return `${name} cannot be read (${code})`;
}
