/** What all measurements on one database share. */
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { type Figure, figure } from '../figure.ts';

export type DiskRun = {
  readonly server: InfluxAddress;
  /** So many milliseconds that no other message of this run has, the first of them. */
  readonly takeMs: (count: number) => number;
  readonly figure: (name: string, value: number, unit: string, base: number, of: string) => Figure;
};

// As many milliseconds as a run has messages, and more.
const FIRST_AGO_MS = 30 * 60_000;

/** `suffix`: of the figures' names. */
export function startRun(server: InfluxAddress, suffix: string): DiskRun {
  let freeMs = Date.now() - FIRST_AGO_MS;
  return {
    server,
    takeMs: (count) => {
      freeMs += count;
      return freeMs - count;
    },
    figure: (name, ...rest) => figure(`chain/${name}${suffix}`, ...rest),
  };
}
