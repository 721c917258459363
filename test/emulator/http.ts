/** A stack's API as a client speaks to it. */
export type Answered = { readonly status: number; readonly body: Record<string, unknown> };

const PATIENCE_MS = 30_000;

export async function post(apiUrl: string, path: string, body: unknown): Promise<Answered> {
  return ask(`${apiUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export const get = (apiUrl: string, path: string): Promise<Answered> => ask(`${apiUrl}${path}`);

async function ask(url: string, init: RequestInit = {}): Promise<Answered> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  return { status: response.status, body: JSON.parse(await response.text()) };
}
