/** What each route of the table takes and answers. A route without an entry here does not compile. */
import { AUDIT_EXAMPLE } from './audit-schemas.ts';
import { type Answer, battery, type Content, json, type Operation, type Parameter, query } from './operation-words.ts';
import type { ROUTES } from './routes.ts';
import { batteryId, ref, type Schema } from './schema-words.ts';
import { RECORD_ID_PATTERN, type SCHEMAS } from './schemas.ts';
import { STATUS_COSTS, STATUS_EXAMPLE } from './status-schemas.ts';

type TableRoute = (typeof ROUTES)[number];
type KeyOf<R> = R extends TableRoute ? `${R['method']} ${R['path']}` : never;
type RouteKey = KeyOf<TableRoute>;
type SchemaName = keyof typeof SCHEMAS;

const answer = (description: string, name: SchemaName, example?: unknown): Answer => ({
  description,
  content: json(ref(name), example),
});
const body = (name: SchemaName, example: unknown): { readonly required: true; readonly content: Content } => ({
  required: true,
  content: json(ref(name), example),
});
const errorOrMessage: Schema = { oneOf: [ref('Error'), ref('Message')] };

const BAD_BODY = {
  '400': { description: 'The body says something that cannot be: which field, and why', content: json(errorOrMessage) },
  '413': answer('The body is over 128 KiB', 'Message'),
  '415': answer('The content type is not application/json', 'Message'),
};
const retryAfter = { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' } } };
const BROKER_DOWN = { '503': { ...answer('The broker did not take it; send it again', 'Error'), headers: retryAfter } };
const STORE_DOWN = { '503': { ...answer('The store does not answer; ask again', 'Error'), headers: retryAfter } };
const STORE_REFUSED = { '500': answer('The store refuses what no further try mends', 'Error') };
const STORE_FAILED = { '500': answer('The store does not answer', 'Error') };
const BAD_QUERY = { '400': answer('A parameter makes no sense: which one, and what it may be', 'Error') };

const setCookie = (description: string): NonNullable<Answer['headers']> => ({
  'Set-Cookie': { description, schema: { type: 'string' } },
});
const SESSION = { accessToken: 'eyJraWQ…', expiresInS: 900 };
const SESSION_REFUSALS = {
  '403': { description: 'It is not the page that asks', content: json(errorOrMessage) },
  '404': answer('This stack has no sign-in', 'Error'),
  '503': { ...answer('The sign-in service does not answer; ask again', 'Error'), headers: retryAfter },
};

const recordId: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'Of the record, as the list tells it',
  schema: { type: 'string', pattern: RECORD_ID_PATTERN },
};
const NO_RECORD = { '404': answer('There is no such record', 'Error') };
const QUARANTINE_DOWN = {
  '503': { ...answer('The quarantine, or the store, does not answer; ask again', 'Error'), headers: retryAfter },
};
const QUEUE_DOWN = {
  '503': {
    ...answer('The queue, the quarantine, or the store does not answer; ask again', 'Error'),
    headers: retryAfter,
  },
};

const AT = '2026-11-23T12:33:34.123+00:00';

export const OPERATIONS: Readonly<Record<RouteKey, Operation>> = {
  'POST /charge': {
    requestBody: body('Charge', { charge: 10, unit: 'kW' }),
    responses: {
      '200': answer('The broker has the message', 'Message', { message: 'charge set to: 10 kW' }),
      ...BAD_BODY,
      ...BROKER_DOWN,
    },
  },
  'POST /discharge': {
    requestBody: body('Discharge', { discharge: 4, unit: 'kW' }),
    responses: {
      '200': answer('The broker has the message', 'Message', { message: 'Discharge value set to: 4 kW' }),
      ...BAD_BODY,
      ...BROKER_DOWN,
    },
  },
  'POST /batteries/{id}/telemetry': {
    description:
      'A signed `power` is stored as the side that it is: 1.2 as `charge` 1.2, -1.2 as `discharge` 1.2, and the other side unknown.',
    parameters: [
      {
        name: 'id',
        in: 'path',
        required: true,
        description: 'The battery; a new id makes a new battery',
        schema: batteryId,
      },
    ],
    requestBody: {
      required: true,
      content: json({ oneOf: [ref('Sample'), ref('Samples')] }, { timestamp: AT, voltage: 14.5, current: 20, soc: 81 }),
    },
    responses: {
      '202': answer('The broker has all accepted samples', 'Accepted', { accepted: 1, rejected: [] }),
      ...BAD_BODY,
      ...BROKER_DOWN,
    },
  },
  'POST /writeCharge': write('WriteCharge', { charge: 7, unit: 'kW', timestamp: '2026-11-23T12:00:00Z' }),
  'POST /writeDischarge': write('WriteDischarge', { discharge: 7, unit: 'kW', timestamp: '2026-11-23T12:00:00Z' }),
  'GET /livedata': {
    parameters: [battery('Which battery. Absent: the default one, in the original four keys')],
    responses: {
      '200': {
        description: 'The newest value of each field by the time it was measured',
        content: json(
          { oneOf: [ref('DemoLivedata'), ref('Livedata')] },
          { charge: 11, discharge: 4, timestamp: AT, unit: 'kW' },
        ),
      },
      ...BAD_QUERY,
      ...STORE_DOWN,
    },
  },
  'GET /read': {
    parameters: [
      battery('Which battery. Absent: the default one'),
      query('begin', 'Start of the range: -<number><s|m|h|d|w>, now(), or RFC 3339', {
        type: 'string',
        default: '-1h',
      }),
      query('end', 'End of the range, itself not in it; at most 31 days after begin', {
        type: 'string',
        default: 'now()',
      }),
      query('shape', 'rows: charge rows, then discharge rows; wide: one row an instant; series: steps for a chart', {
        enum: ['rows', 'wide', 'series'],
        default: 'rows',
      }),
      query('limit', 'Rows at most (rows, wide)', { type: 'integer', minimum: 1, maximum: 10_000, default: 10_000 }),
      query('order', 'Which rows come first (wide)', { enum: ['oldest', 'newest'], default: 'oldest' }),
      query('points', 'Steps at most (series)', { type: 'integer', minimum: 1, maximum: 2000, default: 300 }),
      query('after', 'Where the next page goes on; only from a Link header', { type: 'string' }),
    ],
    responses: {
      '200': {
        description: 'The readings of the range, [] when there are none',
        headers: {
          Link: { description: 'Address of the next page, rel="next"; absent on the last', schema: { type: 'string' } },
        },
        content: json(
          {
            // An empty array is two of them at once.
            anyOf: [
              { type: 'array', description: 'shape=rows', items: ref('DemoRow') },
              { type: 'array', description: 'shape=wide', items: ref('WideRow') },
              ref('Series'),
            ],
          },
          [{ charge: 10, discharge: null, time: AT }],
        ),
      },
      ...BAD_QUERY,
      ...STORE_FAILED,
    },
  },
  'GET /batteries': {
    responses: {
      '200': {
        description: 'All batteries that ever sent a sample, by id',
        content: json({ type: 'array', items: ref('Battery') }, [
          { id: 'boat', firstAt: AT, lastAt: AT, simulated: false },
        ]),
      },
      ...STORE_FAILED,
    },
  },
  'GET /audit': {
    description:
      'An answer covers as much of the range as fits; where it has `next`, ask again from there, and join the runs: of one `boot` by their numbers, of none where a part ends and the next begins. ./amphora audit does so.',
    parameters: [
      battery('Which battery. Absent: the default one'),
      query('from', 'Start of the range: -<number><s|m|h|d|w>, now(), or RFC 3339', { type: 'string', default: '-1h' }),
      query('to', 'End of the range, itself not in it; at most 31 days after from', {
        type: 'string',
        default: 'now()',
      }),
    ],
    responses: {
      '200': answer('What is stored by number; no runs when there is nothing', 'Audit', AUDIT_EXAMPLE),
      ...BAD_QUERY,
      ...STORE_DOWN,
    },
  },
  'GET /quarantine': {
    parameters: [
      query('battery', 'Of this battery, as the topic says, be it an id that no battery may have', { type: 'string' }),
      query('reason', "Words that stand in the reason or in the database's own words", { type: 'string' }),
      query('from', 'Received at this time or later: -<number><s|m|h|d|w>, now(), or RFC 3339', { type: 'string' }),
      query('to', 'Received before this time', { type: 'string' }),
      query('limit', 'Records at most', { type: 'integer', minimum: 1, maximum: 500, default: 100 }),
      query('after', 'Where the next page goes on; only from a Link header', { type: 'string' }),
    ],
    responses: {
      '200': {
        description:
          'Without their original bytes. A page may have fewer than the limit, even none, and lead on: as many are looked at as one answer has time for',
        headers: {
          Link: { description: 'Address of the next page, rel="next"; absent on the last', schema: { type: 'string' } },
        },
        content: json({ type: 'array', items: ref('QuarantineEntry') }),
      },
      ...BAD_QUERY,
      ...QUARANTINE_DOWN,
    },
  },
  'GET /quarantine/{id}': {
    parameters: [recordId],
    responses: { '200': answer('The record', 'QuarantineRecord'), ...NO_RECORD, ...QUARANTINE_DOWN },
  },
  'POST /quarantine/{id}/replay': {
    description: 'The original goes through the writer once more. No body.',
    parameters: [recordId],
    responses: {
      '200': answer('It is stored and no record any more, or still there with its newest reason', 'Replayed'),
      ...NO_RECORD,
      ...QUARANTINE_DOWN,
      ...STORE_REFUSED,
    },
  },
  'DELETE /quarantine/{id}': {
    parameters: [recordId],
    responses: { '200': answer('It is gone', 'Deleted'), ...NO_RECORD, ...QUARANTINE_DOWN },
  },
  'GET /redrive': { responses: { '200': answer('How much waits', 'FailuresWaiting'), ...QUEUE_DOWN } },
  'POST /redrive': {
    description: 'What is stored already changes nothing, so it may be broken off and asked for again. No body.',
    responses: { '200': answer('What was done', 'Redriven'), ...STORE_REFUSED, ...QUEUE_DOWN },
  },
  'GET /status': {
    description: STATUS_COSTS,
    responses: { '200': answer('What is known of it now', 'Status', STATUS_EXAMPLE) },
  },
  'GET /health': { responses: { '200': answer('It answers', 'Health', { status: 'ok', version: '0.1.0' }) } },
  'POST /session': {
    description:
      'For the page alone: its Origin is compared. The cookie that comes back holds the refresh token; no script reads it.',
    requestBody: body('SessionCode', {
      code: 'c0b2e1a4-1c1f',
      codeVerifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    }),
    responses: {
      '200': { ...answer('Signed in', 'Session', SESSION), headers: setCookie('Sets the session') },
      ...BAD_BODY,
      '401': answer('The code was used already, is too old, or is not of this page', 'Error'),
      ...SESSION_REFUSALS,
    },
  },
  'POST /session/refresh': {
    description: 'For the page alone: its Origin is compared, and its browser sends the cookie. No body.',
    responses: {
      '200': {
        ...answer('A new access token', 'Session', SESSION),
        headers: setCookie('When the session has a new one'),
      },
      '401': { ...answer('Nobody is signed in, or the session has ended', 'Error'), headers: setCookie('Ends it') },
      ...SESSION_REFUSALS,
    },
  },
  'DELETE /session': {
    description: 'For the page alone: its Origin is compared. An access token that is out lives out its minutes.',
    responses: {
      '200': { ...answer('Signed out here', 'SessionEnd', { revoked: true }), headers: setCookie('Ends the session') },
      ...SESSION_REFUSALS,
    },
  },
  'GET /swagger.json': {
    responses: { '200': { description: 'OpenAPI 3.1', content: json({ type: 'object' }) } },
  },
};

function write(name: SchemaName, example: unknown): Operation {
  return {
    requestBody: body(name, example),
    responses: {
      '200': answer('The store has it', 'Message', { message: 'Data written successfully' }),
      ...BAD_BODY,
      '409': answer('Another sample stands on this very time', 'Error'),
      ...STORE_FAILED,
    },
  };
}
