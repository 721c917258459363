import { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { MqttClient } from 'mqtt';
import type { IncomingMessage } from '../../local/broker.ts';
import {
  CONNACK_BYTES,
  connectClient,
  connectPacket,
  connectRaw,
  connectRawSession,
  DISCONNECT,
  type Fixture,
  lengthBytes,
  openClient,
  packet,
  publishPacket,
  startFixture,
  subscribePacket,
  until,
} from './mqtt-fixture.ts';

// Above the deadline of `until`, which says what it waited for.
jest.setTimeout(20_000);

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function start(options?: Parameters<typeof startFixture>[0]): Promise<Fixture> {
  const fixture = await startFixture(options);
  open.push(fixture.close);
  return fixture;
}

async function connect(...parameters: Parameters<typeof connectClient>): Promise<MqttClient> {
  const client = await connectClient(...parameters);
  open.push(async () => client.endAsync(true));
  return client;
}

/** A promise for `accept`, and the hand that settles it. */
function gate(): { readonly passed: Promise<void>; readonly pass: () => void; readonly fail: (cause: Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { passed: promise, pass: resolve, fail: reject };
}

/** Everything the broker had to do before this has been done when it resolves. */
async function roundTrip(client: MqttClient): Promise<void> {
  await client.unsubscribeAsync(`round/trip/${Math.random()}`);
}

function messagesOf(
  client: MqttClient,
): { readonly topic: string; readonly payload: string; readonly retain: boolean }[] {
  const received: { topic: string; payload: string; retain: boolean }[] = [];
  client.on('message', (topic, payload, { retain }) => received.push({ topic, payload: payload.toString(), retain }));
  return received;
}

describe('accept', () => {
  test.each(['TCP', 'WebSocket'])(
    'over %s a PUBACK is sent after accept resolved, and not before',
    async (transport) => {
      const { passed, pass } = gate();
      const fixture = await start({ accept: async () => passed });
      const client = await connect(transport === 'TCP' ? fixture.port : fixture.webSocketUrl, { clientId: 'boat' });
      let isAcknowledged = false;
      const publishing = client.publishAsync('battery/charge', Buffer.from('{"charge":1}'), { qos: 1 }).then(() => {
        isAcknowledged = true;
      });
      await until(() => fixture.accepted.length === 1, 'the message is at accept');
      await roundTrip(client);
      expect(isAcknowledged).toBe(false);
      expect(fixture.accepted).toEqual([
        { topic: 'battery/charge', payload: Buffer.from('{"charge":1}'), qos: 1, retain: false, clientId: 'boat' },
      ]);
      pass();
      await publishing;
      expect(isAcknowledged).toBe(true);
    },
  );

  test('after a rejected accept there is no PUBACK, the connection is closed, and a line says why', async () => {
    const { passed, fail } = gate();
    const fixture = await start({ accept: async () => passed });
    const raw = await connectRawSession(fixture.port, 'boat');
    raw.socket.write(publishPacket('battery/charge', '{}', 7));
    await until(() => fixture.accepted.length === 1, 'the message is at accept');
    fail(new Error('the journal is full'));
    await until(raw.isClosed, 'the connection is closed');
    expect(raw.received().length).toBe(CONNACK_BYTES);
    expect(fixture.warnings).toEqual([
      {
        event: 'mqtt-message-not-accepted',
        fields: { clientId: 'boat', topic: 'battery/charge', qos: 1, reason: 'the journal is full' },
      },
      {
        event: 'mqtt-connection-closed',
        fields: {
          clientId: 'boat',
          reason: expect.stringContaining('the journal is full'),
          openMs: expect.any(Number),
        },
      },
    ]);
  });

  test('PUBACKs keep the order of the messages, whichever was accepted first', async () => {
    const first = gate();
    const fixture = await start({
      accept: async ({ payload }) => (payload.toString() === '1' ? first.passed : undefined),
    });
    const raw = await connectRawSession(fixture.port, 'boat');
    raw.socket.write(Buffer.concat([publishPacket('a', '1', 1), publishPacket('a', '2', 2)]));
    await until(() => fixture.accepted.length === 2, 'both are at accept');
    await roundTrip(await connect(fixture.port));
    expect(raw.received().length).toBe(CONNACK_BYTES);
    first.pass();
    await until(() => raw.received().length >= CONNACK_BYTES + 8, 'both PUBACKs are there');
    expect(raw.received().subarray(CONNACK_BYTES)).toEqual(Buffer.from([0x40, 2, 0, 1, 0x40, 2, 0, 2]));
  });

  test.each([
    [500, 10],
    [3, 60_000],
    [10_000, 1],
  ])(
    '%i messages of QoS 0 and %i bytes go through accept, though the client leaves in the same breath',
    async (count, size) => {
      const fixture = await start();
      const raw = await connectRaw(fixture.port);
      const messages = Array.from({ length: count }, (_, index) => publishPacket('a', String(index).padStart(size)));
      raw.socket.end(Buffer.concat([connectPacket({ clientId: 'brief' }), ...messages, DISCONNECT]));
      await until(() => raw.isClosed() && fixture.broker.connections() === 0, 'it is gone');
      await until(() => fixture.accepted.length === count, 'all are at accept');
      expect(fixture.accepted.map(({ payload }) => Number(payload.toString()))).toEqual([...Array(count).keys()]);
    },
  );

  test('a will goes through accept, and then to the subscribers', async () => {
    const fixture = await start();
    const subscriber = await connect(fixture.port);
    const received = messagesOf(subscriber);
    await subscriber.subscribeAsync('battery/#');
    const raw = await connectRaw(fixture.port);
    raw.socket.write(connectPacket({ clientId: 'boat', will: { topic: 'battery/lost', payload: 'gone' } }));
    await until(() => raw.received().length === CONNACK_BYTES, 'it is connected');
    raw.socket.destroy();
    await until(() => received.length === 1, 'the will is delivered');
    const will = { topic: 'battery/lost', payload: Buffer.from('gone'), qos: 0, retain: false, clientId: 'boat' };
    expect(fixture.accepted).toEqual([will]);
  });

  test('the wills of those that are connected when the broker closes are accepted before it has closed', async () => {
    const { passed, pass } = gate();
    const fixture = await startFixture({ accept: async () => passed });
    const raw = await connectRaw(fixture.port);
    raw.socket.write(connectPacket({ clientId: 'boat', will: { topic: 'battery/lost', payload: 'gone' } }));
    await until(() => raw.received().length === CONNACK_BYTES, 'it is connected');
    let isClosed = false;
    const closing = fixture.close().then(() => {
      isClosed = true;
    });
    await until(() => fixture.accepted.length === 1 && raw.isClosed(), 'the will is at accept');
    expect(isClosed).toBe(false);
    pass();
    await closing;
  });

  test('so is the will of one whose connection broke just before', async () => {
    const fixture = await startFixture();
    const raw = await connectRaw(fixture.port);
    const will = { topic: 'battery/lost', payload: 'gone' };
    raw.socket.write(Buffer.concat([connectPacket({ clientId: 'boat', will }), subscribePacket(1, ['a', 'b'])]));
    await until(() => raw.received().length > CONNACK_BYTES, 'it is subscribed');
    fixture.sockets[0]?.destroy();
    await until(() => fixture.sockets[0]?.closed === true, 'the socket is closed');
    await fixture.close();
    expect(fixture.accepted.map(({ topic }) => topic)).toEqual(['battery/lost']);
  });

  test('a client whose messages wait is not read without end, and loses none', async () => {
    const { passed, pass } = gate();
    const fixture = await start({ accept: async ({ topic }) => (topic === 'flood' ? passed : undefined) });
    const flood = await connectRawSession(fixture.port, 'flood');
    flood.socket.setNoDelay(true);
    const count = 1000;
    // One by one, which is what aedes' own window does not see.
    for (let id = 1; id <= count; id += 1) {
      flood.socket.write(publishPacket('flood', Buffer.alloc(2048), id));
      if (id <= 100) await until(() => fixture.accepted.length === id, `message ${id} is at accept`);
      else await new Promise(setImmediate);
    }
    const other = await connect(fixture.port);
    for (let turn = 0; turn < 50; turn += 1) await roundTrip(other);
    // A hundred, and at most what one read of 64 KiB held.
    expect(fixture.accepted.length).toBeLessThan(133);
    await other.publishAsync('battery/charge', 'x', { qos: 1 });
    pass();
    await until(() => flood.received().length === CONNACK_BYTES + 4 * count, 'every message is acknowledged');
    expect(fixture.accepted.filter(({ topic }) => topic === 'flood')).toHaveLength(count);
  });

  test('sixteen clients with twenty messages in flight each are all served', async () => {
    const waiting: (() => void)[] = [];
    const fixture = await start({ accept: async () => new Promise((resolve) => waiting.push(resolve)) });
    const clients = await Promise.all(Array.from({ length: 16 }, async () => connect(fixture.port)));
    const publishing = clients.flatMap((client) =>
      Array.from({ length: 20 }, async () => client.publishAsync('battery/charge', '{}', { qos: 1 })),
    );
    await until(() => waiting.length === 320, 'all 320 are at accept together');
    for (const accept of waiting) accept();
    await Promise.all(publishing);
  });
});

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
    const after = openClient(fixture.port, session);
    open.push(async () => after.endAsync(true));
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
    const again = openClient(fixture.port, { clientId: 'twice', clean: false });
    open.push(async () => again.endAsync(true));
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

describe('the door', () => {
  test.each(['TCP', 'WebSocket'])('over %s a packet of 200 MB is refused at its header', async (transport) => {
    const fixture = await start();
    const header = Buffer.concat([Buffer.from([0x32]), lengthBytes(200_000_000)]);
    if (transport === 'TCP') {
      const raw = await connectRawSession(fixture.port, 'huge');
      raw.socket.write(header);
      await until(raw.isClosed, 'the connection is closed');
    } else {
      const client = await connect(fixture.webSocketUrl, { clientId: 'huge' });
      client.stream.write(header);
      await until(() => !client.connected, 'the connection is closed');
    }
    expect(fixture.reasons()).toEqual([expect.stringContaining('a PUBLISH of 200000000 bytes was announced')]);
    expect(fixture.warnings[0]?.fields['clientId']).toBe('huge');
  });

  test('a client that goes on sending its 200 MB is not read', async () => {
    const fixture = await start();
    const raw = await connectRawSession(fixture.port, 'huge');
    raw.socket.write(Buffer.concat([Buffer.from([0x32]), lengthBytes(200_000_000)]));
    const block = Buffer.alloc(1024 * 1024);
    await until(() => {
      if (!raw.socket.destroyed && !raw.socket.writableNeedDrain) raw.socket.write(block);
      return raw.isClosed();
    }, 'the connection is closed');
    expect(fixture.sockets[0]?.bytesRead).toBeLessThan(4 * block.length);
  });

  test('before CONNECT little is read: a CONNECT of more than 16 KB is refused', async () => {
    const fixture = await start();
    const raw = await connectRaw(fixture.port);
    raw.socket.write(connectPacket({ will: { topic: 'a', payload: 'x'.repeat(20_000) } }).subarray(0, 4));
    await until(raw.isClosed, 'the connection is closed');
    expect(fixture.reasons()).toEqual([expect.stringContaining('at most 16384')]);
  });

  test('a client that never sends CONNECT is closed', async () => {
    const fixture = await start({ connectTimeoutMs: 20 });
    const raw = await connectRaw(fixture.port);
    raw.socket.write(connectPacket().subarray(0, 5));
    await until(raw.isClosed, 'the connection is closed');
    expect(fixture.reasons()).toEqual([expect.stringContaining('connect did not arrive in time')]);
  });

  const connects: [name: string, bytes: Buffer, reply: number[], reason: string][] = [
    ['MQTT 5', connectPacket({ level: 5 }), [0x20, 3, 0, 0x84, 0], 'MQTT 5'],
    ['MQTT 3.1', connectPacket({ protocol: 'MQIsdp', level: 3 }), [0x20, 2, 0, 1], 'not MQTT 3.1.1'],
    ['level 6', connectPacket({ level: 6 }), [0x20, 2, 0, 1], 'level 6'],
    ['a client id of 129 bytes', connectPacket({ clientId: 'x'.repeat(129) }), [0x20, 2, 0, 2], '129 bytes'],
    [
      'a session without a client id',
      connectPacket({ clientId: '', isClean: false }),
      [0x20, 2, 0, 2],
      'needs a client id',
    ],
    [
      'a will to $aws',
      connectPacket({ will: { topic: '$aws/a', payload: '' } }),
      [],
      'the will: topics that begin with $',
    ],
    [
      'a will with a wildcard',
      connectPacket({ will: { topic: 'a/#', payload: '' } }),
      [],
      'the will: a topic to publish to',
    ],
    ['a PUBLISH first', publishPacket('a', 'x', 1), [], 'the first packet is not'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), [], 'the first packet is not'],
    ['a TLS greeting', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]), [], 'wrong flags'],
  ];

  test.each(connects)('%s is answered as the standard says and closed', async (_name, bytes, reply, reason) => {
    const fixture = await start();
    const raw = await connectRaw(fixture.port);
    raw.socket.write(bytes);
    await until(raw.isClosed, 'the connection is closed');
    expect([...raw.received()]).toEqual(reply);
    expect(fixture.reasons()).toEqual([expect.stringContaining(reason)]);
  });

  test('a client of MQTT 5 is told that the version is the trouble', async () => {
    const fixture = await start();
    await expect(connectClient(fixture.port, { protocolVersion: 5 })).rejects.toThrow(/protocol version/i);
  });

  test('a client id of 128 bytes and a client without one are welcome', async () => {
    const fixture = await start();
    await connect(fixture.port, { clientId: 'x'.repeat(128) });
    const raw = await connectRawSession(fixture.port, '');
    raw.socket.write(publishPacket('a', 'x', 1));
    await until(() => fixture.accepted.length === 1, 'it is accepted');
    expect(fixture.accepted[0]?.clientId).toMatch(/^\S+$/);
  });

  test('a WebSocket message of text is refused', async () => {
    const fixture = await start();
    const socket = new WebSocket(fixture.webSocketUrl, 'mqtt');
    const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
    socket.addEventListener('open', () => socket.send(connectPacket().toString('latin1')));
    await closed;
    expect(fixture.reasons()).toEqual([expect.stringContaining('was text')]);
    expect(socket.protocol).toBe('mqtt');
  });

  test('one byte at a time, everything is understood the same', async () => {
    const fixture = await start();
    const raw = await connectRaw(fixture.port);
    raw.socket.setNoDelay(true);
    const bytes = Buffer.concat([
      connectPacket({ clientId: 'slow' }),
      subscribePacket(1, ['b']),
      publishPacket('a', 'payload', 2),
      DISCONNECT,
    ]);
    for (const byte of bytes) await new Promise((resolve) => raw.socket.write(Buffer.from([byte]), resolve));
    await until(raw.isClosed, 'the connection is closed');
    const message: IncomingMessage = {
      topic: 'a',
      payload: Buffer.from('payload'),
      qos: 1,
      retain: false,
      clientId: 'slow',
    };
    expect(fixture.accepted).toEqual([message]);
    expect(fixture.warnings).toEqual([]);
  });
});

describe('close', () => {
  test('leaves nothing that keeps the process alive', async () => {
    const fixture = new URL('./mqtt-fixture.ts', import.meta.url).href;
    const script = `
      const { startFixture, connectClient, connectRaw } = await import(${JSON.stringify(fixture)});
      const fixture = await startFixture();
      await connectRaw(fixture.port);
      const client = await connectClient(fixture.port);
      await client.subscribeAsync('a', { qos: 1 });
      await client.publishAsync('a', 'x', { qos: 1 });
      client.on('error', () => {});
      await fixture.close();
      console.log('closed with', fixture.broker.connections());`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 10_000,
    });
    expect(stdout).toBe('closed with 0\n');
  });

  test('a connection that comes after it is closed at once', async () => {
    const fixture = await startFixture();
    await fixture.broker.close();
    const raw = await connectRaw(fixture.port);
    await until(raw.isClosed, 'the connection is closed');
    await fixture.close();
  });
});
