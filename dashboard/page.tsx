/** The page: what the battery does, the chart beside or below it, the rows. */
import { useMemo } from 'preact/hooks';
import type { Battery, Row, Series } from './answers.ts';
import { BatteryPicker } from './battery-picker.tsx';
import type { ChartModel } from './chart-model.ts';
import type { ChartKind } from './chart-plots.ts';
import { Figures } from './figures.tsx';
import { FirstReading } from './first-reading.tsx';
import { type Cursor, History, type HistoryActions } from './history.tsx';
import { LivePanel } from './live.tsx';
import { type Contact, contactSentence, isOld, type LiveState, topState } from './live-state.ts';
import { Amphora, Door, HalfDisc } from './marks.tsx';
import type { Range } from './range.ts';
import { Rows } from './rows.tsx';
import { SIGNED_OUT_SUMMARY, summaryText } from './sentence.ts';
import { SignInCard } from './sign-in-card.tsx';
import type { SessionState } from './state.ts';
import { type StatusActions, StatusStrip, type StatusView } from './status-strip.tsx';
import type { Theme } from './theme.ts';

export type View = StatusView & {
  readonly session: SessionState;
  readonly battery: string | undefined;
  readonly batteries: readonly Battery[];
  readonly state: LiveState | undefined;
  readonly contact: Contact;
  readonly nowMs: number;
  /** By the server's clock, now; undefined before its first answer. */
  readonly serverNowMs: number | undefined;
  readonly range: Range;
  readonly kind: ChartKind;
  readonly isTable: boolean;
  readonly series: Series | undefined;
  readonly model: ChartModel | undefined;
  readonly cursor: Cursor | undefined;
  readonly rows: readonly Row[] | undefined;
  readonly notice: string;
  readonly theme: Theme;
  /** The simulation can be removed here. */
  readonly canRemove: boolean;
  /** No real battery is known: the card of the first reading stands beside the simulation. */
  readonly isWaiting: boolean;
  /** This page without a battery or a range in its address. */
  readonly home: string;
};

export type Actions = HistoryActions &
  StatusActions & {
    readonly onPick: (battery: string) => void;
    readonly onHome: () => void;
    readonly onTheme: () => void;
    readonly onTryNow: () => void;
    readonly onRemove: () => void;
    readonly onSignIn: () => void;
    readonly onSignOut: () => void;
    readonly onRowsInView: (areInView: boolean) => void;
  };

const WAITED_FOR = 'default';

// The chart and the rows need no redrawing every second; their "now" moves in these steps.
const COARSE_MS = 5000;

type Props = { readonly view: View; readonly actions: Actions };

export function Page({ view, actions }: Props) {
  return view.session.kind === 'out' ? (
    <SignedOut why={view.session.why} {...{ view, actions }} />
  ) : (
    <Readings {...{ view, actions }} />
  );
}

function SignedOut({ why, view, actions }: Props & { readonly why: string | undefined }) {
  return (
    <>
      <h1 class="spoken">{SIGNED_OUT_SUMMARY}</h1>
      <Head view={view} actions={actions} />
      <p class="spoken" role="status">
        {why ?? ''}
      </p>
      <main class="signed-out">
        <SignInCard why={why} onSignIn={actions.onSignIn} />
      </main>
    </>
  );
}

function Readings({ view, actions }: Props) {
  const { battery, state, contact, series, model, serverNowMs, doors, canCopy, copied } = view;
  const top = topState(contact, state);
  const isSimulated = state?.isSimulated === true;
  const isBeside = view.isWaiting && isSimulated;
  // A battery without any reading has no past to show.
  const isKnown = view.batteries.some(({ id }) => id === battery);
  const hasPast =
    battery !== undefined && top !== 'refused' && (state === undefined ? isKnown : state.lead !== undefined);
  const firstReading = (id: string, beside: boolean) => (
    <FirstReading battery={id} {...{ doors, canCopy, copied }} onCopy={actions.onCopy} isBeside={beside} />
  );
  const { range, kind, isTable, cursor, theme, rows } = view;
  const coarseNowMs = serverNowMs === undefined ? undefined : Math.floor(serverNowMs / COARSE_MS) * COARSE_MS;
  const past = { battery: battery ?? '', isSimulated, serverNowMs: coarseNowMs };
  const historyPart = useMemo(
    () => <History {...actions} {...past} {...{ range, kind, isTable, series, model, cursor, theme }} />,
    [battery, isSimulated, coarseNowMs, range, kind, isTable, series, model, cursor, theme],
  );
  const rowsPart = useMemo(
    () => <Rows {...past} rows={rows} units={unitsOf(state)} onInView={actions.onRowsInView} />,
    [battery, isSimulated, coarseNowMs, rows],
  );
  return (
    <>
      <h1 class="spoken">{summaryText(battery, state, contact)}</h1>
      <Head view={view} actions={actions} />
      <p class={view.notice === '' ? 'spoken' : 'notice'} role="status">
        {view.notice}
      </p>
      <p class="spoken" role="status">
        {contactSentence(contact)}
      </p>
      <main class={isBeside ? 'with-card' : ''}>
        <div class="side-column">
          <LivePanel
            battery={battery ?? ''}
            top={top}
            state={state}
            contact={contact}
            nowMs={view.nowMs}
            isOld={isOld(contact)}
            canRemove={view.canRemove}
            onTryNow={actions.onTryNow}
            onRemove={actions.onRemove}
            onHome={actions.onHome}
            firstReading={firstReading(battery ?? WAITED_FOR, false)}
          />
          {hasPast && series !== undefined && (
            <Figures battery={battery ?? ''} series={series} isSimulated={isSimulated} />
          )}
        </div>
        <StatusStrip view={view} actions={actions} />
        {isBeside && <div class="card panel">{firstReading(WAITED_FOR, true)}</div>}
        {hasPast && historyPart}
        {hasPast && rowsPart}
      </main>
    </>
  );
}

function Head({ view, actions }: Props) {
  const { session } = view;
  return (
    <header class={session.kind === 'in' ? 'head signed-in' : 'head'}>
      <a class="brand" href={view.home} aria-label="Amphora, the newest battery">
        <Amphora />
        <span>Amphora</span>
      </a>
      {session.kind !== 'out' && view.battery !== undefined && (
        <BatteryPicker
          batteries={view.batteries}
          battery={view.battery}
          serverNowMs={view.serverNowMs}
          onPick={actions.onPick}
        />
      )}
      <span class="filler" />
      <a class="api" href="docs.html">
        API
      </a>
      <button
        type="button"
        class="icon"
        onClick={actions.onTheme}
        aria-label={view.theme === 'dark' ? 'Light colours' : 'Dark colours'}
      >
        <HalfDisc />
      </button>
      {session.kind === 'in' && (
        <button type="button" class="sign-out" onClick={actions.onSignOut} disabled={session.isLeaving}>
          <Door />
          <span>{session.isLeaving ? 'Signing out' : 'Sign out'}</span>
        </button>
      )}
    </header>
  );
}

function unitsOf(state: LiveState | undefined): ReadonlyMap<string, string> {
  return new Map([...(state?.agedByField ?? [])].map(([field, { unit }]) => [field, unit]));
}
