/**
 * A stack in use, as the end-to-end suite sees it: the suite's names of batteries stand for this run's own, so that no
 * reading of anybody else's is touched, and answers come back with the suite's names.
 */
import { afterAll } from '@jest/globals';
import type { Amphora } from '../end-to-end/amphora.ts';
import { type Answer, type Client, httpClientAt } from '../end-to-end/http.ts';
import { allRows } from '../end-to-end/pages.ts';
import { until } from '../end-to-end/until.ts';
import { ACCESS_TOKEN, API_URL, own, RUN } from './run.ts';

// No name of a topic or of a battery that is somebody's.
const NAME = /^(?!(?:charge|discharge|demo|default)$)[a-z0-9][a-z0-9_-]{0,39}$/;
const DEFAULT_WRITES = /^\/(charge|discharge|writeCharge|writeDischarge|batteries\/default\/telemetry)$/;
const SAME_TWICE_MS = 2_000;
const DRAIN_PATIENCE_MS = 60_000;

const clients = new Set<Client>();

afterAll(() => {
  for (const client of clients) client.close();
});

export function stackClient(headers: Readonly<Record<string, string>> = bearer()): Client {
  const client = httpClientAt(API_URL, headers);
  clients.add(client);
  return client;
}

export async function attachStack(): Promise<Amphora> {
  const client = stackClient();
  // Whether anything was accepted that may not be stored yet.
  let isWaiting = true;
  const ask: Client['ask'] = async (path, asking) => {
    if (asking?.method === 'POST' && DEFAULT_WRITES.test(path) && !RUN.usesDefault)
      throw new Error(`POST ${path} would be a reading of the battery default, which is not this run's`);
    const answer = await client.ask(ownPath(path), asking);
    if (asking?.method === 'POST' && answer.status < 300) isWaiting = true;
    return ownAnswer(answer, path);
  };
  const amphora: Client = {
    ask,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    close: client.close,
  };
  return {
    ...amphora,
    url: API_URL,
    iot: {},
    sendFlags: ['--url', API_URL],
    sendEnv: ACCESS_TOKEN === '' ? {} : { AMPHORA_TOKEN: ACCESS_TOKEN },
    drained: async () => {
      const stored = await (isWaiting ? settled(amphora) : storedReadings(amphora));
      isWaiting = false;
      return { stored, kept: Number.NaN };
    },
    device: async () => notHere('a device of any name'),
    kept: async () => notHere('the quarantine'),
    logged: async () => notHere('the log'),
  };
}

function bearer(): Readonly<Record<string, string>> {
  return ACCESS_TOKEN === '' ? {} : { authorization: `Bearer ${ACCESS_TOKEN}` };
}

function notHere(what: string): never {
  throw new Error(`${what} of a stack in use belongs to its owner; this test is not for the target aws-in-use`);
}

const ownPath = (path: string): string =>
  path
    .replace(/^\/batteries\/([^/?]+)\//, (whole, id: string) => (NAME.test(id) ? `/batteries/${own(id)}/` : whole))
    .replace(/([?&]battery=)([^&]*)/g, (whole, key: string, id: string) =>
      NAME.test(id) ? `${key}${own(id)}` : whole,
    );

function ownAnswer(answer: Answer, path: string): Answer {
  const text = path === '/batteries' ? onlyOwn(answer.text) : answer.text.replaceAll(RUN.prefix, '');
  const { link } = answer.headers;
  const headers =
    typeof link === 'string' ? { ...answer.headers, link: link.replaceAll(RUN.prefix, '') } : answer.headers;
  return { ...answer, headers, text, body: parsed(text) };
}

function onlyOwn(text: string): string {
  const known: readonly { readonly id: string }[] = JSON.parse(text);
  const ours = known.filter(({ id }) => id.startsWith(RUN.prefix));
  return JSON.stringify(ours).replaceAll(RUN.prefix, '');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Known = { readonly id: string; readonly firstAt: string; readonly lastAt: string };

/** How many readings of this run are stored, once that number stays the same for a while: nobody else can say when all is done. */
async function settled(amphora: Client): Promise<number> {
  let [count, sinceMs] = [-1, 0];
  return until(
    'the number of stored readings to stay the same',
    async () => {
      const now = await storedReadings(amphora);
      if (now !== count) [count, sinceMs] = [now, Date.now()];
      return Date.now() - sinceMs >= SAME_TWICE_MS ? { count } : undefined;
    },
    DRAIN_PATIENCE_MS,
  ).then(({ count: stored }) => stored);
}

// A question spans 31 days at most.
const SPAN_MS = 30 * 86_400_000;

async function storedReadings(amphora: Client): Promise<number> {
  const known: readonly Known[] = JSON.parse((await amphora.get('/batteries')).text);
  let stored = 0;
  for (const { id, firstAt, lastAt } of known) {
    for (let fromMs = Date.parse(firstAt); fromMs <= Date.parse(lastAt); fromMs += SPAN_MS) {
      const range = `begin=${new Date(fromMs).toISOString()}&end=${new Date(fromMs + SPAN_MS).toISOString()}`;
      stored += (await allRows(amphora, `/read?shape=wide&battery=${id}&${range}`)).rows.length;
    }
  }
  return stored;
}
