/** Listening on several addresses with one port, and what to say when a port is taken. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { basename } from 'node:path';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';

export type Listening = { readonly port: number; readonly close: () => Promise<void> };

const LOOPBACK = ['127.0.0.1', '::1'] as const;
/** Of all of IPv6's, the one that has IPv4's connections too. */
const DUAL = '::';
const TAKEN: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES']);
const FREE_PORT_TRIES = 20;
const LISTEN_STATE = '0A';
const CLOSE_GRACE_MS = 3_000;

export async function listenOnLoopback(make: () => Server, port: number, flag: string): Promise<Listening> {
  return listenOn(LOOPBACK, make, port, flag);
}

/**
 * One server an address, on one port; 0 picks a port that is free on all. `flag` is named when the port is taken. The
 * first address must be there; of the others those of IPv6 need not.
 */
export async function listenOn(
  [first = '', ...others]: readonly string[],
  make: () => Server,
  port: number,
  flag: string,
): Promise<Listening> {
  for (let tries = FREE_PORT_TRIES; ; tries--) {
    const all = [await listen(make(), first, port, flag)];
    const own = all[0]?.port ?? port;
    const close = async (): Promise<void> => void (await Promise.all(all.map((one) => one.close())));
    try {
      for (const address of others) {
        const listening = await listenIfThere(make, address, own);
        if (listening !== undefined) all.push(listening);
      }
      return { port: own, close };
    } catch (error) {
      await close();
      if (!TAKEN.has(codeOf(error))) throw error;
      if (port !== 0 || tries === 0) throw taken(own, flag, error);
    }
  }
}

export async function listen(server: Server, host: string, port: number, flag: string): Promise<Listening> {
  try {
    return await listenOnce(server, host, port);
  } catch (error) {
    throw TAKEN.has(codeOf(error)) ? taken(port, flag, error) : error;
  }
}

// A machine without IPv6 has no ::1; undefined says that it is not needed.
async function listenIfThere(make: () => Server, address: string, port: number): Promise<Listening | undefined> {
  try {
    return await listenOnce(make(), address, port);
  } catch (error) {
    if (address.includes(':') && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

async function listenOnce(server: Server, host: string, port: number): Promise<Listening> {
  // Of its own, for a server of HTTP forgets the connections that asked to speak another protocol.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ...(host.includes(':') ? { ipv6Only: host !== DUAL } : {}) }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  const address: AddressInfo | string | null = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : port;
  return { port: own, close: () => closed(server, sockets) };
}

// Idle connections end at once; one that is still answered gets a moment.
function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}

function taken(port: number, flag: string, cause: unknown): AmphoraError {
  if (codeOf(cause) === 'EACCES') {
    return new AmphoraError(
      'setting-invalid',
      `port ${port} needs more rights than this user has; take one above 1023 with ${flag}`,
      { retry: false, cause },
    );
  }
  const owner = ownerOf(port) ?? usualOwner(flag);
  return new AmphoraError(
    'setting-invalid',
    `port ${port} is in use, ${owner}; stop that, or take another port with ${flag} (0 picks a free one)`,
    { retry: false, cause },
  );
}

function usualOwner(flag: string): string {
  return flag === '--mqtt-port' ? 'likely by another MQTT broker such as mosquitto' : 'likely by another Amphora';
}

// Linux tells who listens: the socket's inode in /proc/net/tcp, and the process that holds it.
function ownerOf(port: number): string | undefined {
  try {
    const inodes = ['tcp', 'tcp6'].flatMap((table) => listeningInodes(`/proc/net/${table}`, port));
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (holds(pid, inodes)) return `by ${programOf(pid)} (process ${pid})`;
    }
  } catch {
    // No /proc here: the likely owner is told instead.
  }
  return undefined;
}

function programOf(pid: string): string {
  const [program = '', ...others] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const isAmphora = others.some((word) => word.endsWith('cli/main.ts'));
  return isAmphora ? 'another Amphora' : basename(program);
}

function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return rows.flatMap((columns) =>
    columns[1]?.endsWith(wanted) && columns[3] === LISTEN_STATE ? [columns[9] ?? ''] : [],
  );
}

function holds(pid: string, inodes: readonly string[]): boolean {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return links.some((link) => inodes.some((inode) => link === `socket:[${inode}]`));
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  if (error instanceof AmphoraError) return codeOf(error.cause);
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
