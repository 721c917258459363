/** An Amphora that runs, on whichever target: what every one of them has, spoken to through its doors only. */
import type { Device, DeviceOptions } from './devices.ts';
import type { Client } from './http.ts';

export type KeptRecord = {
  readonly reason: string;
  readonly original: string;
  readonly topic: string;
  readonly clientId: string | null;
  readonly receivedAt: number;
};

/** How many samples are stored, those of the battery `demo` left out, and how many messages are kept. */
export type Counts = { readonly stored: number; readonly kept: number };

export type Amphora = Client & {
  /** Where its API begins. */
  readonly url: string;
  /** Of its IoT data plane, for the AWS SDK. */
  readonly iotEndpoint: string;
  /** An id that its IoT data plane takes requests of. */
  readonly iotAccessKeyId: string;
  /** By which `./amphora replay` and `simulate` send to it. */
  readonly sendFlags: readonly string[];
  /** Connected to its broker. */
  readonly device: (options?: DeviceOptions) => Promise<Device>;
  /** Resolves when everything that was accepted is stored or kept. */
  readonly drained: () => Promise<Counts>;
  /** What could not be stored, in the order in which it was kept. */
  readonly kept: () => Promise<readonly KeptRecord[]>;
  /** The lines of its log that tell of this event. */
  readonly logged: (event: string) => Promise<readonly string[]>;
  /** While the work runs, there is no database. */
  readonly withoutStore: <T>(work: () => Promise<T>) => Promise<T>;
  /** What its errors call the database. */
  readonly storeName: string;
};
