import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LOOPBACK_PLACE } from '../../../local/access/listen-place.ts';
import { startBroker } from '../../../local/broker.ts';
import { openDeviceDoor } from '../../../local/device-auth/device-door.ts';
import { type Listening, listen } from '../../../local/listen.ts';
import { listenForMqtt } from '../../../local/mqtt-listeners.ts';
import { IOT_ARN_PREFIX } from '../../../local/template.ts';
import { recordedLog } from '../recorded-log.ts';
import { inTempFolder } from '../temp-folder.ts';

const taken = (): Promise<Listening> => listen(createServer(), '127.0.0.1', 0, '');

describe('a start of the broker that finds a port taken', () => {
  test.each(['--mqtt-port', '--mqtts-port'])('of %s says so, and leaves neither the registry nor a port open', (flag) =>
    inTempFolder(async (path) => {
      const { log } = recordedLog();
      const folder = { file: (name: string) => join(path, name) };
      const devices = await openDeviceDoor({ folder, policies: [], arnPrefix: IOT_ARN_PREFIX, beyond: undefined, log });
      const broker = await startBroker({ accept: async () => {}, log, nowMs: Date.now });
      const [other, free] = [await taken(), await taken()];
      await free.close();
      const [mqttPort, mqttsPort] = flag === '--mqtt-port' ? [other.port, free.port] : [free.port, other.port];
      try {
        const start = listenForMqtt({
          broker,
          place: LOOPBACK_PLACE,
          mqttPort,
          deviceAuth: { mqttsPort },
          access: undefined,
          devices,
          log,
        });
        await expect(start).rejects.toThrow(flag);
        expect(() => devices.isDevice('boat')).toThrow(/finalized|not open/);
        const again = await listen(createServer(), '127.0.0.1', free.port, '');
        await again.close();
      } finally {
        await other.close();
        await broker.close();
      }
    }),
  );
});
