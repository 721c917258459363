/** The runtime's own view of its database, of either kind: what the doors of this process ask that no function does. */
import { DEMO_BATTERY } from '../lambdas/batteries/battery.ts';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import { sqliteStore } from '../lambdas/store/sqlite.ts';
import type { Store } from '../lambdas/store/store.ts';
import type { InfluxChoice, StoreChoice } from './store-choice.ts';

const HEALTH_PATIENCE_MS = 1_000;

/** Of the real batteries; the simulated one is left out. */
export type Span = { readonly firstAtMs?: number; readonly lastAtMs?: number };

export type LocalStore = {
  readonly span: () => Promise<Span>;
  /** Whether a real battery has a reading. Once it has, this costs nothing. */
  readonly holdsReal: () => Promise<boolean>;
  /** What GET /health tells of the database. Waits a second at most for the network, and tells instead of failing. */
  readonly health: () => Promise<Readonly<Record<string, number | string>>>;
  /** Removes what a battery has stored. */
  readonly remove: (battery: string) => Promise<void>;
  /** True when everything that was acknowledged before the call survives a loss of power. */
  readonly checkpoint: () => boolean;
  readonly close: () => Promise<void>;
};

export async function openLocalStore(choice: StoreChoice, sqliteFile: string): Promise<LocalStore> {
  return choice.kind === 'sqlite' ? sqliteLocalStore(sqliteFile) : influxLocalStore(choice);
}

async function sqliteLocalStore(file: string): Promise<LocalStore> {
  const store = sqliteStore({ file, createIfMissing: true });
  // Asked before the functions open it: two that open a fresh database at once find it locked.
  await store.figures();
  return {
    span: store.figures,
    holdsReal: async () => (await store.figures()).firstAtMs !== undefined,
    health: async () => {
      const { stored, collided } = await store.figures();
      return { stored, collided };
    },
    remove: store.remove,
    checkpoint: () => store.checkpoint().complete,
    close: store.close,
  };
}

// Loaded here only: a start on SQLite does without the client.
async function influxLocalStore(place: InfluxChoice): Promise<LocalStore> {
  const { influxStore } = await import('../lambdas/store/influxdb.ts');
  const { influxManagement } = await import('../lambdas/store/influxdb-management.ts');
  const { identify } = await import('./influxdb-identity.ts');
  const { url, org, bucket, token } = place;
  const store = influxStore({ url, org, bucket, token: async () => token, nowMs: Date.now });
  const management = influxManagement(place);
  const span = () => spanOf(store);
  return {
    span,
    holdsReal: onceTrue(async () => (await span()).firstAtMs !== undefined),
    health: async () => {
      const { kind } = await identify(url, HEALTH_PATIENCE_MS);
      return { store: 'influxdb', database: kind === 'influxdb' ? 'ok' : 'away' };
    },
    remove: (battery) => removeFrom(place, () => management.deleteBattery(battery)),
    // A write is answered when it is in InfluxDB's own log, synced (its storage-wal-fsync-delay is 0 unless set).
    checkpoint: () => true,
    close: store.close,
  };
}

async function spanOf(store: Pick<Store, 'batteries'>): Promise<Span> {
  const real = (await store.batteries()).filter(({ id }) => id !== DEMO_BATTERY);
  if (real.length === 0) return {};
  return {
    firstAtMs: Math.min(...real.map(({ firstAtMs }) => firstAtMs)),
    lastAtMs: Math.max(...real.map(({ lastAtMs }) => lastAtMs)),
  };
}

async function removeFrom({ url }: InfluxChoice, remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (cause) {
    if (cause instanceof AmphoraError) throw cause;
    throw new AmphoraError('store-unavailable', `InfluxDB at ${url} did not remove it; try again`, {
      retry: true,
      cause,
    });
  }
}

/** Asks until the answer is yes, then never again. */
export function onceTrue(ask: () => Promise<boolean>): () => Promise<boolean> {
  let isTrue = false;
  return async () => {
    isTrue ||= await ask();
    return isTrue;
  };
}
