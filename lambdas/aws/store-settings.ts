/** Which store a function opens, and with what: as it was bundled and deployed. */
import type { StoreSettings } from '../store/open-store.ts';
import { env } from './env.ts';
import { secretToken } from './secret-token.ts';

type Options = {
  readonly nowMs: () => number;
  /** For who answers from the commit alone. */
  readonly isDurable?: boolean;
  /** For who counts what is there. */
  readonly isExact?: boolean;
  /** For who has more time than most. */
  readonly times?: InfluxSettings['times'];
};

export function storeSettings({ nowMs, isDurable = false, isExact = false, times = {} }: Options): StoreSettings {
  // Replaced by the bundler, so that the functions of the SQLite store carry no signer.
  if (process.env['AMPHORA_STORE'] !== 'sqlite') return { ...influxSettings(nowMs), isExact, times };
  return { kind: 'sqlite', sqliteFile: env.sqliteFile(), isDurable };
}

type InfluxSettings = Extract<StoreSettings, { readonly kind: 'influxdb' }>;

function influxSettings(nowMs: () => number): InfluxSettings {
  const given = env.influxToken();
  return {
    kind: 'influxdb',
    nowMs,
    url: env.influxUrl(),
    org: env.influxOrg(),
    bucket: env.influxBucket(),
    token: given === undefined ? secretToken(env.influxTokenSecret(), nowMs) : () => Promise.resolve(given),
  };
}
