/** What the page knows. Made once, by main.tsx, which hands it to whoever changes it. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Battery, Config, Live, Row, Series } from './answers.ts';
import type { Api } from './api.ts';
import { type ChartModel, chartModel } from './chart-model.ts';
import type { ChartKind } from './chart-plots.ts';
import { hasReal } from './choice.ts';
import type { Cursor } from './history.tsx';
import { type Contact, type LiveState, liveState } from './live-state.ts';
import { type Range, rangeFromAddress } from './range.ts';
import type { QuarantineEntry, Status, StatusPart } from './status-answers.ts';
import { currentTheme, type Theme } from './theme.ts';

export type Received<Value> = { readonly value: Value; readonly receivedAtMs: number };

/** Whether questions may be asked, and by whom. */
export type SessionState =
  /** Not known yet: config.json, or the session's cookie, is being asked about. */
  | { readonly kind: 'asking' }
  /** This Amphora has no sign-in. */
  | { readonly kind: 'none' }
  | { readonly kind: 'in'; readonly isLeaving: boolean }
  /** Nobody is signed in; how it came to that, if there is more to say. */
  | { readonly kind: 'out'; readonly why: string | undefined };

export type State = {
  /** Where Amphora is; undefined until config.json was read. */
  readonly config: Signal<{ readonly config: Config; readonly api: Api } | undefined>;
  readonly session: Signal<SessionState>;
  readonly contact: Signal<Contact>;
  readonly batteries: Signal<Received<readonly Battery[]> | undefined>;
  /** The battery in the address, if there is one. */
  readonly asked: Signal<string | undefined>;
  readonly shown: Signal<string | undefined>;
  readonly live: Signal<Received<Live> | undefined>;
  /** This page's clock, moved on every second. */
  readonly nowMs: Signal<number>;
  /** What to add to this page's clock for the server's; undefined before its first answer. */
  readonly serverAheadMs: Signal<number | undefined>;
  readonly lastInputAtMs: Signal<number>;
  readonly range: Signal<Range>;
  readonly kind: Signal<ChartKind>;
  readonly isTable: Signal<boolean>;
  /** Of the chart; undefined until it is on the page. */
  readonly widthPx: Signal<number | undefined>;
  readonly cursor: Signal<Cursor | undefined>;
  readonly series: Signal<(Received<Series> & { readonly serverNowMs: number }) | undefined>;
  readonly rows: Signal<Received<readonly Row[]> | undefined>;
  /** Below the chart one seldom sees them. */
  readonly areRowsInView: Signal<boolean>;
  /** How Amphora itself does; undefined: it does not say. */
  readonly status: Signal<Received<Status> | undefined>;
  /** The part of it that is being looked at. */
  readonly openPart: Signal<StatusPart | undefined>;
  readonly quarantined: Signal<readonly QuarantineEntry[] | undefined>;
  readonly notice: Signal<string>;
  readonly copied: Signal<string | undefined>;
  readonly theme: Signal<Theme>;

  readonly liveState: ReadonlySignal<LiveState | undefined>;
  readonly model: ReadonlySignal<ChartModel | undefined>;
  /** No battery but a simulated one is known. Undefined: not known yet. */
  readonly isWaiting: ReadonlySignal<boolean | undefined>;
  readonly isReady: ReadonlySignal<boolean>;
};

export function createState(address: URLSearchParams, nowMs: number): State {
  const asked = signal(address.get('battery') ?? undefined);
  const batteries: State['batteries'] = signal(undefined);
  const live: State['live'] = signal(undefined);
  const series: State['series'] = signal(undefined);
  const now = signal(nowMs);
  const contact = signal<Contact>({ kind: 'ok' });
  return {
    config: signal(undefined),
    session: signal<SessionState>({ kind: 'asking' }),
    contact,
    batteries,
    asked,
    shown: signal(asked.value),
    live,
    nowMs: now,
    serverAheadMs: signal(undefined),
    lastInputAtMs: signal(nowMs),
    range: signal(rangeFromAddress(address)),
    kind: signal<ChartKind>('line'),
    isTable: signal(false),
    widthPx: signal(undefined),
    cursor: signal(undefined),
    series,
    rows: signal(undefined),
    areRowsInView: signal(false),
    status: signal(undefined),
    openPart: signal(undefined),
    quarantined: signal(undefined),
    notice: signal(''),
    copied: signal(undefined),
    theme: signal(currentTheme()),

    liveState: computed(() => live.value && liveState(live.value.value, now.value - live.value.receivedAtMs)),
    model: computed(() => series.value && chartModel(series.value.value, series.value.serverNowMs)),
    isWaiting: computed(() => batteries.value && !hasReal(batteries.value.value)),
    isReady: computed(() => contact.value.kind === 'ok' && live.value !== undefined),
  };
}

/** Another battery: nothing of the last one stays on the page. */
export function showBattery(state: State, battery: string): void {
  if (battery === state.shown.value) return;
  state.shown.value = battery;
  state.live.value = undefined;
  state.series.value = undefined;
  state.rows.value = undefined;
  state.cursor.value = undefined;
  if (state.contact.value.kind === 'refused') state.contact.value = { kind: 'ok' };
}

/** Nobody is signed in any more: no reading stays on the page, nor in its memory. */
export function forgetReadings(state: State): void {
  state.batteries.value = undefined;
  state.shown.value = state.asked.value;
  state.live.value = undefined;
  state.series.value = undefined;
  state.rows.value = undefined;
  state.cursor.value = undefined;
  state.serverAheadMs.value = undefined;
  state.status.value = undefined;
  state.openPart.value = undefined;
  state.quarantined.value = undefined;
  state.notice.value = '';
  state.contact.value = { kind: 'ok' };
}

export function showRange(state: State, range: Range): void {
  state.range.value = range;
  state.rows.value = undefined;
  state.cursor.value = undefined;
}
