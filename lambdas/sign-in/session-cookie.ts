/** The cookie that keeps a page signed in: the refresh token, where no script of a page can read it. */

/** `__Host-`: a browser takes it only with Secure and Path=/, and without a domain, so that no other host can set it. */
const NAME = '__Host-amphora-session';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict';
/** As long as the user pool's refresh tokens live. */
const MAX_AGE_S = 30 * 24 * 60 * 60;
// RevokeToken of Cognito's API reference: these characters. A browser keeps 4096 bytes of name and value.
const REFRESH_TOKEN = /^[\w=.-]{1,4000}$/;

/** Undefined when a cookie cannot carry the token. */
export function sessionCookie(refreshToken: string): string | undefined {
  if (!REFRESH_TOKEN.test(refreshToken)) return undefined;
  return `${NAME}=${refreshToken}; ${ATTRIBUTES}; Max-Age=${MAX_AGE_S}`;
}

export const CLEARED_COOKIE = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`;

/** Of a request's cookies the refresh token; undefined when there is none that could be one. */
export function refreshTokenIn(cookies: readonly string[]): string | undefined {
  const own = cookies.find((cookie) => cookie.startsWith(`${NAME}=`))?.slice(NAME.length + 1);
  return own !== undefined && REFRESH_TOKEN.test(own) ? own : undefined;
}
