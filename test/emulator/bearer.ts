/** A stack's API as one meets it with a token, or without. */
export type Asked = {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Answered = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
};

const PATIENCE_MS = 30_000;

export async function ask(
  apiUrl: string,
  path: string,
  { method = 'GET', body, headers = {} }: Asked = {},
): Promise<Answered> {
  const answer = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return { status: answer.status, body: Object(JSON.parse((await answer.text()) || '{}')), headers: answer.headers };
}

export const bearer = (accessToken: unknown): Asked => ({
  headers: { authorization: `Bearer ${String(accessToken)}` },
});

/** The status of a read with this token. */
export async function readStatus(apiUrl: string, accessToken: unknown): Promise<number> {
  return (await ask(apiUrl, '/livedata', bearer(accessToken))).status;
}

/** The status of a write with this token. */
export async function writeStatus(apiUrl: string, accessToken: unknown): Promise<number> {
  const reading = { method: 'POST', body: { charge: 5 } };
  return (await ask(apiUrl, '/charge', { ...bearer(accessToken), ...reading })).status;
}
