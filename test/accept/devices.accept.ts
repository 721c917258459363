/** A device with a certificate of this run, at the account's own broker. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import mqtt from 'mqtt';
import { iotEndpoint } from '../../cloud/iot-endpoint.ts';
import { until, within } from '../end-to-end/until.ts';
import { IS_EMULATOR, own, RUN, topicRoot } from './run.ts';
import { type RunDevice, removeDevice, runDevice } from './run-device.ts';
import { stackClient } from './stack-in-use.ts';

const TEST_MS = 120_000;
const SHOWN_MS = 30_000;
const CLOSED_MS = 30_000;

const title = IS_EMULATOR
  ? 'not tested, for an emulator of AWS neither takes certificates nor enforces policies on MQTT:'
  : 'a device of this run';

(IS_EMULATOR ? describe : describe.skip)('in an emulator, a device', () => {
  test(
    'is registered for this run, and removed without a trace',
    async () => {
      const device = await runDevice('registered');
      expect(device.certificatePem).toMatch(/^-----BEGIN CERTIFICATE-----/);
      await removeDevice(device);
    },
    TEST_MS,
  );
});

(IS_EMULATOR ? describe.skip : describe)(title, () => {
  let device: RunDevice;
  let broker = '';

  beforeAll(async () => {
    device = await runDevice('device');
    const { host, port } = await iotEndpoint(RUN.region);
    broker = `mqtts://${host}:${port}`;
  }, TEST_MS);

  const connect = (clientId = device.id): Promise<mqtt.MqttClient> =>
    mqtt.connectAsync(broker, {
      clientId,
      key: device.keyPem,
      cert: device.certificatePem,
      reconnectPeriod: 0,
      connectTimeout: CLOSED_MS,
    });
  const topic = (battery: string, kind = 'telemetry'): string => `${topicRoot}/${battery}/${kind}`;

  /** Publishes, and resolves when the broker has closed the connection for it. */
  async function expectCut(to: string): Promise<void> {
    const client = await connect();
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.on('error', () => {});
    client.publish(to, '{"soc":1}', { qos: 1 });
    await within(`the broker to close the connection for ${to}`, closed, CLOSED_MS);
    client.end(true);
  }

  test(
    'sends on its own topic, and the reading is shown',
    async () => {
      const client = await connect();
      await client.publishAsync(topic(device.id), JSON.stringify({ timestamp: Date.now(), soc: 33 }), { qos: 1 });
      await client.endAsync();
      const api = stackClient();
      await until(
        'the reading to be shown',
        async () => (await api.get(`/livedata?battery=${device.id}`)).text.includes('"value":33'),
        SHOWN_MS,
      );
    },
    TEST_MS,
  );

  test(
    'is cut off when it sends on another battery’s topic, on the demo’s, or on the one of commands',
    async () => {
      for (const to of [topic(own('other')), `${topicRoot}/charge`, topic(device.id, 'command')]) await expectCut(to);
    },
    TEST_MS,
  );

  test(
    'is not let in under another name',
    async () => {
      await expect(connect(own('other'))).rejects.toThrow();
    },
    TEST_MS,
  );

  test(
    'listens to its own commands, and not to anything else',
    async () => {
      const client = await connect();
      client.on('error', () => {});
      expect(await client.subscribeAsync(topic(device.id, 'command'), { qos: 1 })).toMatchObject([{ qos: 1 }]);
      for (const filter of ['#', `${topicRoot}/+/telemetry`, topic(own('other'), 'command')]) {
        const listener = await connect();
        listener.on('error', () => {});
        const granted = await listener.subscribeAsync(filter, { qos: 1 }).catch(() => []);
        // Refused in the answer, or by the end of the connection.
        expect(granted.filter(({ qos }) => qos < 128)).toEqual([]);
        listener.end(true);
      }
      client.end(true);
    },
    TEST_MS,
  );

  test(
    'that was removed is not let in any more',
    async () => {
      await removeDevice(device);
      await expect(connect()).rejects.toThrow();
    },
    TEST_MS,
  );
});
