/** The only switch on the kind of store. */
import { AmphoraError } from '../failures/amphora-error.ts';
import { type InfluxSettings, influxAppend, influxStore } from './influxdb.ts';
import { sqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

export type StoreSettings =
  | {
      readonly kind: 'sqlite';
      readonly sqliteFile?: string | undefined;
      /** For who answers from the commit alone, with no journal behind: SQLite syncs its log at each. */
      readonly isDurable?: boolean;
    }
  | ({ readonly kind: 'influxdb' } & InfluxSettings);

export function openStore(settings: StoreSettings): Store {
  // The bundler puts the deployed kind in the place of `process.env`, so that a bundle holds one adapter; nothing reads it
  // from the environment. Each adapter is named inside of such an `if`, for past a `return` it would stay in the bundle.
  switch (settings.kind) {
    case 'sqlite':
      if (process.env['AMPHORA_STORE'] !== 'influxdb') return sqlite(settings);
      throw leftOut('sqlite', 'influxdb');
    case 'influxdb':
      if (process.env['AMPHORA_STORE'] !== 'sqlite') return influxStore(settings);
      throw leftOut('influxdb', 'sqlite');
  }
}

/** For who writes and never asks: the questions are half of the adapter, and stay out of its bundle. */
export function openAppend(settings: StoreSettings): Store['append'] {
  switch (settings.kind) {
    case 'sqlite':
      if (process.env['AMPHORA_STORE'] !== 'influxdb') return sqlite(settings).append;
      throw leftOut('sqlite', 'influxdb');
    case 'influxdb':
      if (process.env['AMPHORA_STORE'] !== 'sqlite') return influxAppend(settings);
      throw leftOut('influxdb', 'sqlite');
  }
}

function sqlite({ sqliteFile, isDurable = false }: Extract<StoreSettings, { readonly kind: 'sqlite' }>): Store {
  if (sqliteFile === undefined) throw invalid('the SQLite store needs a file; set SQLITE_FILE to its path');
  return sqliteStore({ file: sqliteFile, isDurable });
}

function leftOut(kind: string, bundled: string): AmphoraError {
  return invalid(`these functions were bundled for store '${bundled}'; bundle them with the setting store '${kind}'`);
}

const invalid = (message: string): AmphoraError => new AmphoraError('setting-invalid', message, { retry: false });
