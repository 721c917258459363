import { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { IncomingMessage } from '../../local/broker.ts';
import { brokers } from './broker-fixture.ts';
import {
  connectClient,
  connectPacket,
  connectRaw,
  connectRawSession,
  DISCONNECT,
  lengthBytes,
  publishPacket,
  startFixture,
  subscribePacket,
  until,
} from './mqtt-fixture.ts';

const { start, connect } = brokers();

describe('the door', () => {
  test('aedes writes its packets without 65 536 Buffers to take their numbers from', async () => {
    const fixture = await start();
    const client = await connect(fixture.port);
    await client.publishAsync('a', 'x', { qos: 1 });
    // The copy that aedes has, whichever that is.
    const ofAedes = createRequire(createRequire(import.meta.url).resolve('aedes'));
    expect(Object.keys(ofAedes('mqtt-packet/numbers.js').cache)).toEqual([]);
  });

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
