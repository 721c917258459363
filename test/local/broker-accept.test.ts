import { Buffer } from 'node:buffer';
import { describe, expect, test } from '@jest/globals';
import { brokers } from './broker-fixture.ts';
import {
  CONNACK_BYTES,
  connectPacket,
  connectRaw,
  connectRawSession,
  DISCONNECT,
  gate,
  messagesOf,
  publishPacket,
  roundTrip,
  startFixture,
  subscribePacket,
  until,
} from './mqtt-fixture.ts';

const { start, connect } = brokers();

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

  test('one that is refused closes the connection in its turn, and those behind it are refused with it', async () => {
    const first = gate();
    const fixture = await start({
      accept: async ({ payload }) => {
        if (payload.toString() === '1') await first.passed;
        if (payload.toString() === '2') throw new Error('the disk is full');
      },
    });
    const raw = await connectRawSession(fixture.port, 'boat');
    raw.socket.write(Buffer.concat(['1', '2', '3'].map((text, i) => publishPacket('a', text, i + 1))));
    await until(() => fixture.accepted.length === 3, 'all are at accept');
    await roundTrip(await connect(fixture.port));
    expect([raw.received().length, raw.isClosed()]).toEqual([CONNACK_BYTES, false]);
    first.pass();
    await until(raw.isClosed, 'the connection is closed');
    // The first one's may still be on its way out when the connection is closed behind it; the client then sends it again.
    expect([[], [0x40, 2, 0, 1]]).toContainEqual([...raw.received().subarray(CONNACK_BYTES)]);
    expect(fixture.reasons()).toEqual(['the disk is full', 'a message was not accepted: the disk is full']);
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
