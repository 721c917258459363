/** Asks how Amphora itself does, seldom; and for what is in quarantine while somebody looks at it. */
import type { ReadonlySignal } from '@preact/signals';
import type { Config } from './answers.ts';
import type { Api } from './api.ts';
import { retryDelayMs, statusDelayMs } from './poll.ts';
import type { State } from './state.ts';

/** Until something changes that makes it ask at once. */
const NOT_NOW_MS = 3_600_000;
const MOST_RECORDS = 5;

/** Of the page's state what this needs and changes. */
export type StatusState = Pick<
  State,
  'session' | 'contact' | 'openPart' | 'lastInputAtMs' | 'status' | 'quarantined'
> & {
  readonly config: ReadonlySignal<
    | {
        readonly config: Pick<Config, 'isLocal' | 'minPollSeconds'>;
        readonly api: Pick<Api, 'status' | 'quarantined'>;
      }
    | undefined
  >;
};

/** Answers after how long to ask again. */
export function statusAsker(state: StatusState, clockMs: () => number): () => Promise<number> {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let askedFor = '';
  let failures = 0;

  return async () => {
    const wanted = statusKey(state);
    const known = state.config.value;
    if (wanted === '' || known === undefined) return NOT_NOW_MS;
    const { config, api } = known;
    const idleMs = clockMs() - state.lastInputAtMs.value;
    const paceMs = statusDelayMs({ isLocal: config.isLocal, minPollSeconds: config.minPollSeconds, idleMs });
    const restMs = askedAtMs + paceMs - clockMs();
    // Seen again, or touched again: what was answered just now still holds.
    if (wanted === askedFor && restMs > 0 && failures === 0) return restMs;
    [askedAtMs, askedFor] = [clockMs(), wanted];
    const [status, records] = await Promise.all([
      api.status(),
      state.openPart.value === 'quarantined' ? api.quarantined(MOST_RECORDS) : undefined,
    ]);
    // Signed out meanwhile, or looking elsewhere.
    if (statusKey(state) === '') return NOT_NOW_MS;
    failures = status.kind === 'ok' ? 0 : failures + 1;
    state.status.value = status.kind === 'ok' ? { value: status.value, receivedAtMs: clockMs() } : undefined;
    if (records?.kind === 'ok') state.quarantined.value = records.value;
    // An older Amphora, which has no such answer.
    if (status.kind === 'refused') return NOT_NOW_MS;
    return failures === 0 ? paceMs : Math.max(paceMs, retryDelayMs(failures));
  };
}

/** Changes with whatever makes the last answer old at once; empty while nothing may be asked. */
export function statusKey({ config, session, contact, openPart }: StatusState): string {
  const isIn = session.value.kind === 'in' || session.value.kind === 'none';
  return config.value === undefined || !isIn ? '' : `${contact.value.kind} ${openPart.value ?? ''}`;
}
