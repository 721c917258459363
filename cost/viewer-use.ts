/** What pages use that are open all month: each asks through CloudFront, the API and a function, and so the database. */
import { AWAY_MS, pollDelayMs } from '../dashboard/poll.ts';
import type { Assume, AssumptionName } from './assumptions.ts';
import { type Load, SECONDS_PER_MONTH } from './load.ts';
import type { BilledFunction, StackInventory } from './parse-template.ts';
import { computing, GB, logging, type Use } from './use.ts';

// dashboard/ask-live.ts asks for the list every 30 seconds, lib/sign-in.ts lets an access token live for 15 minutes. The chart and its
// table are asked for as often as the values: in the first range, 15 minutes, there is a step for every few seconds.
const LIST_S = 30;
const TOKEN_S = 15 * 60;

type Question = {
  readonly perMonth: number;
  readonly by: Extract<BilledFunction, 'livedata' | 'read' | 'session'>;
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
    at('session', 'session at work'),
    use('to the database', 'outGb', toDatabase / GB),
    ...logging('viewers', logBytes, viewing),
  ];
}

const use = (what: string, price: Use['price'], count: number): Use => ({ group: 'viewers', what, price, count });

function questions({ load, watchedShare }: Viewing): readonly Question[] {
  const { periodS, minPollSeconds } = load;
  const everyMs = (idleMs: number): number => pollDelayMs({ periodS, minPollSeconds, idleMs });
  const asking = (leastS: number): number => {
    const perMonth = (idleMs: number): number => SECONDS_PER_MONTH / Math.max(leastS, everyMs(idleMs) / 1000);
    return watchedShare * perMonth(0) + (1 - watchedShare) * perMonth(AWAY_MS + 1);
  };
  return [
    { perMonth: asking(0), by: 'livedata', takes: 'livedataMs', answer: 'livedataBytes' },
    { perMonth: asking(0), by: 'read', takes: 'seriesMs', answer: 'seriesBytes' },
    { perMonth: asking(0), by: 'read', takes: 'rowsMs', answer: 'rowsBytes' },
    { perMonth: asking(LIST_S), by: 'read', takes: 'batteriesMs', answer: 'batteriesBytes' },
    { perMonth: SECONDS_PER_MONTH / TOKEN_S, by: 'session', takes: 'sessionMs', answer: 'sessionBytes' },
  ];
}
