import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mqtt from 'mqtt';
import { openAuthority } from '../../local/devices/authority.ts';
import { LOCAL_STACK, type LocalDevices, openDevices } from '../../local/devices/device-database.ts';
import { certificateRequestPem, newKeyPair, privateKeyPem } from '../../local/devices/key-pair.ts';
import { DEVICES_FILE } from '../../local/files/registered-files.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { runCli } from './process.ts';
import { LOCAL, onTargets } from './target.ts';
import { until } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 30_000;

let amphora: LocalAmphora;
let devices: LocalDevices;
let mqttsPort: number;

type Credentials = { readonly ca: string; readonly key: string; readonly cert: string };

/** As ./amphora add-battery does it, in a process beside the one that serves the folder. */
async function registered(id: string, policies: readonly string[] = ['device']): Promise<Credentials> {
  const authority = await openAuthority({ file: (name) => join(amphora.dataDir, name) });
  const keys = await newKeyPair();
  const certificatePem = await authority.sign(await certificateRequestPem(keys, id), {
    commonName: id,
    nowMs: Date.now(),
  });
  const policyNames = policies.map((name) => `${LOCAL_STACK}-${name}`);
  devices.add({ thingName: id, stackName: LOCAL_STACK, certificatePem, policyNames, nowMs: Date.now() });
  return { ca: authority.certificatePem, key: await privateKeyPem(keys), cert: certificatePem };
}

async function connected(credentials: Credentials, clientId: string): Promise<mqtt.MqttClient> {
  const usual = { protocolVersion: 4, reconnectPeriod: 0, connectTimeout: 10_000 } as const;
  const client = await mqtt.connectAsync(
    `mqtts://localhost:${mqttsPort}`,
    { ...usual, ...credentials, clientId },
    false,
  );
  client.on('error', () => {});
  return client;
}

const now = (): string => new Date().toISOString();

onTargets(LOCAL, 'the broker of this process, which judges devices by the policies of the template', () => {
  beforeAll(async () => {
    amphora = await startLocal({ flags: ['--no-demo', '--device-auth', '--mqtts-port', '0'] });
    mqttsPort = JSON.parse(readFileSync(join(amphora.dataDir, 'run.json'), 'utf8')).mqttsPort;
    devices = openDevices(join(amphora.dataDir, DEVICES_FILE));
  }, START_MS);

  afterAll(() => devices?.close());

  test(
    'the page is told of no port where a line without a certificate would be refused',
    async () => {
      const { body } = await amphora.get('/config.json');
      expect(body).toMatchObject({ local: true, deviceFlags: `--data ${amphora.dataDir}` });
      expect(body).not.toHaveProperty('mqttPort');
      expect(body).not.toHaveProperty('token');
    },
    TEST_MS,
  );

  test(
    'a battery that is registered while Amphora runs publishes at once, and what it sends is stored as its own',
    async () => {
      const client = await connected(await registered('boat'), 'boat');
      await client.publishAsync('battery/boat/telemetry', JSON.stringify({ soc: 50, timestamp: now() }), { qos: 1 });
      expect(await amphora.drained()).toMatchObject({ stored: 1 });
      expect((await amphora.get('/livedata?battery=boat')).body).toMatchObject({ battery: 'boat' });
      client.end(true);
    },
    TEST_MS,
  );

  test(
    'the demo’s topics are for the battery that was registered with them, and for no other',
    async () => {
      const home = await connected(await registered('default', ['device', 'demo-topics']), 'default');
      await home.publishAsync('battery/charge', JSON.stringify({ charge: 3, unit: 'kW', timestamp: now() }), {
        qos: 1,
      });
      await amphora.drained();
      expect((await amphora.get('/livedata')).body).toMatchObject({ charge: 3 });
      const other = await connected(await registered('garage'), 'garage');
      other.publish('battery/charge', '{"charge":66}', { qos: 1 });
      await until('the connection to be closed', () => !other.connected);
      home.end(true);
      await amphora.drained();
      expect((await amphora.get('/livedata')).body).toMatchObject({ charge: 3 });
    },
    TEST_MS,
  );

  test(
    'one that is removed while it sends is cut off, is told of in the log by its id, and stays out',
    async () => {
      const credentials = await registered('shed');
      const client = await connected(credentials, 'shed');
      const sending = setInterval(
        () => client.publish('battery/shed/telemetry', `{"soc":1,"timestamp":"${now()}"}`),
        20,
      );
      devices.removeThing('shed');
      await until('the connection to be closed', () => !client.connected);
      clearInterval(sending);
      await expect(connected(credentials, 'shed')).rejects.toThrow(/Not authorized/);
      const lines = await until('both closings to be logged', async () => {
        const found = await amphora.logged('mqtt-connection-closed');
        const own = found.filter((line) => line.includes('clientId=shed'));
        return own.length < 2 ? undefined : own;
      });
      expect(lines).toEqual([
        expect.stringContaining('battery shed: its certificate is not registered here'),
        expect.stringContaining('its certificate is not registered here'),
      ]);
    },
    TEST_MS,
  );

  test(
    'without a certificate nothing is published: not by MQTT, not in a WebSocket; HTTP goes on',
    async () => {
      const before = await amphora.drained();
      for (const url of [`mqtt://localhost:${amphora.mqttPort}`, `ws://localhost:${amphora.port}/mqtt`]) {
        const client = await mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 }, false);
        client.on('error', () => {});
        client.publish('battery/charge', '{"charge":66}', { qos: 1 });
        await until('the connection to be closed', () => !client.connected);
      }
      expect(await amphora.drained()).toEqual(before);
      expect((await amphora.post('/charge', { charge: 4 })).status).toBe(200);
      expect((await amphora.drained()).stored).toBe(before.stored + 1);
    },
    TEST_MS,
  );

  test(
    'simulate, which has no certificate, finds the way over HTTP by itself',
    async () => {
      const before = await amphora.drained();
      const data = ['--data', amphora.dataDir];
      const simulated = runCli(['simulate', '--battery', 'cellar', '--count', '2', '--period', '10ms', ...data]);
      expect([await simulated.ended, simulated.out()]).toMatchObject([
        { code: 0 },
        expect.stringContaining('Sent 2 samples'),
      ]);
      expect((await amphora.drained()).stored).toBe(before.stored + 2);
    },
    TEST_MS,
  );

  test(
    'a start in the same folder that asks nobody says so, with the flag that does',
    async () => {
      expect(amphora.out()).not.toContain('nobody is asked');
      await amphora.end('SIGTERM');
      amphora = await startLocal({ dataDir: amphora.dataDir });
      await until('the start lines', () => amphora.out().includes('Ctrl-C stops it.'));
      expect(amphora.out()).toMatch(/^ {9}\d+ devices are registered here, and nobody is asked: --device-auth$/m);
      const { body } = await amphora.get('/config.json');
      expect(body).toMatchObject({ mqttPort: amphora.mqttPort });
      expect(body).not.toHaveProperty('deviceFlags');
    },
    START_MS,
  );
});
