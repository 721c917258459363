import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import mqtt from 'mqtt';
import { LOOPBACK_PLACE } from '../../../local/access/listen-place.ts';
import { openAccess } from '../../../local/access/open-access.ts';
import { passwordRights } from '../../../local/access/password-rights.ts';
import { openSecret } from '../../../local/access/secret.ts';
import { slowDown } from '../../../local/access/slow-down.ts';
import { startBroker } from '../../../local/broker.ts';
import { listenForMqtt } from '../../../local/mqtt-listeners.ts';
import { recordedLog } from '../recorded-log.ts';
import { inTempFolder } from '../temp-folder.ts';

describe('access beyond loopback', () => {
  test('asks nothing of MQTT from this machine, and a password of everybody else', () =>
    inTempFolder((folder) => {
      const { ofTcp } = openAccess({ file: (name) => join(folder, name) }, false);
      for (const remoteAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
        expect(ofTcp({ remoteAddress })).toBeUndefined();
      // Of a connection that is gone nothing is known any more.
      for (const remoteAddress of ['192.168.1.7', '::ffff:192.168.1.7', 'fe80::1', '172.17.0.1', undefined])
        expect(ofTcp({ remoteAddress })).toBeDefined();
    }));

  test('keeps two secrets, of which neither is the other, and rotates both', () =>
    inTempFolder((folder) => {
      const file = (name: string): string => join(folder, name);
      const { token } = openAccess({ file }, false);
      const password = openSecret(file('broker-password'), { bytes: 16, isRotated: false, remedy: '' });
      expect(password).toMatch(/^[\w-]{22}$/);
      expect(openAccess({ file }, false).token).toBe(token);
      expect(openAccess({ file }, true).token).not.toBe(token);
      expect(openSecret(file('broker-password'), { bytes: 16, isRotated: false, remedy: '' })).not.toBe(password);
    }));
});

describe('the password of the broker', () => {
  const PASSWORD = 'pass-word_of-22-chars.';

  test.each([
    ['amphora', PASSWORD, 'in'],
    ['amphora', `${PASSWORD}x`, 'out'],
    ['amphora', '', 'out'],
    ['amphora', undefined, 'out'],
    ['Amphora', PASSWORD, 'out'],
    ['', PASSWORD, 'out'],
    [undefined, undefined, 'out'],
  ])('the user %j with %j is %s', async (username, password, expected) => {
    const { log, logged } = recordedLog();
    let slowed = 0;
    const slow = slowDown(async () => {
      slowed += 1;
    });
    const rights = passwordRights(PASSWORD, slow, '192.168.1.7');
    const broker = await startBroker({ accept: async () => {}, log, nowMs: Date.now });
    const access = { ofTcp: () => rights, ofWebSocket: () => rights };
    const { mqttPort, close } = await listenForMqtt({
      broker,
      place: LOOPBACK_PLACE,
      mqttPort: 0,
      access,
      devices: undefined,
      log,
    });
    const credentials = {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    };
    const options = { ...credentials, protocolVersion: 4, reconnectPeriod: 0 } as const;
    try {
      const connecting = mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, options, false);
      if (expected === 'in') (await connecting).end(true);
      else await expect(connecting).rejects.toThrow(/Bad username or password/i);
      expect(slowed).toBe(expected === 'out' && password !== undefined ? 1 : 0);
      expect(JSON.stringify(logged)).not.toContain(PASSWORD);
      expect(logged).toHaveLength(expected === 'in' ? 0 : 1);
    } finally {
      await broker.close();
      await close();
    }
  });

  test('lets its owner in however many wrong ones of the same address wait, and another wrong one is told at once', async () => {
    const waits: (() => void)[] = [];
    const slow = slowDown(() => new Promise<void>((resolve) => waits.push(resolve)));
    const connect = (text: string, address: string) =>
      passwordRights(PASSWORD, slow, address).connect({
        clientId: 'boat',
        username: 'amphora',
        password: Buffer.from(text),
        isClean: true,
        will: undefined,
      });
    const wrong = Array.from({ length: 8 }, () => connect('wrong', '192.168.1.7'));
    expect(await connect(PASSWORD, '192.168.1.7')).toBeUndefined();
    expect(await connect('wrong', '192.168.1.7')).toEqual({
      code: 'wrong-password',
      reason: expect.stringContaining('too many'),
    });
    expect(await connect(PASSWORD, '192.168.1.8')).toBeUndefined();
    for (const release of waits) release();
    expect(await Promise.all(wrong)).toEqual(Array(8).fill(expect.objectContaining({ code: 'wrong-password' })));
    expect(await connect(PASSWORD, '192.168.1.7')).toBeUndefined();
  });
});
