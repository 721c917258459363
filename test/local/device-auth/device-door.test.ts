import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { messagesOf, until } from '../mqtt-fixture.ts';
import { type DeviceFixture, withDevices } from './device-fixture.ts';

jest.setTimeout(30_000);

const NOT_AUTHORIZED = /Not authorized/i;
const readings = { topic: 'battery/boat/telemetry', payload: '{"soc":50}' };

describe('a device with a certificate', () => {
  test('publishes on its own topics and hears its own commands', () =>
    withDevices(async ({ register, connect, publish, accepted }) => {
      const boat = await register('boat');
      const client = await connect(boat, { clientId: 'boat' });
      const heard = messagesOf(client);
      await client.publishAsync(readings.topic, readings.payload, { qos: 1 });
      await client.publishAsync('battery/boat/status', '{"online":true}', { qos: 1 });
      expect(accepted.map(({ topic, clientId }) => [topic, clientId])).toEqual([
        ['battery/boat/telemetry', 'boat'],
        ['battery/boat/status', 'boat'],
      ]);
      expect(await client.subscribeAsync('battery/boat/command', { qos: 1 })).toMatchObject([{ qos: 1 }]);
      await publish('battery/garage/command', 'not for it');
      await publish('battery/boat/command', 'charge');
      await until(() => heard.length > 0, 'the command is heard');
      expect(heard).toEqual([{ topic: 'battery/boat/command', payload: 'charge', retain: false }]);
    }));

  test.each([
    ['another battery’s telemetry', 'battery/garage/telemetry'],
    ['its own commands', 'battery/boat/command'],
    ['the demo’s topic', 'battery/charge'],
    ['a level more', 'battery/boat/telemetry/x'],
  ])('that publishes on %s is cut off, nothing is accepted, and the log says why', (_what, topic) =>
    withDevices(async ({ register, connect, accepted, reasons, logged }) => {
      const client = await connect(await register('boat'), { clientId: 'boat' });
      client.publish(topic, '{}', { qos: 1 });
      await until(() => !client.connected, 'the connection is closed');
      expect(accepted).toEqual([]);
      expect(reasons()).toEqual([`its policies do not allow iot:Publish on topic/${topic}`]);
      expect(logged.at(-1)?.fields['clientId']).toBe('boat');
    }),
  );

  test.each(['battery/#', 'battery/garage/command', 'battery/+/command', '#', '$SYS/#'])(
    'that subscribes to %s is cut off, as by AWS',
    (filter) =>
      withDevices(async ({ register, connect, reasons }) => {
        const client = await connect(await register('boat'), { clientId: 'boat' });
        await expect(client.subscribeAsync(filter)).rejects.toBeDefined();
        await until(() => !client.connected, 'the connection is closed');
        expect(reasons()).toEqual([`its policies do not allow iot:Subscribe on topicfilter/${filter}`]);
      }),
  );

  test('hears nothing that its policies do not let it receive, whatever it subscribed to', () =>
    withDevices(async ({ register, connect, accepted }) => {
      const curious = await connect(await register('curious', ['device', 'curious']), { clientId: 'curious' });
      const heard = messagesOf(curious);
      await curious.subscribeAsync('#', { qos: 1 });
      const boat = await connect(await register('boat'), { clientId: 'boat' });
      await boat.publishAsync(readings.topic, readings.payload, { qos: 1 });
      // A round trip of its own: what was to be delivered has been.
      await curious.publishAsync('battery/curious/telemetry', '{}', { qos: 1 });
      await curious.unsubscribeAsync('nothing');
      expect(accepted).toHaveLength(2);
      expect(heard).toEqual([]);
    }));

  test('may retain, and leave a will that is retained, only where a policy says so', () =>
    withDevices(async ({ register, connect, accepted, reasons }) => {
      const topic = 'battery/boat/status';
      const without = await register('boat');
      const client = await connect(without, { clientId: 'boat' });
      client.publish(topic, 'x', { qos: 1, retain: true });
      await until(() => !client.connected, 'the connection is closed');
      const will = { topic, payload: Buffer.from('x'), qos: 1, retain: true } as const;
      await expect(connect(without, { clientId: 'boat', will })).rejects.toThrow(NOT_AUTHORIZED);
      expect(accepted).toEqual([]);
      expect(reasons()).toEqual([
        `its policies do not allow iot:RetainPublish on topic/${topic}`,
        `the will: its policies do not allow iot:RetainPublish on topic/${topic}`,
      ]);
      const garage = await connect(await register('garage', ['device', 'retain']), { clientId: 'garage' });
      await garage.publishAsync('battery/garage/status', 'x', { qos: 1, retain: true });
      expect(accepted).toMatchObject([{ topic: 'battery/garage/status', retain: true }]);
    }));

  test('leaves the will that its policies allow, and no other', () =>
    withDevices(async ({ register, connect, accepted }) => {
      const boat = await register('boat');
      const payload = Buffer.from('{"online":false}');
      const foreign = { topic: 'battery/garage/status', payload, qos: 1, retain: false } as const;
      await expect(connect(boat, { clientId: 'boat', will: foreign })).rejects.toThrow(NOT_AUTHORIZED);
      const own = { ...foreign, topic: 'battery/boat/status' };
      const client = await connect(boat, { clientId: 'boat', will: own });
      client.stream.destroy();
      await until(() => accepted.length === 1, 'the will is accepted');
      expect(accepted).toMatchObject([{ topic: 'battery/boat/status', clientId: 'boat' }]);
    }));

  test.each(['garage', 'Boat', '+', '', 'boat2'])('does not connect as %j', (clientId) =>
    withDevices(async ({ register, connect, reasons }) => {
      const boat = await register('boat');
      await register('garage');
      await expect(connect(boat, { clientId })).rejects.toThrow(NOT_AUTHORIZED);
      expect(reasons()).toEqual([expect.stringContaining('its certificate is that of battery boat')]);
    }),
  );

  test('whose policies this stack does not have is told so, and does not connect', () =>
    withDevices(async ({ register, connect, reasons }) => {
      await expect(connect(await register('boat', ['of-old']), { clientId: 'boat' })).rejects.toThrow(NOT_AUTHORIZED);
      await expect(connect(await register('shed', []), { clientId: 'shed' })).rejects.toThrow(NOT_AUTHORIZED);
      expect(reasons()).toEqual([
        expect.stringContaining('none of its policies is one of this stack (of-old)'),
        expect.stringContaining('none of its policies is one of this stack (it has none)'),
      ]);
    }));

  test('that takes up a session of before it was registered has only those of its subscriptions that it may have', () =>
    withDevices(async ({ register, connect, plain, publish, reasons }) => {
      const before = await plain('boat', { clean: false });
      await before.subscribeAsync({ '#': { qos: 1 }, 'battery/boat/command': { qos: 1 } });
      await before.endAsync();
      const client = await connect(await register('boat'), { clientId: 'boat', clean: false });
      const heard = messagesOf(client);
      await publish('battery/garage/command', 'not for it');
      await publish('battery/boat/command', 'charge');
      await until(() => heard.length > 0, 'the command is heard');
      expect(heard.map(({ payload }) => payload)).toEqual(['charge']);
      expect(reasons()).toEqual([]);
    }));

  test('that connects a second time ends the first connection, as with AWS', () =>
    withDevices(async ({ register, connect }) => {
      const boat = await register('boat');
      const first = await connect(boat, { clientId: 'boat' });
      const second = await connect(boat, { clientId: 'boat' });
      await until(() => !first.connected, 'the first is closed');
      await second.publishAsync(readings.topic, readings.payload, { qos: 1 });
      expect(second.connected).toBe(true);
    }));
});

describe('a certificate that is withdrawn', () => {
  test.each<[what: string, withdraw: (fixture: DeviceFixture) => void, reason: string]>([
    [
      'switched off',
      ({ devices }) => devices.setActive(devices.things()[0]?.certificates[0]?.certificateId ?? 'none', false),
      'battery boat: its certificate was switched off',
    ],
    [
      'removed with its battery',
      ({ devices }) => devices.removeThing('boat'),
      'battery boat: its certificate is not registered here, or is no longer',
    ],
  ])('because it was %s, ends its connection, and opens no other', (_what, withdraw, reason) =>
    withDevices(async (fixture) => {
      const { register, connect, reasons, accepted } = fixture;
      const boat = await register('boat');
      const client = await connect(boat, { clientId: 'boat' });
      await client.publishAsync(readings.topic, readings.payload, { qos: 1 });
      withdraw(fixture);
      await until(() => !client.connected, 'the connection is closed');
      expect(reasons()).toEqual([reason]);
      await expect(connect(boat, { clientId: 'boat' })).rejects.toThrow(NOT_AUTHORIZED);
      expect(accepted).toHaveLength(1);
    }),
  );

  test('is noticed within two seconds of the clock', async () => {
    // Its looks at the registry go by intervals; everything else, sockets among it, by the machine's own time.
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask', 'Date', 'performance'],
    });
    try {
      await withDevices(async ({ register, connect, devices }) => {
        const client = await connect(await register('boat'), { clientId: 'boat' });
        devices.removeThing('boat');
        await client.publishAsync(readings.topic, readings.payload, { qos: 1 });
        expect(client.connected).toBe(true);
        jest.advanceTimersByTime(2_000);
        await until(() => !client.connected, 'the connection is closed');
      });
    } finally {
      jest.useRealTimers();
    }
  });

  test('leaves the connections of other batteries alone, and the will of its own is still heard', () =>
    withDevices(async ({ register, connect, devices, accepted }) => {
      const garage = await connect(await register('garage'), { clientId: 'garage' });
      const will = { topic: 'battery/boat/status', payload: Buffer.from('gone'), qos: 1, retain: false } as const;
      const boat = await connect(await register('boat'), { clientId: 'boat', will });
      devices.removeThing('boat');
      await until(() => !boat.connected, 'the connection is closed');
      await until(() => accepted.length === 1, 'the will is accepted');
      await garage.publishAsync('battery/garage/telemetry', '{}', { qos: 1 });
      expect(accepted.map(({ topic }) => topic)).toEqual(['battery/boat/status', 'battery/garage/telemetry']);
    }));
});

describe('without a right certificate', () => {
  test('none, one that is not registered and one of another authority are refused in words of MQTT, and logged once', () =>
    withDevices(async ({ register, signed, connect, reasons, accepted }) => {
      await register('boat');
      await expect(connect({}, { clientId: 'boat' })).rejects.toThrow(NOT_AUTHORIZED);
      await expect(connect(await signed('boat'), { clientId: 'boat' })).rejects.toThrow(NOT_AUTHORIZED);
      await withDevices(async (other) => {
        const foreign = await other.register('boat');
        await expect(connect(foreign, { clientId: 'boat' })).rejects.toThrow(NOT_AUTHORIZED);
      });
      expect(reasons()).toEqual([
        'it showed no certificate',
        'its certificate is not registered here, or is no longer',
        'its certificate is from another authority than the one of this data folder',
      ]);
      expect(accepted).toEqual([]);
    }));

  test('an expired one, signed by the right authority, is told from the others', () =>
    withDevices(async ({ folder, register, connect, reasons }) => {
      const { key } = await register('boat');
      const keyFile = folder.file('boat.key');
      writeFileSync(keyFile, key);
      const run = promisify(execFile);
      const request = folder.file('boat.csr');
      await run('openssl', ['req', '-new', '-key', keyFile, '-subj', '/CN=boat', '-out', request]);
      const authority = ['-CA', folder.file('device-ca.cert.pem'), '-CAkey', folder.file('device-ca.key.pem')];
      const { stdout: cert } = await run('openssl', ['x509', '-req', '-in', request, ...authority, '-days', '-1']);
      await expect(connect({ key, cert }, { clientId: 'boat' })).rejects.toThrow(NOT_AUTHORIZED);
      expect(reasons()).toEqual([expect.stringContaining('its certificate has expired')]);
    }));

  test.each([
    ['plain MQTT', Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['noise', Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 7919) % 256))],
  ])('%s on the port of TLS is closed, logged once, and the next device is served', (_what, bytes) =>
    withDevices(async ({ tlsPort, register, connect, logged }) => {
      const socket = connectTcp(tlsPort, '127.0.0.1');
      let isClosed = false;
      socket.on('error', () => {});
      socket.on('close', () => {
        isClosed = true;
      });
      socket.resume();
      socket.write(bytes);
      await until(() => isClosed, 'the connection is closed');
      await until(() => logged.length === 1, 'it is logged');
      expect(logged[0]).toMatchObject({ event: 'mqtts-handshake-failed', fields: { from: '127.0.0.1' } });
      expect((await connect(await register('boat'), { clientId: 'boat' })).connected).toBe(true);
    }),
  );

  test('TLS 1.1 is not spoken', () =>
    withDevices(async ({ tlsPort, ca, register }) => {
      const { key, cert } = await register('boat');
      const ciphers = 'DEFAULT@SECLEVEL=0';
      const options = { host: 'localhost', port: tlsPort, ca, key, cert, ciphers } as const;
      const outcome = await new Promise((resolve) => {
        const socket = connectTls({ ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
        socket.once('secureConnect', () => resolve('spoken'));
        socket.once('error', (error) => resolve('code' in error ? error.code : error.message));
      });
      expect(outcome).toMatch(/ERR_SSL|ECONNRESET/);
    }));
});
