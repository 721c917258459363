/** What GET and POST /redrive answer. */
import { ref, type Schema, text, whole } from './schema-words.ts';

const DEPTH = {
  waiting: whole('Messages that wait, roughly'),
  inFlight: whole('Messages that a redrive has in hand'),
};
const MOVED = {
  moved: whole('Messages that left the queue; those in quarantine are among them'),
  stored: whole('Points that are new'),
  repeated: whole('Points that were there already'),
  quarantined: whole('Messages of which something could still not be stored'),
};
const queue = text('As the stack names it');

export const FAILURE_QUEUE: Schema = {
  type: 'object',
  required: ['queue', ...Object.keys(DEPTH)],
  properties: { queue, ...DEPTH },
};

export const FAILURES_WAITING: Schema = {
  type: 'object',
  required: [...Object.keys(DEPTH), 'queues'],
  properties: { ...DEPTH, queues: { type: 'array', items: ref('FailureQueue') } },
};

export const REDRIVEN_QUEUE: Schema = {
  type: 'object',
  required: ['queue', ...Object.keys(MOVED)],
  properties: { queue, ...MOVED },
};

export const REDRIVEN: Schema = {
  type: 'object',
  required: [...Object.keys(MOVED), 'more', 'queues'],
  properties: {
    ...MOVED,
    more: { type: 'boolean', description: 'It ended before the queues were empty: ask again' },
    stopped: text('Why nothing more could be stored; the rest waits where it was'),
    queues: { type: 'array', items: ref('RedrivenQueue') },
  },
};
