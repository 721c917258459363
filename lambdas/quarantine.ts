/** GET /quarantine and /quarantine/{id}, POST /quarantine/{id}/replay, DELETE /quarantine/{id}: what could not be stored. */
import { env } from './aws/env.ts';
import { type HttpAnswer, type HttpRequest, httpHandler, json, refuse } from './aws/http.ts';
import { storeSettings } from './aws/store-settings.ts';
import { parseJson } from './json/parse-json.ts';
import type { Quarantine } from './quarantine/quarantine.ts';
import { parseQuarantineQuery } from './quarantine/quarantine-query.ts';
import { batteryOf, type QuarantineRecord } from './quarantine/record.ts';
import { replayRecord } from './quarantine/replay-record.ts';
import { openQuarantine } from './quarantine-store/open-quarantine.ts';
import { openAppend } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { payloadBytes } from './telemetry/envelope.ts';
import { formatInstant } from './telemetry/instant.ts';
import { writeMessage } from './telemetry/write-message.ts';

let quarantine: Quarantine | undefined;
let append: Store['append'] | undefined;

async function answer(request: HttpRequest): Promise<HttpAnswer> {
  quarantine ??= openQuarantine();
  const id = idOf(request);
  if (id === undefined) return list(quarantine, request.query);
  switch (request.method) {
    case 'POST':
      return replay(quarantine, id);
    case 'DELETE':
      return (await quarantine.delete(id)) ? json(200, { id, deleted: true }) : unknown(id);
    default:
      return show(await quarantine.get(id), id);
  }
}

// From the path as it is routed; a parameter that cannot be decoded is the id of nothing.
function idOf({ path, params }: HttpRequest): string | undefined {
  return path === '/quarantine' ? undefined : (params['id'] ?? '');
}

async function list(from: Quarantine, query: HttpRequest['query']): Promise<HttpAnswer> {
  const parsed = parseQuarantineQuery(query, Date.now());
  if (!parsed.ok) return refuse(400, parsed.reason);
  const { records, next } = await from.list(parsed.query);
  return json(200, records.map(summary), next === undefined ? {} : { link: linkTo(next, query, parsed.query) });
}

// from and to as instants, so that a `-1h` of the first page does not move on the second.
function linkTo(
  after: string,
  query: HttpRequest['query'],
  { fromMs, toMs }: { readonly fromMs?: number; readonly toMs?: number },
): string {
  const edges = {
    ...(fromMs === undefined ? {} : { from: new Date(fromMs).toISOString() }),
    ...(toMs === undefined ? {} : { to: new Date(toMs).toISOString() }),
  };
  const next = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...query, ...edges, after })) next.set(key, value ?? '');
  return `</quarantine?${next.toString()}>; rel="next"`;
}

function show(record: QuarantineRecord | undefined, id: string): HttpAnswer {
  return record === undefined ? unknown(id) : json(200, { ...summary(record), original: record.original });
}

async function replay(from: Quarantine, id: string): Promise<HttpAnswer> {
  // No journal stands behind this answer, and the record goes with it: the commit itself must be on disk.
  append ??= openAppend(storeSettings({ nowMs: Date.now, isDurable: true }));
  const deps = { append, parseJson, topicRoot: env.topicRoot(), demoClientId: env.demoClientId() };
  const replayed = await replayRecord({
    quarantine: from,
    write: (envelope, keep) => writeMessage({ ...deps, quarantine: keep })(envelope),
    nowMs: Date.now,
  })(id);
  switch (replayed.kind) {
    case 'unknown':
      return unknown(id);
    case 'stored': {
      const { stored, repeated } = replayed.result;
      return json(200, { id, outcome: 'stored', stored, repeated });
    }
    case 'quarantined': {
      const { stored, repeated } = replayed.result;
      const { attempts, reason } = replayed.record;
      return json(200, { id, outcome: 'quarantined', stored, repeated, attempts, reason });
    }
  }
}

/** All but the original, which may be as long as a message. */
function summary(record: QuarantineRecord) {
  const { id, reason, serverMessage, original, topic, clientId, receivedAt, traceId, attempts, quarantinedAt } = record;
  return {
    id,
    battery: batteryOf(record) ?? null,
    reason,
    ...(serverMessage === undefined ? {} : { serverMessage }),
    topic,
    clientId,
    traceId,
    receivedAt: formatInstant(receivedAt),
    quarantinedAt: formatInstant(quarantinedAt),
    attempts,
    bytes: payloadBytes({ payload: original }),
  };
}

const unknown = (id: string): HttpAnswer =>
  refuse(404, `there is no record '${id.slice(0, 64)}' in the quarantine; GET /quarantine lists those there are`);

export const handler = httpHandler(answer);
