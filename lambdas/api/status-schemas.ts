/** What GET /status answers. */
import { instant, type Schema, text, whole } from './schema-words.ts';

const part = (description: string, required: Readonly<Record<string, Schema>>, more = {}): Schema => ({
  type: 'object',
  description,
  required: Object.keys(required),
  properties: { ...required, ...more },
});

const MEMBERS = {
  stored: part(
    "Readings of the last minute by the time they were measured, so many at least (of a battery, as many as have its most frequent field); those of a battery 'demo' are left out",
    {
      readings: whole('So many at least'),
      overS: { type: 'integer', 'x-unit': 's', description: 'Of how long' },
      perS: { type: 'number', minimum: 0, 'x-unit': '1/s', description: 'The same for a second' },
    },
  ),
  waiting: part(
    'Accepted and not yet stored: in buffered mode, and in a local runtime. Left out where nobody counts it, as on AWS in direct mode',
    { messages: whole('Messages, roughly') },
  ),
  failed: part('In the failure queues, from which they are tried again by themselves', {
    messages: whole('Messages, roughly'),
  }),
  quarantined: part('What could not be stored', {
    count: whole('Records, 500 at most'),
    atLeast: { type: 'boolean', description: 'There may be more' },
  }),
  database: part(
    'By the one question that it was asked',
    { reachable: { type: 'boolean', description: 'It answered that question' } },
    { reason: text('Why it did not') },
  ),
};

export const STATUS: Schema = {
  type: 'object',
  description: 'What cannot be told is left out, and `unknown` says why',
  required: ['asOf', 'unknown'],
  properties: {
    asOf: instant('When it was asked'),
    ...MEMBERS,
    unknown: {
      type: 'object',
      description: 'By the name of a part that is left out: why',
      additionalProperties: false,
      properties: Object.fromEntries(Object.keys(MEMBERS).map((name) => [name, text('Why it is not known')])),
    },
  },
};

export const STATUS_COSTS =
  'Answers within three seconds, whatever is down. Each call is one question to the database, one to S3 and one to each queue (two in direct mode, four in buffered), which AWS counts as requests; no metric is read.';

export const STATUS_EXAMPLE = {
  asOf: '2026-11-23T12:33:34.123+00:00',
  stored: { readings: 120, overS: 60, perS: 2 },
  failed: { messages: 0 },
  quarantined: { count: 3, atLeast: false },
  database: { reachable: true },
  unknown: {},
};
