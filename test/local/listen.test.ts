import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { type Listening, listen, listenOn, listenOnLoopback } from '../../local/listen.ts';

const make = (): Server => createServer((socket) => socket.end());

async function using<T>(listening: Promise<Listening>, use: (port: number) => Promise<T>): Promise<T> {
  const { port, close } = await listening;
  try {
    return await use(port);
  } finally {
    await close();
  }
}

async function refusal(listening: Promise<Listening>): Promise<string> {
  try {
    await (await listening).close();
    return 'listening';
  } catch (error) {
    expect(error).toMatchObject({ code: 'setting-invalid', retry: false });
    return String(Object(error).message);
  }
}

const answers = async (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => undefined).resume();
  });

/** Another process that listens, on a port of its own choice. */
async function inOtherProcess<T>(host: string, use: (port: number, pid: number) => Promise<T>): Promise<T> {
  const script = `const s = require('net').createServer().listen(0, '${host}', () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(child.stdout, 'data');
    return await use(Number(String(line)), child.pid ?? 0);
  } finally {
    const exit = once(child, 'exit');
    child.kill();
    await exit;
  }
}

describe('listening on several addresses', () => {
  test('is on one port of all of them, and ends on all', async () => {
    const addresses = ['127.0.0.1', '::1', '127.0.0.9'];
    const port = await using(listenOn(addresses, make, 0, '--port'), async (own) => {
      for (const address of addresses) expect([address, await answers(address, own)]).toEqual([address, true]);
      return own;
    });
    for (const address of addresses) expect([address, await answers(address, port)]).toEqual([address, false]);
  });

  test('is on none of them when the port of the last is taken', async () => {
    await inOtherProcess('127.0.0.9', async (port) => {
      expect(await refusal(listenOn(['127.0.0.1', '::1', '127.0.0.9'], make, port, '--port'))).toContain(
        `port ${port} is in use`,
      );
      expect([await answers('127.0.0.1', port), await answers('::1', port)]).toEqual([false, false]);
    });
  });

  test('of which one is not this machine’s is the error of the system, and none of the others is left open', async () => {
    await expect(listenOn(['127.0.0.1', '203.0.113.7'], make, 0, '--port')).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    });
  });
});

describe('listening on loopback', () => {
  test('port 0 picks one that answers on 127.0.0.1 and on ::1, and is closed on both', async () => {
    const port = await using(listenOnLoopback(make, 0, '--port'), async (own) => {
      expect(own).toBeGreaterThan(0);
      expect([await answers('127.0.0.1', own), await answers('::1', own)]).toEqual([true, true]);
      return own;
    });
    expect([await answers('127.0.0.1', port), await answers('::1', port)]).toEqual([false, false]);
  });

  test('nothing listens beyond loopback', async () => {
    await using(listenOnLoopback(make, 0, '--port'), async (port) =>
      expect(await answers('127.0.0.2', port)).toBe(false),
    );
  });

  test('a port that is free is the one that was asked for', async () => {
    const free = await using(listenOnLoopback(make, 0, '--port'), async (port) => port);
    await using(listenOnLoopback(make, free, '--port'), async (port) => expect(port).toBe(free));
  });

  test.each(['127.0.0.1', '::1'])(
    'a port taken on %s is told with its number, its owner and the flag',
    async (host) => {
      await inOtherProcess(host, async (port, pid) => {
        const reason = await refusal(listenOnLoopback(make, port, '--mqtt-port'));
        expect(reason).toContain(`port ${port} is in use`);
        expect(reason).toContain('--mqtt-port (0 picks a free one)');
        // Where the system tells it.
        if (process.platform === 'linux') expect(reason).toContain(`(process ${pid})`);
        // And nothing of ours is left on the other address.
        expect(await answers(host === '::1' ? '127.0.0.1' : '::1', port)).toBe(false);
      });
    },
  );

  test('one address alone is told the same', async () => {
    await inOtherProcess('127.0.0.1', async (port) => {
      expect(await refusal(listen(make(), '127.0.0.1', port, '--port'))).toContain(`port ${port} is in use`);
    });
  });

  test('an address that is not this machine’s is the error of the system', async () => {
    await expect(listen(make(), '203.0.113.7', 0, '--port')).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });
});
