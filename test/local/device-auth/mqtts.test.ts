import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { mqttsServer } from '../../../local/device-auth/mqtts.ts';
import { openAuthority } from '../../../local/devices/authority.ts';
import { listen } from '../../../local/listen.ts';
import { until } from '../mqtt-fixture.ts';
import { type Logged, recordedLog } from '../recorded-log.ts';
import { inTempFolder } from '../temp-folder.ts';

/** The beginning of a TLS record of a handshake that never goes on. */
const HALF_A_GREETING = Buffer.from([0x16, 3, 1, 2, 0, 1]);

async function withServer(
  handshakeTimeoutMs: number,
  use: (port: number, logged: readonly Logged[]) => Promise<void>,
): Promise<number> {
  let handed = 0;
  await inTempFolder(async (folder) => {
    const authority = await openAuthority({ file: (name) => join(folder, name) });
    const identity = await authority.serverIdentity(['localhost']);
    const { log, logged } = recordedLog();
    const handle = (): void => {
      handed += 1;
    };
    const server = mqttsServer({ ...identity, ca: authority.certificatePem, handle, log, handshakeTimeoutMs });
    const { port, close } = await listen(server, '127.0.0.1', 0, '--mqtts-port');
    try {
      await use(port, logged);
    } finally {
      await close();
    }
  });
  return handed;
}

async function closedAfter(port: number, begin: (socket: Socket) => void): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  let isClosed = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  socket.resume();
  begin(socket);
  await until(() => isClosed, 'the connection is closed');
}

describe('the listener of devices', () => {
  test.each([
    ['says nothing', () => {}],
    ['stops in the middle of its greeting', (socket: Socket) => void socket.write(HALF_A_GREETING)],
  ])('cuts off who %s, and tells it once', async (_what, begin) => {
    const handed = await withServer(50, async (port, logged) => {
      await closedAfter(port, begin);
      await until(() => logged.length > 0, 'it is logged');
      expect(logged).toEqual([
        {
          level: 'warn',
          event: 'mqtts-handshake-failed',
          fields: { from: '127.0.0.1', reason: 'it did not end in time' },
        },
      ]);
    });
    expect(handed).toBe(0);
  });

  test('outlives a hundred who leave in the middle of the handshake', async () => {
    const handed = await withServer(10_000, async (port) => {
      const leave = (socket: Socket): void => void socket.write(HALF_A_GREETING, () => socket.resetAndDestroy());
      await Promise.all(Array.from({ length: 100 }, () => closedAfter(port, leave)));
      await closedAfter(port, (socket) => void socket.write('GET / HTTP/1.1\r\n\r\n'));
    });
    expect(handed).toBe(0);
  });
});
