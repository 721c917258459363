/**
 * The token that HTTP wants beyond loopback. A browser brings it once, in the link that the start printed, and has a cookie
 * from then on; a script brings it in each request: `Authorization: Bearer`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from '../http-door.ts';
import { pathOf } from '../http-event.ts';
import { openedPage, PAGE_HEADERS, refusedPage } from './access-pages.ts';
import { heededHeaders } from './heeded-headers.ts';
import { derived, isSame } from './secret.ts';
import type { SlowDown } from './slow-down.ts';

export type HttpAccess = {
  /** Whether the request shows the token, or the cookie that stands for it. */
  readonly isKnown: (request: IncomingMessage) => boolean;
  /** True when the request was answered: it opened the link, or it has no right to more. */
  readonly answered: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
};

/** Without a query these are what a person opens. */
const LINK_PATHS: ReadonlySet<string> = new Set(['/', '/docs']);
const OPEN_PATH = '/health';
const COOKIE_MAX_AGE_S = 365 * 86_400;
const REFUSAL =
  'this Amphora wants its access token: open the link that ./amphora start printed, or send Authorization: Bearer with the token from the file access-token of its data folder';

export function httpAccess(token: string, slow: SlowDown): HttpAccess {
  // Cookies go to every port of a host: what another program there sees of ours is not the token itself.
  const cookieValue = derived(token, 'cookie');

  const isKnown = (request: IncomingMessage): boolean => {
    const { bearer, cookie } = shownBy(request);
    return (bearer !== undefined && isSame(bearer, token)) || (cookie !== undefined && isSame(cookie, cookieValue));
  };

  async function refuse(request: IncomingMessage, response: ServerResponse, wasGiven: boolean): Promise<void> {
    if (wasGiven) await slow.pause(addressOf(request));
    if (response.destroyed) return;
    const headers = { 'www-authenticate': 'Bearer realm="amphora"' };
    if (!(request.headers.accept ?? '').includes('text/html')) {
      return sendJson(response, 401, { message: REFUSAL }, headers);
    }
    sendPage(response, 401, refusedPage(), headers);
  }

  return {
    isKnown,
    answered: async (request, response) => {
      const path = pathOf(request);
      const isGet = request.method === 'GET';
      // By the path that the router sees: one that a URL parser tidies up first could be open here and another one there.
      if (path === OPEN_PATH && (isGet || request.method === 'HEAD')) return false;
      const query = new URLSearchParams(/\?(.*)/s.exec(request.url ?? '')?.[1]);
      const given = isGet && LINK_PATHS.has(path) ? query.get('token') : null;
      const { bearer, cookie } = shownBy(request);
      const wasGiven = given !== null || bearer !== undefined || cookie !== undefined;
      // A right one is never kept waiting: behind a proxy everybody has one address. Guessing it is hopeless at any speed.
      if (given === null ? isKnown(request) : isSame(given, token)) {
        if (given === null) return false;
        query.delete('token');
        const setCookie = `${cookieName(request)}=${cookieValue}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_MAX_AGE_S}`;
        sendPage(response, 200, openedPage(path, query), { 'set-cookie': setCookie });
        return true;
      }
      if (wasGiven && !slow.mayTry(addressOf(request)))
        sendJson(response, 429, { message: 'too many wrong tokens at once' }, { 'retry-after': '1' });
      else await refuse(request, response, wasGiven);
      return true;
    },
  };
}

const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? '';

type Shown = { readonly bearer: string | undefined; readonly cookie: string | undefined };

function shownBy(request: IncomingMessage): Shown {
  const { authorization = '', cookie = '' } = request.headers;
  const prefix = `${cookieName(request)}=`;
  return {
    bearer: /^Bearer +(\S+)$/i.exec(authorization)?.[1],
    cookie: cookie
      .split(/;\s*/)
      .find((pair) => pair.startsWith(prefix))
      ?.slice(prefix.length),
  };
}

// By the port, so that two Amphoras of one machine do not take each other's.
const cookieName = ({ socket }: IncomingMessage): string => `amphora-access-${socket.localPort}`;

function sendPage(response: ServerResponse, status: number, html: string, headers: Record<string, string>): void {
  const bytes = Buffer.from(html);
  const always = heededHeaders(PAGE_HEADERS, response.req);
  response.writeHead(status, { ...always, 'content-length': bytes.length, ...headers });
  response.end(bytes);
}
