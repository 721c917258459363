/** What a data folder holds that nobody has open: a backup that was unpacked, or one that was just restored. */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '../../lambdas/aws/log.ts';
import { type BatteryReadings, inspectSqlite } from '../../lambdas/store/sqlite-inspect.ts';
import { openDevices } from '../devices/device-database.ts';
import { DEVICES_FILE, USERS_FILE } from '../files/registered-files.ts';
import { openJournal } from '../journal.ts';
import { openUsers } from '../sign-in/users.ts';
import { messagesIn } from '../sqs/queue-file.ts';
import { faultsOf } from './copy-sqlite.ts';
import { isKept } from './what-goes-in.ts';

export type FolderContents = {
  /** Undefined: there is no database, and the readings are in InfluxDB or still in the journal. */
  readonly batteries: readonly BatteryReadings[] | undefined;
  /** Messages that are not stored yet. */
  readonly journalRecords: number;
  /** Messages that wait in its queues for the writer, or for a redrive. */
  readonly queued: number;
  /** Messages that could not be stored. */
  readonly quarantined: number;
  readonly users: number;
  readonly devices: number;
  /** Sentences on what cannot be read as it should. */
  readonly problems: readonly string[];
};

const STORE_FILE = 'store.sqlite';
const JOURNAL_FOLDER = 'journal';
const QUEUES_FILE = 'queues.sqlite';
// What could not be stored: a file each here, a line each in a folder of before there was a quarantine.
const KEPT_FILE = 'kept.ndjson';
const KEPT_FOLDER = 'quarantine';

/** Databases, and what is counted. Keys and passwords are not unpacked for a look. */
export const isInspected = (path: string): boolean =>
  path.endsWith('.sqlite') || INSPECTED.includes(path.split('/')[0] ?? path);

const INSPECTED = [JOURNAL_FOLDER, KEPT_FILE, KEPT_FOLDER, USERS_FILE];

export async function inspectFolder(folder: string): Promise<FolderContents> {
  const problems: string[] = [];
  const told = async <T>(name: string, without: T, look: (path: string) => T | Promise<T>): Promise<T> => {
    const path = join(folder, name);
    if (!existsSync(path)) return without;
    try {
      return await look(path);
    } catch (error) {
      // The folder is where it was unpacked; which file it is says enough.
      problems.push(`${name} cannot be used: ${messageOf(error).replaceAll(`${folder}/`, '')}`);
      return without;
    }
  };
  for (const name of databasesIn(folder))
    await told(name, undefined, (path) => void problems.push(...faultsOf(path).map((words) => `${name}: ${words}`)));
  return {
    batteries: await told<readonly BatteryReadings[] | undefined>(STORE_FILE, undefined, inspectSqlite),
    journalRecords: await told(JOURNAL_FOLDER, 0, journalRecords),
    queued: await told(QUEUES_FILE, 0, messagesIn),
    quarantined: (await told(KEPT_FILE, 0, linesOf)) + (await told(KEPT_FOLDER, 0, filesBelow)),
    users: await told(USERS_FILE, 0, (path) => openUsers(path).list().length),
    devices: await told(DEVICES_FILE, 0, registeredDevices),
    problems,
  };
}

function databasesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sqlite') && isKept(name))
    .toSorted();
}

async function journalRecords(path: string): Promise<number> {
  const { journal, left } = await openJournal(path);
  await journal.close();
  return left.count;
}

/** Whole lines: one that a crash cut in two is in the journal still. */
async function linesOf(path: string): Promise<number> {
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) if (line.endsWith('}')) count += 1;
  return count;
}

const filesBelow = (path: string): number =>
  readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

function registeredDevices(path: string): number {
  const devices = openDevices(path);
  try {
    return devices.things().length;
  } finally {
    devices.close();
  }
}
