/** From ./amphora add-battery to a device that is on the air, and off it again: every part is the real one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
import { within } from '../../end-to-end/until.ts';
import { runCli } from '../run-cli.ts';
import { runtimeOfFile } from './device-runtime.ts';
import { listeningFor } from './waiting.ts';

jest.setTimeout(150_000);

const { folder, mqttsPort } = runtimeOfFile();

function connected(battery: string): Promise<MqttClient> {
  const file = (name: string): Buffer => readFileSync(join(folder.path, `${battery}-device`, name));
  return connectAsync(
    `mqtts://localhost:${mqttsPort()}`,
    {
      clientId: battery,
      protocolVersion: 4,
      reconnectPeriod: 0,
      ca: file('ca.pem'),
      cert: file(`${battery}.cert.pem`),
      key: file(`${battery}.key.pem`),
    },
    false,
  );
}

describe('a battery that was added', () => {
  test('is on the air with the files that were written, and its first message is told', async () => {
    const adding = await listeningFor(folder, ['garage', '--json']);
    const device = await connected('garage');
    await device.publishAsync('battery/garage/telemetry', '{"power":3,"soc":50}', { qos: 1 });
    await device.endAsync();
    const { code, out } = await adding.done;
    const { broker, firstMessage } = JSON.parse(out);
    expect({ code, broker, firstMessage }).toMatchObject({
      code: 0,
      broker: { host: 'localhost', port: mqttsPort() },
      firstMessage: { fields: { charge: 3, soc: 50 }, stored: 'wholly' },
    });
  });

  test('is cut off when it is removed, and comes in no more', async () => {
    expect((await runCli(folder.path, ['add-battery', 'boat', '--wait', '0'])).code).toBe(0);
    const device = await connected('boat');
    const closed = new Promise<void>((resolve) => device.once('close', () => resolve()));
    expect((await runCli(folder.path, ['remove-battery', 'boat'])).code).toBe(0);
    await within('the end of the connection of a removed battery', closed, 10_000);
    await expect(connected('boat')).rejects.toThrow(/Not authorized/i);
  });
});
