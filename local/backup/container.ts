/** The form of a backup file; why it is one of our own stands in container.md. */
import { createHash } from 'node:crypto';
import type { InfluxPlace } from '../store-choice.ts';

/** Raised by one whenever an older program could not read the file any more. The first two lines stay in every format. */
export const BACKUP_FORMAT = 1;

export const MAGIC = 'AMPHORA-BACKUP';
export const NEWLINE = 0x0a;

export type BackupHeader = {
  /** Of the Amphora that wrote it. */
  readonly version: string;
  /** What was acknowledged before it is in the file. Milliseconds since 1970. */
  readonly instantMs: number;
  /** `format` of the data folder. */
  readonly folderFormat: number;
  /** Where the readings are that this file does not have. */
  readonly influx?: InfluxPlace;
};

export type BackupEntry = {
  /** Below the data folder, with / between its parts. */
  readonly path: string;
  readonly bytes: number;
};

export type BackupWriter = {
  /** The chunks have exactly as many bytes as the entry says. */
  readonly add: (entry: BackupEntry, chunks: AsyncIterable<Buffer>) => Promise<void>;
  readonly finish: () => Promise<void>;
};

export async function backupWriter(
  write: (chunk: Buffer) => Promise<void>,
  header: BackupHeader,
): Promise<BackupWriter> {
  const whole = createHash('sha256');
  let entries = 0;
  const put = async (chunk: Buffer): Promise<void> => {
    whole.update(chunk);
    await write(chunk);
  };
  const line = (text: string): Promise<void> => put(Buffer.from(`${text}\n`));
  await line(`${MAGIC} ${BACKUP_FORMAT}`);
  const { instantMs, ...about } = header;
  await line(JSON.stringify({ ...about, instant: new Date(instantMs).toISOString() }));
  return {
    add: async (entry, chunks) => {
      await line(JSON.stringify(entry));
      const own = createHash('sha256');
      for await (const chunk of chunks) {
        own.update(chunk);
        await put(chunk);
      }
      await line(own.digest('hex'));
      entries += 1;
    },
    finish: async () => {
      await line(JSON.stringify({ entries }));
      await write(Buffer.from(`${whole.digest('hex')}\n`));
    },
  };
}

/** The format that the first line says; undefined: the file is none of ours. */
export function formatIn(line: string): number | undefined {
  const [, digits] = /^AMPHORA-BACKUP (\d{1,6})$/.exec(line) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Undefined: it is no header. */
export function headerIn(line: string): BackupHeader | undefined {
  const { version, instant, folderFormat, influx } = membersOf(line);
  const instantMs = typeof instant === 'string' ? Date.parse(instant) : Number.NaN;
  if (typeof version !== 'string' || Number.isNaN(instantMs) || !isCount(folderFormat)) return undefined;
  const place = influxIn(influx);
  return { version, instantMs, folderFormat, ...(place === undefined ? {} : { influx: place }) };
}

function influxIn(value: unknown): InfluxPlace | undefined {
  const { url, org, bucket }: Readonly<Record<string, unknown>> = { ...Object(value) };
  return typeof url === 'string' && typeof org === 'string' && typeof bucket === 'string'
    ? { url, org, bucket }
    : undefined;
}

/** What the line before a content, or before the end, says. Undefined: neither. */
export function headIn(line: string): BackupEntry | { readonly entries: number } | undefined {
  const { path, bytes, entries } = membersOf(line);
  if (typeof path === 'string' && isInside(path) && isCount(bytes)) return { path, bytes };
  return path === undefined && isCount(entries) ? { entries } : undefined;
}

function membersOf(line: string): Readonly<Record<string, unknown>> {
  try {
    return { ...Object(JSON.parse(line)) };
  } catch {
    return {};
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Nobody's backup writes anywhere but below the folder that it is restored into. */
const isInside = (path: string): boolean =>
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
