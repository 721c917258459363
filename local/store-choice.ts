/** Which database a run of the local runtime stores in. */
import type { InfluxAddress } from '../lambdas/store/influxdb-management.ts';

export type StoreChoice =
  | { readonly kind: 'sqlite' }
  | ({
      readonly kind: 'influxdb';
      /** The file that the token was read from, for the commands that are told; absent: INFLUX_TOKEN. */
      readonly tokenFile?: string;
    } & InfluxAddress);

export type InfluxChoice = Extract<StoreChoice, { readonly kind: 'influxdb' }>;

/** Where it is, as it may be told to anybody: without the token. */
export type InfluxPlace = Pick<InfluxAddress, 'url' | 'org' | 'bucket'>;
