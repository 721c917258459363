/** Bad networks between devices and the broker, and between clients and the API: both at the same time. */
import { test } from '@jest/globals';
import { startLocal } from '../end-to-end/local.ts';
import { CHAOS_MS, proveThrough } from './chaos-run.ts';

// The doors know nothing of the mode: what is behind the journal is not on these lines.
test(
  'a network that is late, resets, loses one end, trickles or swallows loses nothing between device, client and server',
  () =>
    proveThrough('before the doors', 'direct', async (lineTo) => {
      const amphora = await startLocal({ ingest: 'direct' });
      return { amphora, port: await lineTo(amphora.port), mqttPort: await lineTo(amphora.mqttPort) };
    }),
  CHAOS_MS,
);
