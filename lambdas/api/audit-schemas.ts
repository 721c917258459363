/** What GET /audit answers. */
import { batteryId, instant, ref, type Schema, text, whole } from './schema-words.ts';

const ACCOUNT = {
  sent: whole("From a run's first stored seq to its last"),
  stored: whole('Of those, each once'),
  missing: whole('Of those, not stored'),
  duplicated: whole('Samples beyond the first of a seq: of another time or other content'),
};

export const AUDIT: Schema = {
  type: 'object',
  required: ['battery', 'from', 'to', 'sent', 'stored', 'missing', 'duplicated', 'withoutSeq', 'stamped', 'runs'],
  properties: {
    battery: batteryId,
    from: instant('Start of what this answer covers'),
    to: instant('End of it, itself not in it'),
    next: instant('Where the rest of the range begins; absent when this is all of it'),
    ...ACCOUNT,
    withoutSeq: whole('Samples without seq, which cannot be accounted for'),
    stamped: whole('Samples without a timestamp of their own: sent again, they are stored again'),
    runs: { type: 'array', items: ref('AuditRun'), description: 'By the time of their first sample' },
  },
};

export const AUDIT_RUN: Schema = {
  type: 'object',
  description: 'From one start of the device to the next, as far as it lies in the range',
  required: ['firstAt', 'lastAt', 'first', 'last', 'sent', 'stored', 'missing', 'duplicated', 'present', 'repeated'],
  properties: {
    boot: text("The start's name; absent where the device sends none, and a lower seq with a newer time began it"),
    firstAt: instant('Its oldest sample'),
    lastAt: instant('Its newest sample'),
    first: whole('Its least seq; when it is neither 0 nor 1, what came before is not known'),
    last: whole('Its greatest seq'),
    ...ACCOUNT,
    present: {
      type: 'array',
      description: 'Stretches of seq without a hole: first, last, and the times of these two (ms since 1970)',
      items: { type: 'array', items: { type: 'integer' }, minItems: 4, maxItems: 4 },
    },
    repeated: {
      type: 'array',
      description: 'Each seq of more than one sample, and how many more',
      items: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 },
    },
  },
};

export const AUDIT_EXAMPLE = {
  battery: 'boat',
  from: '2026-11-23T12:00:00.000Z',
  to: '2026-11-23T13:00:00.000Z',
  sent: 5,
  stored: 4,
  missing: 1,
  duplicated: 0,
  withoutSeq: 0,
  stamped: 0,
  runs: [
    {
      boot: '2026-11-23T11:59:58.000Z',
      firstAt: '2026-11-23T12:00:00.000Z',
      lastAt: '2026-11-23T12:00:04.000Z',
      first: 1,
      last: 5,
      sent: 5,
      stored: 4,
      missing: 1,
      duplicated: 0,
      present: [
        [1, 2, 1_795_435_200_000, 1_795_435_201_000],
        [4, 5, 1_795_435_203_000, 1_795_435_204_000],
      ],
      repeated: [],
    },
  ],
};
