/** The proxy itself: each trouble is what it is called. */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { randomOf } from '../end-to-end/load.ts';
import { until, within } from '../end-to-end/until.ts';
import { type ChaosProxy, chaosProxy, type Trouble } from './chaos-proxy.ts';

const SIZE = 20_000;
const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

type Line = {
  readonly proxy: ChaosProxy;
  readonly client: Socket;
  readonly echoed: () => number;
  readonly ended: () => string;
  /** Connections at the server. */
  readonly served: () => number;
};

/** A client, the proxy, and a server that sends back what it hears. */
async function newLine(trouble: Trouble): Promise<Line> {
  let served = 0;
  const server: Server = createServer((socket) => {
    served += 1;
    socket.once('close', () => (served -= 1));
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const proxy = await chaosProxy(typeof address === 'object' && address !== null ? address.port : 0, randomOf(1));
  opened.push(proxy.close);
  proxy.make(trouble);
  const client = dial(proxy.port, '127.0.0.1');
  opened.push(() => client.destroy());
  let bytes = 0;
  let ended = '';
  client.on('data', (piece) => (bytes += piece.length));
  client.on('error', (error: { readonly code?: string }) => (ended = error.code ?? 'error'));
  client.on('close', () => (ended ||= 'closed'));
  return { proxy, client, echoed: () => bytes, ended: () => ended, served: () => served };
}

describe('the chaos proxy', () => {
  test.each(['none', 'latency', 'trickle'] as const)('%s: every byte comes back', async (trouble) => {
    const line = await newLine(trouble);
    const beganMs = performance.now();
    line.client.write(Buffer.alloc(SIZE));
    await until('all of it', () => line.echoed() === SIZE);
    if (trouble === 'latency') expect(performance.now() - beganMs).toBeGreaterThan(35);
    expect(line.ended()).toBe('');
  });

  test('reset: the client is told so', async () => {
    const line = await newLine('reset');
    await until('the reset', () => {
      if (!line.client.destroyed) line.client.write('x');
      return line.ended() !== '';
    });
    expect(line.ended()).toMatch(/ECONNRESET|EPIPE/);
  });

  test('half-open: nothing comes back and nothing ends, not even when it is over; a new connection is whole', async () => {
    const line = await newLine('half-open');
    await until('the far end', () => line.served() === 1);
    line.client.write('lost');
    await until('the far end to go', () => line.served() === 0);
    expect(line.proxy.connections()).toBe(1);
    line.proxy.make('none');
    line.client.write('lost too');
    const other = dial(line.proxy.port, '127.0.0.1');
    opened.push(() => other.destroy());
    const heard = new Promise<string>((resolve) => other.once('data', (piece) => resolve(piece.toString())));
    other.write('through');
    expect(await within('the echo', heard)).toBe('through');
    expect([line.echoed(), line.ended()]).toEqual([0, '']);
  });

  test('black hole: nothing passes until it is over, and then all of it does', async () => {
    const line = await newLine('black hole');
    line.client.write(Buffer.alloc(SIZE));
    const other = await newLine('none');
    other.client.write('as long as this takes');
    await until('a line without trouble to echo', () => other.echoed() > 0);
    expect([line.echoed(), line.ended()]).toEqual([0, '']);
    line.proxy.make('none');
    await until('all of it', () => line.echoed() === SIZE);
  });
});
