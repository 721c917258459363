/** How fast the page asks now, by what it knows; and what tells it that there is something new. */
import type { ReadonlySignal } from '@preact/signals';
import type { Config } from './answers.ts';
import { type Pace, pollDelayMs } from './poll.ts';
import type { State } from './state.ts';

/** Of the page's state, who is there and how often may be asked at all. */
export type Presence = Pick<State, 'lastInputAtMs'> & {
  readonly config: ReadonlySignal<{ readonly config: Pick<Config, 'minPollSeconds'> } | undefined>;
};

export function presence({ config, lastInputAtMs }: Presence, nowMs: number): Omit<Pace, 'periodS'> {
  return { minPollSeconds: config.value?.config.minPollSeconds ?? 1, idleMs: nowMs - lastInputAtMs.value };
}

/** For the newest values. */
export function paceMs(state: Presence & Pick<State, 'isWaiting' | 'live'>, nowMs: number): number {
  const { isWaiting, live } = state;
  // Without a battery of one's own, and before the first value of the one that is shown, the wait is for a first reading.
  const isFirstDue = isWaiting.value === true || newestMs(state) === 0;
  return pollDelayMs({ ...presence(state, nowMs), periodS: isFirstDue ? 0 : (live.value?.value.periodS ?? 0) });
}

type Shown = Pick<State, 'live'>;

/** Event time of the newest value shown; 0 before the first. */
export function newestMs({ live }: Shown): number {
  const values = [...(live.value?.value.valueByField.values() ?? [])];
  return values.reduce((newest, value) => (value.kind === 'known' ? Math.max(newest, value.atMs) : newest), 0);
}

/** Changes with each value shown, be it newer or another one of the same moment. Empty before the first. */
export function valuesKey({ live }: Shown): string {
  const values = [...(live.value?.value.valueByField ?? [])];
  return values
    .flatMap(([field, value]) => (value.kind === 'known' ? [`${field} ${value.at} ${value.value}`] : []))
    .join();
}
