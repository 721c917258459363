/** The two ports that a login in the browser comes back to; they are fixed, so that one test at a time may have them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CALLBACK_PORTS } from '../../cli/sign-in/callback.ts';
import { fileLock } from '../../local/files/file-lock.ts';
import { until } from '../end-to-end/until.ts';

const PATIENCE_MS = 120_000;

/** Waits for other runs of these tests on this machine. Throws where another program has a port. Gives them back. */
export async function callbackPorts(): Promise<() => void> {
  const lock = join(tmpdir(), `amphora-callback-ports-${process.getuid?.() ?? ''}.sqlite`);
  const unlock = await until('the end of another run of these tests', () => fileLock(lock), PATIENCE_MS);
  try {
    for (const port of CALLBACK_PORTS) await (await occupy(port))();
    return unlock;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Takes a port away, on both loopback addresses. */
export async function occupy(port: number): Promise<() => Promise<void>> {
  const servers: Server[] = [];
  const free = async (): Promise<void> =>
    void (await Promise.all(servers.map((server) => once(server.close(), 'close'))));
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer();
    try {
      await once(server.listen({ port, host }), 'listening');
      servers.push(server);
    } catch (error) {
      const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
      // A machine without IPv6.
      if (['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code)) continue;
      await free();
      throw new Error(
        `port ${port} of ${host} cannot be had (${code}): something else listens there, perhaps an ./amphora login; these tests need ports ${CALLBACK_PORTS.join(' and ')}, so stop that and run them again`,
      );
    }
  }
  return free;
}
