/** GET /read to its end: one page after the other, as the Link header leads. */
import type { Client } from './http.ts';

export type ReadRow = {
  readonly time: string;
  readonly charge: number | null;
  readonly discharge: number | null;
  readonly [field: string]: unknown;
};

type Pages = { readonly rows: readonly ReadRow[]; readonly pages: readonly (readonly ReadRow[])[] };

const MAX_PAGES = 200;

export async function allRows(client: Client, path: string): Promise<Pages> {
  const pages: (readonly ReadRow[])[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    if (pages.length === MAX_PAGES) throw new Error(`${path} has no end`);
    const { status, text, headers } = await client.get(next);
    if (status !== 200) throw new Error(`GET ${next} answered ${status}: ${text}`);
    const page: readonly ReadRow[] = JSON.parse(text);
    pages.push(page);
    const { link } = headers;
    next = typeof link === 'string' ? /^<([^>]*)>; rel="next"$/.exec(link)?.[1] : undefined;
    if (link !== undefined && next === undefined) throw new Error(`no Link header that leads on: ${String(link)}`);
  }
  return { rows: pages.flat(), pages };
}
