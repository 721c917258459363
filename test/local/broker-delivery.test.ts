import { Buffer } from 'node:buffer';
import { describe, expect, test } from '@jest/globals';
import { brokers } from './broker-fixture.ts';
import {
  CONNACK_BYTES,
  connectClient,
  connectRawSession,
  gate,
  messagesOf,
  packet,
  publishPacket,
  roundTrip,
  subscribePacket,
  until,
} from './mqtt-fixture.ts';

const { start, connect, open } = brokers();

describe('delivery', () => {
  test('subscribers get what clients publish once it is accepted, and what publish() is given', async () => {
    const { passed, pass } = gate();
    const fixture = await start({ accept: async () => passed });
    const publisher = await connect(fixture.port);
    const [tcp, web] = [await connect(fixture.port), await connect(fixture.webSocketUrl)];
    const received = [messagesOf(tcp), messagesOf(web)];
    await tcp.subscribeAsync('battery/+/telemetry', { qos: 1 });
    await web.subscribeAsync('#', { qos: 1 });
    const publishing = publisher.publishAsync('battery/boat/telemetry', 'by a client', { qos: 1 });
    await until(() => fixture.accepted.length === 1, 'the message is at accept');
    await roundTrip(tcp);
    expect(received).toEqual([[], []]);
    pass();
    await publishing;
    const topic = 'battery/boat/telemetry';
    await fixture.broker.publish({ topic, payload: Buffer.from('by the broker'), qos: 1 });
    const expected = ['by a client', 'by the broker'].map((payload) => ({ topic, payload, retain: false }));
    await until(() => received.every((messages) => messages.length === 2), 'both have both');
    expect(received).toEqual([expected, expected]);
    expect(fixture.accepted).toHaveLength(1);
  });

  test.each([
    ['battery/+', 1, 'has no wildcards'],
    ['$SYS/another/new/clients', 1, 'begin with $'],
    ['battery/charge', 128 * 1024 + 1, 'more than 131072'],
  ])('publish() refuses the topic %s with %i bytes', async (topic, bytes, reason) => {
    const fixture = await start();
    const publishing = fixture.broker.publish({ topic, payload: Buffer.alloc(bytes), qos: 1 });
    await expect(publishing).rejects.toThrow(reason);
  });

  test('messages of QoS 0 and 1 in turns all arrive, in order', async () => {
    const fixture = await start();
    const client = await connect(fixture.port);
    const received = messagesOf(client);
    await client.subscribeAsync('t', { qos: 1 });
    const numbers = [...Array(100).keys()];
    await Promise.all(
      numbers.map(async (number) =>
        fixture.broker.publish({ topic: 't', payload: Buffer.from(String(number)), qos: number % 2 === 0 ? 1 : 0 }),
      ),
    );
    await until(() => received.length >= 100, 'all are there');
    expect(received.map(({ payload }) => Number(payload))).toEqual(numbers);
  });

  test('retained and other messages of one client all arrive, in order', async () => {
    const fixture = await start();
    const client = await connect(fixture.port);
    const received = messagesOf(client);
    await client.subscribeAsync('t');
    const raw = await connectRawSession(fixture.port, 'boat');
    const numbers = [...Array(100).keys()];
    const retained = 0x31;
    const messages = numbers.map((number) => {
      const plain = publishPacket('t', String(number));
      return number % 2 === 0 ? packet(retained, plain.subarray(2)) : plain;
    });
    raw.socket.write(Buffer.concat(messages));
    await until(() => fixture.accepted.length === 100, 'all are at accept');
    await client.publishAsync('t', '100', { qos: 1 });
    await until(() => received.some(({ payload }) => payload === '100'), 'the last is there');
    expect(received.map(({ payload }) => Number(payload))).toEqual([...numbers, 100]);
  });

  test('a subscriber that breaks off is no trouble worth a warning', async () => {
    const fixture = await start();
    for (let turn = 0; turn < 20; turn += 1) {
      const raw = await connectRawSession(fixture.port, `rude-${turn}`);
      raw.socket.write(subscribePacket(1, ['t']));
      await until(() => raw.received().length > CONNACK_BYTES, 'it is subscribed');
      raw.socket.resetAndDestroy();
      for (let number = 0; number < 5; number += 1) {
        await fixture.broker.publish({ topic: 't', payload: Buffer.alloc(1000), qos: 1 });
      }
    }
    await until(() => fixture.broker.connections() === 0, 'all are gone');
    expect(fixture.warnings).toEqual([]);
  });

  test('a retained message is there for a later subscriber', async () => {
    const fixture = await start();
    const client = await connect(fixture.port);
    await client.publishAsync('battery/charge', 'kept', { qos: 1, retain: true });
    const later = await connect(fixture.port);
    const received = messagesOf(later);
    await later.subscribeAsync('battery/#');
    await until(() => received.length === 1, 'it is there');
    expect(received).toEqual([{ topic: 'battery/charge', payload: 'kept', retain: true }]);
    expect(fixture.accepted[0]?.retain).toBe(true);
  });

  test('a persistent session gets what it missed, up to a bound, and the drop is told once', async () => {
    const fixture = await start();
    const session = { clientId: 'sleeper', clean: false };
    const before = await connectClient(fixture.port, session);
    await before.subscribeAsync('t', { qos: 1 });
    await before.endAsync();
    await until(() => fixture.broker.connections() === 0, 'it is gone');
    for (let number = 0; number < 1100; number += 1) {
      await fixture.broker.publish({ topic: 't', payload: Buffer.from(String(number)), qos: 1 });
    }
    const after = open(fixture.port, session);
    const received = messagesOf(after);
    await until(() => received.length >= 1000, 'a thousand are there');
    await fixture.broker.publish({ topic: 't', payload: Buffer.from('new'), qos: 1 });
    await until(() => received.length >= 1001, 'there is room again');
    expect(received.map(({ payload }) => payload)).toEqual([...Array(1000).keys(), 'new'].map(String));
    expect(fixture.warnings.map(({ event }) => event)).toEqual(['mqtt-session-full']);
  });

  test('overlapping subscriptions of a persistent session deliver once and keep the connection', async () => {
    const fixture = await start();
    const client = await connect(fixture.port, { clientId: 'twice', clean: false });
    const received = messagesOf(client);
    await client.subscribeAsync({ 'battery/#': { qos: 1 }, 'battery/+/telemetry': { qos: 1 } });
    for (const payload of ['1', '2', '3']) {
      await fixture.broker.publish({ topic: 'battery/boat/telemetry', payload: Buffer.from(payload), qos: 1 });
    }
    await until(() => received.length >= 3, 'all are there');
    await roundTrip(client);
    await client.endAsync();
    const again = open(fixture.port, { clientId: 'twice', clean: false });
    again.on('message', (_topic, payload) =>
      received.push({ topic: 'again', payload: payload.toString(), retain: false }),
    );
    await new Promise((resolve) => again.once('connect', () => resolve(undefined)));
    await roundTrip(again);
    expect(received.map(({ payload }) => payload)).toEqual(['1', '2', '3']);
    expect(fixture.warnings).toEqual([]);
  });

  test('a subscriber that does not read is cut off, and holds up nobody', async () => {
    const fixture = await start();
    const lazy = await connectRawSession(fixture.port, 'lazy');
    lazy.socket.write(subscribePacket(1, ['big']));
    await until(() => lazy.received().length > CONNACK_BYTES, 'it is subscribed');
    lazy.socket.pause();
    const eager = await connect(fixture.port);
    let eagerBytes = 0;
    eager.on('message', (_topic, payload) => {
      eagerBytes += payload.length;
    });
    await eager.subscribeAsync('big', { qos: 0 });
    const payload = Buffer.alloc(100_000);
    let sent = 0;
    while (fixture.warnings.length === 0 && sent < 1000) {
      await fixture.broker.publish({ topic: 'big', payload, qos: 1 });
      sent += 1;
    }
    expect(fixture.warnings).toEqual([
      { event: 'mqtt-connection-closed', fields: expect.objectContaining({ clientId: 'lazy' }) },
    ]);
    expect(fixture.reasons()[0]).toContain('leaves more than 4194304 bytes unread');
    await until(() => eagerBytes === sent * payload.length, 'the other has everything');
    lazy.socket.destroy();
  });

  test('a second client with the same id takes over', async () => {
    const fixture = await start();
    const first = await connect(fixture.port, { clientId: 'boat' });
    const closed = new Promise((resolve) => first.once('close', () => resolve(undefined)));
    const second = await connect(fixture.port, { clientId: 'boat' });
    await closed;
    await second.publishAsync('battery/charge', '{}', { qos: 1 });
    expect(fixture.broker.connections()).toBe(1);
  });
});
