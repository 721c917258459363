/** The only switch on the kind of store. */
import { AmphoraError } from '../failures/amphora-error.ts';
import { sqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

export type StoreSettings = {
  readonly kind: 'sqlite' | 'influxdb';
  readonly sqliteFile?: string | undefined;
  /** For who answers from the commit alone, with no journal behind: SQLite syncs its log at each. */
  readonly isDurable?: boolean;
};

export function openStore({ kind, sqliteFile, isDurable = false }: StoreSettings): Store {
  // The bundler puts the deployed kind in the place of `process.env`, so that a bundle holds one adapter; nothing reads it
  // from the environment. Each adapter is named inside of such an `if`, for past a `return` it would stay in the bundle.
  switch (kind) {
    case 'sqlite':
      if (process.env['AMPHORA_STORE'] !== 'influxdb') {
        if (sqliteFile === undefined) throw invalid('the SQLite store needs a file; set SQLITE_FILE to its path');
        return sqliteStore({ file: sqliteFile, isDurable });
      }
      throw invalid(
        "AMPHORA_STORE is 'influxdb', so the SQLite store is left out; build with the setting store 'sqlite'",
      );
    case 'influxdb':
      return noAdapterYet();
  }
}

function noAdapterYet(): Store {
  const reject = async (): Promise<never> => {
    throw new AmphoraError(
      'store-unavailable',
      "this version of Amphora has no InfluxDB adapter yet; use the setting store 'sqlite', which the local runtime does",
      { retry: true },
    );
  };
  return {
    append: reject,
    latest: reject,
    points: reject,
    steps: reject,
    nearest: reject,
    newestTimes: reject,
    batteries: reject,
    close: async () => undefined,
  };
}

const invalid = (message: string): AmphoraError => new AmphoraError('setting-invalid', message, { retry: false });
