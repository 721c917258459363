/** Where to listen, from what `--host` says; and whether that is beyond this machine. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';

export type ListenPlace = {
  /** To bind, on one port. */
  readonly addresses: readonly string[];
  /** Undefined: only this machine can come in, and needs nothing to do so. */
  readonly beyond?: Beyond;
};

export type Beyond = {
  /** As it was given. */
  readonly host: string;
  /** By which another device reaches it, as it stands in an address: an IPv6 address in brackets. */
  readonly reachedAs: string;
};

export const LOOPBACK_PLACE: ListenPlace = { addresses: ['127.0.0.1', '::1'] };

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Bridges and tunnels of virtual machines and containers: no phone is behind them. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|cni|flannel|tun|tap|wg|utun|zt|tailscale)/;

export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address) || address === '::1';
}

export async function listenPlace(
  given: string,
  interfaces: Interfaces = networkInterfaces(),
  lookUp: (name: string) => Promise<readonly string[]> = addressesOf,
): Promise<ListenPlace> {
  const host = given.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (host === 'localhost' || LOOPBACK_PLACE.addresses.includes(host)) return LOOPBACK_PLACE;
  if (host === '0.0.0.0' || host === '::') {
    // `::` takes connections of IPv4 too. Of 0.0.0.0 the loopback of IPv6 is not a part, and `localhost` may mean it.
    const addresses = host === '::' ? ['::'] : ['0.0.0.0', '::1'];
    return { addresses, beyond: { host, reachedAs: homeAddress(interfaces) } };
  }
  const found = isIP(host) === 0 ? await lookUp(host) : [host];
  const outer = found.filter((address) => !isLoopback(address));
  // Debian gives the machine's own name to 127.0.1.1.
  if (outer.length === 0) {
    throw refused(
      `--host ${given} is ${found.join(' and ')} here, which no other device reaches; give ${homeAddress(interfaces)}, or 0.0.0.0 for all addresses of this machine; leave --host out to listen on localhost only`,
    );
  }
  const own = Object.values(interfaces).flatMap((list) => (list ?? []).map(({ address }) => address));
  const mine = outer.filter((address) => own.includes(address));
  if (mine.length === 0) {
    const others = own.filter((address) => !isLoopback(address));
    throw refused(
      `--host ${given} is not an address of this machine; it has ${others.length === 0 ? 'none but loopback' : others.join(', ')}`,
    );
  }
  const reachedAs = isIP(host) === 6 ? `[${host}]` : host;
  return { addresses: [...LOOPBACK_PLACE.addresses, ...mine], beyond: { host, reachedAs } };
}

/** The one that a phone on the same network most likely reaches. */
function homeAddress(interfaces: Interfaces): string {
  const all = Object.entries(interfaces).flatMap(([name, list]) =>
    (list ?? []).filter(({ internal }) => !internal).map((one) => ({ ...one, isVirtual: VIRTUAL.test(name) })),
  );
  const v4 = all.filter(({ family }) => family === 'IPv4');
  const best = v4.find(({ isVirtual }) => !isVirtual) ?? v4[0] ?? all.find(({ scopeid = 0 }) => scopeid === 0);
  if (best === undefined) return 'localhost';
  return best.family === 'IPv6' ? `[${best.address}]` : best.address;
}

async function addressesOf(name: string): Promise<readonly string[]> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (cause) {
    throw refused(`--host ${name} is a name that nobody knows here; give an address of this machine`, cause);
  }
}

function refused(message: string, cause?: unknown): AmphoraError {
  return new AmphoraError('setting-invalid', message, { retry: false, cause });
}
