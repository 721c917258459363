/**
 * What no template says: how long a function takes, how long a line is. All of it is here, with how it was found;
 * `./amphora cost --assume NAME=VALUE` takes another.
 *
 * Durations are those of the bundled functions on a real InfluxDB 2.7.12 on a busy machine of two cores: the time of the processor
 * times 6.9, for a function of 256 MB has 256/1769 of one (AWS: "Configure Lambda function memory"), and 20 ms for a database in
 * the same region, or what was waited if that was more. Measured, processor and waiting: writer 0.9 and 1.6 ms, each further
 * reading 0.11 ms; livedata 5.1 and 50 ms; series 9.7 and 146 ms; rows 3.5 and 41 ms; batteries 1.3 and 59 ms.
 */

export type Assumption = {
  readonly amount: number;
  readonly unit: string;
  readonly means: string;
  /** Default: MOST. */
  readonly atMost?: number;
};

const ms = (amount: number, means: string): Assumption => ({ amount, unit: 'ms', means });
const bytes = (amount: number, means: string): Assumption => ({ amount, unit: 'bytes', means });

export const ASSUMPTIONS = {
  writerMs: ms(30, 'the writer, for one reading'),
  writerMoreMs: ms(0.75, 'the writer, for each further reading of one call'),
  ingestMs: ms(40, 'ingest, which publishes what is sent over HTTP (not measured)'),
  livedataMs: ms(90, 'GET /livedata'),
  seriesMs: ms(215, 'GET /read for the chart'),
  rowsMs: ms(65, 'GET /read for the table'),
  batteriesMs: ms(70, 'GET /batteries'),
  statusMs: ms(100, 'GET /status, which asks database, queues and quarantine at once (not measured)'),
  sessionMs: ms(120, 'a new access token for the page (not measured)'),
  redriveStartMs: ms(600, 'the start of redrive, whose environment is gone after a quarter of an hour (not measured)'),
  redriveQueueMs: ms(1000, 'redrive, for each queue: it waits a second for messages'),

  readingBytes: bytes(117, 'a reading with time, power, soc, voltage, seq and boot, as JSON'),
  topicBytes: bytes(24, 'a topic such as battery/garage/telemetry'),
  envelopeBytes: bytes(196, 'what the rule puts round a payload in base64'),
  storedBytes: bytes(60, 'to the database for each further reading of one write'),
  writeBytes: bytes(600, 'to the database for a write with one reading, headers and TLS among them'),
  queryBytes: bytes(2500, 'to the database for what one GET asks'),
  // START, END and REPORT of Lambda, with 26 bytes each that CloudWatch adds to a line.
  invocationLogBytes: bytes(330, "Lambda's own lines in the log of a call"),
  countsLogBytes: bytes(476, "the writer's line of counts, 450 measured"),
  accessLogBytes: bytes(360, 'a line of the access log of the API'),
  livedataBytes: bytes(1080, 'the answer of GET /livedata with its headers, 782 measured without'),
  seriesBytes: bytes(5800, 'the same of the chart of 15 minutes, 5508 measured'),
  rowsBytes: bytes(14_100, 'the same of the table of 15 minutes at 10 s, 15 333 measured for 100 rows'),
  batteriesBytes: bytes(430, 'the same of GET /batteries, 132 measured'),
  statusBytes: bytes(500, 'the same of GET /status'),
  sessionBytes: bytes(2000, 'the same of a new access token'),
  pageBytes: bytes(90_000, 'the page itself, compressed, with what it loads'),

  watchedHours: {
    amount: 24,
    unit: 'hours a day',
    atMost: 24,
    means:
      'how long somebody moves a mouse at an open page at least every five minutes; in the others it asks every half minute',
  },
  rowsHours: {
    amount: 24,
    unit: 'hours a day',
    atMost: 24,
    means:
      'how long the first of the rows below the chart is in view, as on a screen of 1280 × 800 and on no phone: only then are they asked for with each chart',
  },
  pageLoads: { amount: 30, unit: 'a month', means: 'how often an open page is loaded' },
  pageRequests: { amount: 6, unit: 'requests', means: 'of one load' },
  reconnects: { amount: 30, unit: 'a month', means: 'how often a device connects anew' },
  logCompression: {
    amount: 0.15,
    unit: 'of its size',
    atMost: 1,
    means: "what a kept log takes, by CloudWatch's pricing examples",
  },
} as const satisfies Readonly<Record<string, Assumption>>;

export type AssumptionName = keyof typeof ASSUMPTIONS;
/** What is taken for it. */
export type Assume = (name: AssumptionName) => number;

/** The metrics of our own that there are as soon as something is stored: those of the writer's line of counts. */
export const METRICS_OF_A_WRITE = [
  'PointsStored',
  'PointsRepeated',
  'PointsCollided',
  'PointsQuarantined',
  'MessagesQuarantined',
] as const;

export type AssumeResult =
  | { readonly ok: true; readonly assume: Assume }
  | { readonly ok: false; readonly reason: string };

const MOST = 10_000_000;

const isName = (name: string): name is AssumptionName => Object.hasOwn(ASSUMPTIONS, name);

/** `writerMs=80,livedataMs=200` over what is assumed else. */
export function assuming(text = ''): AssumeResult {
  const given = new Map<AssumptionName, number>();
  for (const part of text === '' ? [] : text.split(',')) {
    const [, name = part, value = ''] = /^([^=]*)=(.*)$/.exec(part) ?? [];
    if (!isName(name))
      return { ok: false, reason: `nothing is assumed of '${name}'; there are ${Object.keys(ASSUMPTIONS).join(', ')}` };
    const amount = /^\d{1,8}(\.\d{1,6})?$/.test(value) ? Number(value) : Number.NaN;
    const { amount: usual, atMost = MOST }: Assumption = ASSUMPTIONS[name];
    if (!(amount <= atMost)) {
      const reason = `${name} must be a number from 0 to ${atMost}, as in ${name}=${usual}, not '${value}'`;
      return { ok: false, reason };
    }
    given.set(name, amount);
  }
  return { ok: true, assume: (name) => given.get(name) ?? ASSUMPTIONS[name].amount };
}

/** All of them, with what is taken for each. */
export function allAssumed(assume: Assume): Readonly<Record<string, Assumption>> {
  const names = Object.keys(ASSUMPTIONS).filter(isName);
  return Object.fromEntries(names.map((name) => [name, { ...ASSUMPTIONS[name], amount: assume(name) }]));
}
