/** An Amphora that runs, on whichever target: what every one of them has, spoken to through its doors only. */
import type { IoTDataPlaneClientConfig } from '@aws-sdk/client-iot-data-plane';
import type { Device, DeviceOptions } from './devices.ts';
import type { Client } from './http.ts';

export type KeptRecord = {
  readonly reason: string;
  readonly original: string;
  readonly topic: string;
  readonly clientId: string | null;
  readonly receivedAt: number;
  readonly quarantinedAt: number;
};

/** In which they were kept. */
export const inOrder = (a: KeptRecord, b: KeptRecord): number =>
  a.quarantinedAt - b.quarantinedAt || a.receivedAt - b.receivedAt;

/** How many samples are stored, those of the battery `demo` left out, and how many messages are in quarantine. */
export type Counts = { readonly stored: number; readonly kept: number };

export type Amphora = Client & {
  /** Where its API begins. */
  readonly url: string;
  /** Of a client of its IoT data plane. */
  readonly iot: IoTDataPlaneClientConfig;
  /** By which `./amphora replay` and `simulate` send to it. */
  readonly sendFlags: readonly string[];
  readonly sendEnv: Readonly<Record<string, string>>;
  /** Connected to its broker. */
  readonly device: (options?: DeviceOptions) => Promise<Device>;
  /** Resolves when everything that was accepted is stored or in quarantine. */
  readonly drained: () => Promise<Counts>;
  /** What could not be stored, in the order in which it was kept. */
  readonly kept: () => Promise<readonly KeptRecord[]>;
  /** The lines of its log that tell of this event. */
  readonly logged: (event: string) => Promise<readonly string[]>;
};

/** One whose database the tests can take away. */
export type BreakableAmphora = Amphora & {
  /** While the work runs, there is no database. */
  readonly withoutStore: <T>(work: () => Promise<T>) => Promise<T>;
  /** What its errors call the database. */
  readonly storeName: string;
};
