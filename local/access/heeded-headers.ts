/** The headers of a page, as far as a browser heeds them where it asked for it. */
import type { IncomingMessage } from 'node:http';
import { LOOPBACK_NAMES } from '../http-door.ts';

const OPENER_POLICY = 'cross-origin-opener-policy';

type Headers = Readonly<Record<string, string>>;

/** Over plain HTTP beyond loopback a browser ignores the opener policy, and says so in red at every load. */
export function heededHeaders(headers: Headers, request: IncomingMessage): Headers {
  if (isTrustworthy(request)) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== OPENER_POLICY));
}

function isTrustworthy({ headers }: IncomingMessage): boolean {
  const name = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  // A proxy with TLS before this one says so; whoever lies about it changes nothing but the answer to itself.
  return LOOPBACK_NAMES.isOwn(name, '') || headers['x-forwarded-proto'] === 'https';
}
