/** Which fields each battery has, and how far back its newest values were found, remembered so that not every question asks. */
import { flux, fluxExpression } from '@influxdata/influxdb-client';
import type { InfluxConnection } from './influxdb-connection.ts';
import { allTime, askFlux, fluxFilter } from './influxdb-flux.ts';
import type { Point } from './store.ts';

export type FieldMemory = {
  /** Every field of measurement `battery` that this battery ever had. */
  readonly of: (battery: string) => Promise<Fields>;
  /** Points of these batteries were written: they may have fields that are not known yet. */
  readonly forget: (points: readonly Point[]) => void;
};

/** By name, the window in which the newest value was found the last time: an index that only `latest` gives a meaning. */
export type Fields = Map<string, number>;

// Who writes through another environment is heard of after this long. A field is new once in a battery's life.
const KNOWN_FOR_MS = 60_000;
const MAX_BATTERIES = 1_000;

type Known = { readonly fields: Fields; readonly untilMs: number };

export function fieldMemory(connection: InfluxConnection): FieldMemory {
  const knownByBattery = new Map<string, Known>();
  return {
    of: async (battery) => {
      const known = knownByBattery.get(battery);
      if (known !== undefined && performance.now() < known.untilMs) return known.fields;
      const names = await askFields(connection, battery);
      const fields: Fields = new Map(names.map((name) => [name, known?.fields.get(name) ?? 0]));
      if (knownByBattery.size >= MAX_BATTERIES) knownByBattery.clear();
      knownByBattery.set(battery, { fields, untilMs: performance.now() + KNOWN_FOR_MS });
      return fields;
    },
    forget: (points) => {
      for (const { measurement, battery, fields } of points) {
        const known = measurement === 'battery' ? knownByBattery.get(battery) : undefined;
        const isNew = known !== undefined && Object.keys(fields).some((name) => !known.fields.has(name));
        if (isNew) knownByBattery.set(battery, { fields: known.fields, untilMs: 0 });
      }
    },
  };
}

async function askFields(connection: InfluxConnection, battery: string): Promise<readonly string[]> {
  const predicate = fluxExpression(`(r) => ${fluxFilter(battery)}`);
  const { start, stop } = allTime;
  const rows = await askFlux(
    connection,
    flux`import "influxdata/influxdb/schema"
schema.fieldKeys(bucket: ${connection.bucket}, start: ${start}, stop: ${stop}, predicate: ${predicate})`,
  );
  return rows.map(({ cells }) => cells['_value'] ?? '').sort();
}
