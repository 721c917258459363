/** The same readings by `@influxdata/influxdb-client`'s own WriteApi, with its defaults: what a stack of this shape uses. */
import { InfluxDB, Point, setLogger } from '@influxdata/influxdb-client';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { storedSamples } from '../end-to-end/influx-bucket.ts';

export type WriteApiPeer = {
  readonly write: (count: number) => void;
  /** Closes it as its documentation says, and counts what the database has. */
  readonly settle: () => Promise<{ readonly attempted: number; readonly stored: number; readonly lost: number }>;
  /** Whatever it still holds is dropped. */
  readonly close: () => Promise<void>;
};

export function writeApiPeer(address: InfluxAddress): WriteApiPeer {
  const { url, org, bucket, token } = address;
  // It tells of each batch that it gives up, on the console.
  setLogger({ error: () => {}, warn: () => {} });
  const api = new InfluxDB({ url, token }).getWriteApi(org, bucket, 'ms');
  const fromMs = Date.now() - 3_600_000;
  let attempted = 0;
  const close = (): Promise<void> => api.close().catch(() => {});
  return {
    write: (count) => {
      for (let i = 0; i < count; i++, attempted++) {
        api.writePoint(
          new Point('battery')
            .tag('battery', 'peer')
            .floatField('charge', attempted / 8)
            .timestamp(fromMs + attempted),
        );
      }
    },
    settle: async () => {
      await close();
      const stored = await storedSamples(address);
      return { attempted, stored, lost: attempted - stored };
    },
    close,
  };
}
