/** What pages use that are open all month: each asks through CloudFront, the API and a function, and so the database. */
import { AWAY_MS, pollDelayMs, quietDelayMs, statusDelayMs } from '../dashboard/poll.ts';
import type { Assume, AssumptionName } from './assumptions.ts';
import { type Load, SECONDS_PER_MONTH } from './load.ts';
import type { BilledFunction, StackInventory } from './parse-template.ts';
import { computing, GB, logging, type Use } from './use.ts';

// lib/sign-in.ts lets an access token live for 15 minutes.
const TOKEN_S = 15 * 60;
const HOURS_PER_DAY = 24;

type Question = {
  readonly perMonth: number;
  readonly by: Extract<BilledFunction, 'livedata' | 'read' | 'status' | 'session'>;
  readonly takes: AssumptionName;
  readonly answer: AssumptionName;
};

type Viewing = {
  readonly inventory: StackInventory;
  readonly load: Load;
  readonly assume: Assume;
  /** How much of the time somebody is there; else it asks every half minute. */
  readonly watchedShare: number;
};

export function viewerUses(viewing: Viewing): readonly Use[] {
  const { inventory, load, assume } = viewing;
  const { viewers } = load;
  const asked = questions(viewing).map((one) => ({ ...one, count: viewers * one.perMonth }));
  const total = (amount: (one: (typeof asked)[number]) => number): number =>
    asked.reduce((sum, one) => sum + amount(one), 0);
  const requests = total(({ count }) => count);
  const loads = viewers * assume('pageLoads');
  const atEdge = requests + loads * assume('pageRequests');
  const answeredBytes = total(({ count, answer }) => count * assume(answer)) + loads * assume('pageBytes');
  const toDatabase = total(({ by, count }) =>
    by === 'session' || inventory.functions[by].isInVpc ? 0 : count * assume('queryBytes'),
  );
  const statuses = total(({ by, count }) => (by === 'status' ? count : 0));
  const logBytes = requests * (assume('invocationLogBytes') + assume('accessLogBytes'));
  const at = (by: Question['by'], what: string): Use => {
    const mine = asked.filter((one) => one.by === by);
    const busyMs = mine.reduce((sum, { count, takes }) => sum + count * assume(takes), 0);
    return { group: 'viewers', what, ...computing(inventory.functions[by], 1, busyMs) };
  };
  return [
    use('people signed in', 'person', viewers),
    use('requests to CloudFront', 'edgeRequest', atEdge),
    use('its functions called', 'edgeFunction', atEdge * inventory.edgeFunctionsPerRequest),
    use('sent by CloudFront', 'edgeGb', answeredBytes / GB),
    use('requests to the API', 'httpApiRequest', requests),
    use('functions called', 'lambdaRequest', requests),
    at('livedata', 'livedata at work'),
    at('read', 'read at work'),
    at('status', 'status at work'),
    at('session', 'session at work'),
    use(
      'queues it asks',
      'sqsRequest',
      statuses * (inventory.failureQueues + (inventory.buffer === undefined ? 0 : 1)),
    ),
    use('lists of the quarantine', 's3List', statuses),
    use('to the database', 'outGb', toDatabase / GB),
    ...logging('viewers', logBytes, viewing),
  ];
}

const use = (what: string, price: Use['price'], count: number): Use => ({ group: 'viewers', what, price, count });

function questions({ load, assume, watchedShare }: Viewing): readonly Question[] {
  const perMonth = (asked: (pace: Pace) => number): number =>
    watchedShare * asked(paceOf(load, 0)) + (1 - watchedShare) * asked(paceOf(load, AWAY_MS + 1));
  const charts = perMonth((pace) => chartsPerMonth(load, pace));
  // With a range's first chart come its rows; after that only while they are in view.
  const inViewShare = assume('rowsHours') / HOURS_PER_DAY;
  const rows = assume('pageLoads') + inViewShare * perMonth((pace) => rowsPerMonth(load, pace));
  return [
    {
      perMonth: perMonth(({ liveS }) => SECONDS_PER_MONTH / liveS),
      by: 'livedata',
      takes: 'livedataMs',
      answer: 'livedataBytes',
    },
    { perMonth: charts, by: 'read', takes: 'seriesMs', answer: 'seriesBytes' },
    { perMonth: rows, by: 'read', takes: 'rowsMs', answer: 'rowsBytes' },
    {
      perMonth: perMonth(({ liveS, quietS }) => SECONDS_PER_MONTH / Math.max(liveS, quietS)),
      by: 'read',
      takes: 'batteriesMs',
      answer: 'batteriesBytes',
    },
    {
      perMonth: perMonth(({ statusS }) => SECONDS_PER_MONTH / statusS),
      by: 'status',
      takes: 'statusMs',
      answer: 'statusBytes',
    },
    { perMonth: SECONDS_PER_MONTH / TOKEN_S, by: 'session', takes: 'sessionMs', answer: 'sessionBytes' },
  ];
}

/** Seconds from one question to the next: for the values, for the chart while nothing new is seen, and for how Amphora itself does. */
type Pace = {
  readonly liveS: number;
  readonly quietS: number;
  readonly statusS: number;
  /** Nobody is there. */
  readonly isAway: boolean;
};

function paceOf({ periodS, minPollSeconds }: Load, idleMs: number): Pace {
  return {
    liveS: pollDelayMs({ periodS, minPollSeconds, idleMs }) / 1000,
    quietS: quietDelayMs({ minPollSeconds, idleMs }) / 1000,
    isAway: idleMs > AWAY_MS,
    statusS: statusDelayMs({ isLocal: false, minPollSeconds, idleMs }) / 1000,
  };
}

// One for each message that the values show, and where these are far apart one for each quiet time between. In the first range, 15
// minutes, there is a step for every few seconds.
function chartsPerMonth({ periodS, perMessage }: Load, { liveS, quietS }: Pace): number {
  const newEveryS = Math.max(liveS, periodS * perMessage);
  return (SECONDS_PER_MONTH / newEveryS) * Math.ceil(newEveryS / quietS);
}

const rowsPerMonth = (load: Load, pace: Pace): number =>
  pace.isAway ? SECONDS_PER_MONTH / pace.quietS : chartsPerMonth(load, pace);
