import { Buffer } from 'node:buffer';
import { describe, expect, test } from '@jest/globals';
import { brokers } from './broker-fixture.ts';
import {
  CONNACK_BYTES,
  connectPacket,
  connectRawSession,
  messagesOf,
  packet,
  publishPacket,
  roundTrip,
  subscribePacket,
  until,
} from './mqtt-fixture.ts';

const { start, connect } = brokers();

describe('limits', () => {
  const refusals: [name: string, packets: Buffer, reason: string][] = [
    ['QoS 2', packet(0x34, publishPacket('a', 'x', 1).subarray(2)), 'QoS 2'],
    ['9 levels', publishPacket('1/2/3/4/5/6/7/8/9', 'x', 1), '9 levels'],
    ['257 bytes of topic', publishPacket('é'.repeat(128) + 'x', 'x', 1), '257 bytes'],
    ['an empty topic', publishPacket('', 'x', 1), 'empty topic'],
    ['a topic with +', publishPacket('a/+', 'x', 1), '+ is not allowed'],
    ['a topic with #', publishPacket('a/#', 'x', 1), '# is not allowed'],
    ['a topic that is not UTF-8', packet(0x30, Buffer.from([0, 1, 0xff, 0x61])), 'UTF-8'],
    ['$SYS', publishPacket('$SYS/broker/uptime', 'x', 1), 'begin with $'],
    ['$aws', publishPacket('$aws/rules/charge', 'x', 1), 'begin with $'],
    ['128 KB and a byte', publishPacket('a', Buffer.alloc(128 * 1024 + 1), 1), '131073 bytes was announced'],
    ['QoS 2 in a SUBSCRIBE', subscribePacket(1, ['a'], 2), 'QoS 2'],
    ['9 filters in one SUBSCRIBE', subscribePacket(1, '1 2 3 4 5 6 7 8 9'.split(' ')), '9 topic filters'],
    ['a filter of 9 levels', subscribePacket(1, ['1/2/3/4/5/6/7/8/#']), '9 levels'],
    ['a filter with # inside', subscribePacket(1, ['a#']), 'mixes a wildcard'],
    ['a second CONNECT', connectPacket(), 'second CONNECT'],
  ];

  test.each(refusals)(
    '%s: no acknowledgement, the connection is closed, the reason logged',
    async (_name, bytes, reason) => {
      const fixture = await start();
      const raw = await connectRawSession(fixture.port, 'bold');
      raw.socket.write(Buffer.concat([bytes, bytes]));
      await until(raw.isClosed, 'the connection is closed');
      expect(raw.received().length).toBe(CONNACK_BYTES);
      expect(fixture.accepted).toEqual([]);
      expect(fixture.warnings).toHaveLength(1);
      expect(fixture.warnings[0]?.fields).toMatchObject({ clientId: 'bold' });
      expect(fixture.reasons()[0]).toContain(reason);
    },
  );

  test('8 levels, 256 bytes of topic, 128 KB of payload and 8 filters in one SUBSCRIBE are allowed', async () => {
    const fixture = await start();
    const client = await connect(fixture.port);
    const payload = Buffer.alloc(128 * 1024, 7);
    const topic = `1/2/3/4/5/6/7/${'é'.repeat(121)}`;
    expect(Buffer.byteLength(topic)).toBe(256);
    await client.subscribeAsync('1 2 3 4 5 6 7 8'.split(' '), { qos: 1 });
    await client.publishAsync(topic, payload, { qos: 1 });
    expect(fixture.accepted.map((message) => [message.topic, message.payload.equals(payload)])).toEqual([
      [topic, true],
    ]);
  });

  test.each(['$SYS/#', '$SYS/+/heartbeat', '$aws/things/#', '$share/g/a'])(
    'the subscription to %s fails, and the one beside it holds',
    async (filter) => {
      const fixture = await start();
      const raw = await connectRawSession(fixture.port, 'curious');
      raw.socket.write(subscribePacket(9, [filter, 'battery/#']));
      await until(() => raw.received().length >= CONNACK_BYTES + 6, 'the SUBACK is there');
      expect(raw.received().subarray(CONNACK_BYTES)).toEqual(Buffer.from([0x90, 4, 0, 9, 0x80, 1]));
    },
  );

  test("the broker's own $SYS messages reach nobody, whatever wildcards are subscribed", async () => {
    const fixture = await start();
    const client = await connect(fixture.port);
    const received = messagesOf(client);
    await client.subscribeAsync(['#', '+/#', '+/+/new/clients', '+/+/heartbeat']);
    await connect(fixture.port);
    await fixture.broker.publish({ topic: 'a', payload: Buffer.from('x'), qos: 0 });
    await until(() => received.length > 0, 'the message is there');
    await roundTrip(client);
    expect(new Set(received.map(({ topic }) => topic))).toEqual(new Set(['a']));
  });

  test('names that JavaScript objects have already are client ids and topics like any other', async () => {
    const fixture = await start();
    const client = await connect(fixture.port, { clientId: '__proto__' });
    const received = messagesOf(client);
    await client.subscribeAsync('constructor/__proto__', { qos: 1 });
    await client.publishAsync('constructor/__proto__', 'x', { qos: 1 });
    await until(() => received.length === 1, 'the message is there');
  });
});
