/** A look at a store's file that nobody else has open: what it holds, counted row by row, and not by the counters kept in it. */
import { DatabaseSync } from 'node:sqlite';
import { storeError, unavailable } from './sqlite-errors.ts';
import { SCHEMA_VERSION } from './sqlite-schema.ts';
import { numberIn, textIn } from './sqlite-statements.ts';

export type BatteryReadings = {
  readonly battery: string;
  /** Samples, whatever measurements they are in. */
  readonly readings: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
};

// Battery by battery, and the few with several series apart: only those have to be sorted out.
const BATTERIES = 'SELECT battery, count(*) AS series, min(id) AS id FROM series GROUP BY battery ORDER BY battery';
const OF_ONE_SERIES = `SELECT count(*) AS readings, min(ms) AS first_ms, max(ms) AS last_ms FROM value
  WHERE series = ? AND field = 0`;
const OF_SEVERAL = `SELECT count(*) AS readings, min(ms) AS first_ms, max(ms) AS last_ms FROM
  (SELECT DISTINCT ms, nanos FROM value WHERE series IN (SELECT id FROM series WHERE battery = ?) AND field = 0)`;

/** By battery; one of which everything was removed is left out. Throws an AmphoraError when the file is no store. */
export function inspectSqlite(file: string): readonly BatteryReadings[] {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    return readingsIn(database, file);
  } catch (error) {
    throw storeError(error, file);
  } finally {
    database?.close();
  }
}

function readingsIn(database: DatabaseSync, file: string): readonly BatteryReadings[] {
  const version = numberIn(database.prepare('PRAGMA user_version').get(), 'user_version');
  if (version !== SCHEMA_VERSION)
    throw unavailable(`the database ${file} has format ${version}, and this Amphora knows ${SCHEMA_VERSION}`);
  const [ofOne, ofSeveral] = [database.prepare(OF_ONE_SERIES), database.prepare(OF_SEVERAL)];
  return database
    .prepare(BATTERIES)
    .all()
    .map((row) => {
      const battery = textIn(row, 'battery');
      return { battery, row: numberIn(row, 'series') === 1 ? ofOne.get(numberIn(row, 'id')) : ofSeveral.get(battery) };
    })
    .filter(({ row }) => numberIn(row, 'readings') > 0)
    .map(({ battery, row }) => ({
      battery,
      readings: numberIn(row, 'readings'),
      firstAtMs: numberIn(row, 'first_ms'),
      lastAtMs: numberIn(row, 'last_ms'),
    }));
}
