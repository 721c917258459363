/** What a backup holds, for a person and for a program. */
import type { CheckedBackup } from '../../local/backup/check-backup.ts';
import { BACKUP_FORMAT } from '../../local/backup/container.ts';
import type { Damage } from '../../local/backup/read-container.ts';
import { type Refusal, refusal } from '../command.ts';
import { printable } from '../printable.ts';

export const instantOf = ({ header }: Pick<CheckedBackup, 'header'>): string =>
  new Date(header.instantMs).toISOString();

export function backupJson(checked: CheckedBackup): Readonly<Record<string, unknown>> {
  const { header, files, bytes, contents } = checked;
  const { batteries, ...counts } = contents;
  return {
    format: BACKUP_FORMAT,
    version: header.version,
    instant: instantOf(checked),
    folderFormat: header.folderFormat,
    ...(header.influx === undefined ? {} : { influx: header.influx }),
    files,
    bytes,
    // Without a database there is nothing to say about readings: not that there are none.
    ...(batteries === undefined
      ? {}
      : {
          batteries: batteries.map(({ battery, readings, firstAtMs, lastAtMs }) => ({
            battery,
            readings,
            first: new Date(firstAtMs).toISOString(),
            last: new Date(lastAtMs).toISOString(),
          })),
        }),
    ...counts,
  };
}

export function backupLines(checked: CheckedBackup): readonly string[] {
  const { contents, header } = checked;
  const { journalRecords, queued, quarantined, users, devices } = contents;
  return [
    `Everything that was acknowledged before ${instantOf(checked)} is in it.`,
    ...readingLines(checked),
    ...(header.influx === undefined ? [] : [influxLine(header.influx)]),
    `  journal         ${counted(journalRecords, 'message')}; a start stores those of them that are not stored yet`,
    `  queues          ${counted(queued, 'message')}; a start stores them`,
    `  quarantine      ${counted(quarantined, 'message')} that could not be stored`,
    `  registered      ${counted(users, 'user')}, ${counted(devices, 'device')}`,
  ];
}

function readingLines({ contents, header }: CheckedBackup): readonly string[] {
  const { batteries } = contents;
  if (batteries === undefined)
    return header.influx === undefined
      ? ['  readings        no database: if yours is InfluxDB, back it up with its own influx backup DIR']
      : [];
  if (batteries.length === 0) return ['  readings        none in its database yet'];
  const rows = batteries.map(({ battery, readings, firstAtMs, lastAtMs }) => [
    printable(battery),
    String(readings),
    `${new Date(firstAtMs).toISOString()} to ${new Date(lastAtMs).toISOString()}`,
  ]);
  const [battery = 0, readings = 0] = [0, 1].map((column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? '').length)),
  );
  return rows.map(
    ([name = '', count = '', span = '']) =>
      `  ${name.padEnd(Math.max(battery, 14))}  ${count.padStart(readings)} readings, ${span}`,
  );
}

const influxLine = ({ url, org, bucket }: NonNullable<CheckedBackup['header']['influx']>): string =>
  `  readings        NOT in this file: they are in InfluxDB at ${printable(url)}, bucket ${printable(bucket)} of ${printable(org)}; back them up with its own influx backup DIR`;

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

const NEXT = {
  // Says by itself what to use.
  newer: '',
  foreign: '; name the right file',
  cut: '; take another copy of it, or another backup',
  changed: '; take another copy of it, or another backup',
} as const satisfies Readonly<Record<Damage['kind'], string>>;

/** `name`: as it was typed. A newer format is no fault of the file: it could not be looked at. */
export const damageTold = (name: string, { kind, what }: Damage): Refusal =>
  refusal(`${name} ${what}${NEXT[kind]}`, kind === 'newer' ? 2 : 1);

export function shownBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(0)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
