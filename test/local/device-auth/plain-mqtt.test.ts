import { describe, expect, jest, test } from '@jest/globals';
import { messagesOf, until } from '../mqtt-fixture.ts';
import { withDevices } from './device-fixture.ts';

jest.setTimeout(30_000);

const NOT_AUTHORIZED = /Not authorized/i;
const readings = { topic: 'battery/boat/telemetry', payload: '{"soc":50}' };

describe('without TLS, where devices have certificates', () => {
  test('a client listens, and is cut off when it publishes or brings a will', () =>
    withDevices(async ({ plain, register, connect, reasons, accepted }) => {
      const listener = await plain('listener');
      const heard = messagesOf(listener);
      await listener.subscribeAsync('battery/#', { qos: 1 });
      const boat = await connect(await register('boat'), { clientId: 'boat' });
      await boat.publishAsync(readings.topic, readings.payload, { qos: 1 });
      await until(() => heard.length === 1, 'it is heard');
      listener.publish(readings.topic, readings.payload, { qos: 1 });
      await until(() => !listener.connected, 'the connection is closed');
      const will = { topic: 'battery/boat/status', payload: Buffer.from('x'), qos: 0, retain: false } as const;
      await expect(plain('other', { will })).rejects.toThrow(NOT_AUTHORIZED);
      expect(accepted).toHaveLength(1);
      expect(reasons()).toEqual([
        expect.stringContaining('only devices publish here (--device-auth)'),
        expect.stringContaining('the will: only devices publish here'),
      ]);
    }));

  test('nobody takes the name of a registered battery, which would end its connection', () =>
    withDevices(async ({ plain, register, connect, reasons }) => {
      const boat = await connect(await register('boat'), { clientId: 'boat' });
      await expect(plain('boat')).rejects.toThrow(NOT_AUTHORIZED);
      await boat.publishAsync(readings.topic, readings.payload, { qos: 1 });
      expect(boat.connected).toBe(true);
      expect(reasons()).toEqual([expect.stringContaining("'boat' is a registered battery's")]);
    }));
});
