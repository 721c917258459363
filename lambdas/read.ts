/** GET /read in its three shapes, and GET /batteries. */
import { type HttpAnswer, type HttpRequest, httpHandler, json, refuse } from './aws/http.ts';
import { storeSettings } from './aws/store-settings.ts';
import { DEFAULT_BATTERY, DEMO_BATTERY, parseBatteryId } from './batteries/battery.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { formatInstant } from './telemetry/instant.ts';
import { parseReadQuery, type ReadQuery } from './telemetry/read-query.ts';
import { type Page, readDemoRows, readWideRows } from './telemetry/read-rows.ts';
import { readSeries } from './telemetry/read-series.ts';

// Lambda passes 6 MB on, as JSON within JSON and in UTF-8; a row is nearly all ASCII.
const MAX_ANSWER_CHARACTERS = 5_000_000;

let store: Store | undefined;

async function read({ path, query }: HttpRequest): Promise<HttpAnswer> {
  store ??= openStore(storeSettings({ nowMs: Date.now }));
  if (path === '/batteries') return json(200, await batteries(store));
  const id = parseBatteryId(query['battery'] ?? DEFAULT_BATTERY);
  if (!id.ok) return refuse(400, id.reason);
  const parsed = parseReadQuery(query, Date.now());
  if (!parsed.ok) return refuse(400, parsed.reason);
  const asked = { ...parsed.query, battery: id.id };
  if (asked.shape === 'series') return json(200, await readSeries(store, Date.now)(asked));
  return (await rows(store, asked, query)) ?? refuse(400, "'after' is not from a Link header of this request");
}

// Rows with all fields may be too long for one answer; then it has fewer, and the link leads on.
async function rows(
  from: Store,
  asked: ReadQuery & { readonly battery: string },
  query: HttpRequest['query'],
): Promise<HttpAnswer | undefined> {
  for (let { limit } = asked; ; limit = Math.ceil(limit / 2)) {
    const bounded = { ...asked, limit };
    const page = asked.shape === 'wide' ? await readWideRows(from)(bounded) : await readDemoRows(from)(bounded);
    if (page === undefined) return undefined;
    const answer = json(200, page.rows, linkTo(page, query, asked));
    if (limit === 1 || JSON.stringify(answer).length <= MAX_ANSWER_CHARACTERS) return answer;
  }
}

async function batteries(from: Store): Promise<readonly unknown[]> {
  const spans = await from.batteries();
  return spans.map(({ id, firstAtMs, lastAtMs }) => ({
    id,
    firstAt: formatInstant(firstAtMs),
    lastAt: formatInstant(lastAtMs),
    simulated: id === DEMO_BATTERY,
  }));
}

// begin and end as instants, so that a `now()` of the first page does not move on the second.
function linkTo(
  page: Page<unknown>,
  query: HttpRequest['query'],
  { range }: ReadQuery,
): Readonly<Record<string, string>> {
  if (page.next === undefined) return {};
  const edges = { begin: new Date(range.fromMs).toISOString(), end: new Date(range.toMs).toISOString() };
  const next = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...query, ...edges, after: page.next })) next.set(key, value ?? '');
  return { link: `</read?${next.toString()}>; rel="next"` };
}

export const handler = httpHandler(read, { storeDown: (reason) => `Error reading data from InfluxDB: ${reason}` });
