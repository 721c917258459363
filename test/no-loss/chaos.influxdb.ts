/** A bad network between the writer and a real InfluxDB, message by message and by the batch: both at the same time. */
import { test } from '@jest/globals';
import { startLocal } from '../end-to-end/local.ts';
import { INGEST_MODES } from '../end-to-end/target.ts';
import { CHAOS_MS, proveThrough } from './chaos-run.ts';
import { newFolder, throughPort } from './on-influxdb.ts';
import { againFlags } from './proof.ts';

test.concurrent.each(INGEST_MODES)(
  '%s mode: a network that is late, resets, loses one end, trickles or swallows loses nothing between writer and database',
  (ingest) =>
    proveThrough('before InfluxDB', ingest, async (lineTo) => {
      const { address, dataDir } = await newFolder();
      const flags = [
        '--no-demo',
        ...throughPort(await lineTo(Number(new URL(address.url).port))),
        ...againFlags(ingest),
      ];
      const amphora = await startLocal({ dataDir, ingest, flags });
      return { amphora, port: amphora.port, mqttPort: amphora.mqttPort };
    }),
  CHAOS_MS,
);
