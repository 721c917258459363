/** The page: what the battery does, the chart beside or below it, the rows. */
import { useMemo } from 'preact/hooks';
import type { Battery, Row, Series } from './answers.ts';
import { BatteryPicker } from './battery-picker.tsx';
import type { ChartModel } from './chart-model.ts';
import type { ChartKind } from './chart-plots.ts';
import { Figures } from './figures.tsx';
import type { Doors } from './first-lines.ts';
import { FirstReading } from './first-reading.tsx';
import { type Cursor, History, type HistoryActions } from './history.tsx';
import { LivePanel } from './live.tsx';
import { type Contact, contactSentence, isOld, type LiveState, topState } from './live-state.ts';
import { Amphora, HalfDisc } from './marks.tsx';
import type { Range } from './range.ts';
import { Rows } from './rows.tsx';
import { summaryText } from './sentence.ts';
import type { Theme } from './theme.ts';

export type View = {
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
  readonly copied: string | undefined;
  readonly theme: Theme;
  readonly doors: Doors;
  /** The simulation can be removed here. */
  readonly isLocal: boolean;
  /** No real battery is known: the card of the first reading stands beside the simulation. */
  readonly isWaiting: boolean;
  /** This page without a battery or a range in its address. */
  readonly home: string;
};

export type Actions = HistoryActions & {
  readonly onPick: (battery: string) => void;
  readonly onHome: () => void;
  readonly onTheme: () => void;
  readonly onTryNow: () => void;
  readonly onRemove: () => void;
  readonly onCopy: (line: string) => void;
};

const WAITED_FOR = 'default';

// The chart and the rows need no redrawing every second; their "now" moves in these steps.
const COARSE_MS = 5000;

export function Page({ view, actions }: { readonly view: View; readonly actions: Actions }) {
  const { battery, state, contact, series, model, serverNowMs, doors, copied } = view;
  const top = topState(contact, state);
  const isSimulated = state?.isSimulated === true;
  const isBeside = view.isWaiting && isSimulated;
  // A battery without any reading has no past to show.
  const isKnown = view.batteries.some(({ id }) => id === battery);
  const hasPast =
    battery !== undefined && top !== 'refused' && (state === undefined ? isKnown : state.lead !== undefined);
  const firstReading = (id: string, beside: boolean) => (
    <FirstReading battery={id} doors={doors} copied={copied} onCopy={actions.onCopy} isBeside={beside} />
  );
  const { range, kind, isTable, cursor, theme, rows } = view;
  const coarseNowMs = serverNowMs === undefined ? undefined : Math.floor(serverNowMs / COARSE_MS) * COARSE_MS;
  const past = { battery: battery ?? '', isSimulated, serverNowMs: coarseNowMs };
  const historyPart = useMemo(
    () => <History {...actions} {...past} {...{ range, kind, isTable, series, model, cursor, theme }} />,
    [battery, isSimulated, coarseNowMs, range, kind, isTable, series, model, cursor, theme],
  );
  const rowsPart = useMemo(
    () => <Rows {...past} rows={rows} units={unitsOf(state)} />,
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
        <LivePanel
          battery={battery ?? ''}
          top={top}
          state={state}
          contact={contact}
          nowMs={view.nowMs}
          isOld={isOld(contact)}
          canRemove={view.isLocal}
          onTryNow={actions.onTryNow}
          onRemove={actions.onRemove}
          onHome={actions.onHome}
          firstReading={firstReading(battery ?? WAITED_FOR, false)}
        />
        {isBeside && <div class="card panel">{firstReading(WAITED_FOR, true)}</div>}
        {hasPast && historyPart}
        {hasPast && series !== undefined && (
          <Figures battery={battery ?? ''} series={series} isSimulated={isSimulated} />
        )}
        {hasPast && rowsPart}
      </main>
    </>
  );
}

function Head({ view, actions }: { readonly view: View; readonly actions: Actions }) {
  return (
    <header class="head">
      <a class="brand" href={view.home} aria-label="Amphora, the newest battery">
        <Amphora />
        <span>Amphora</span>
      </a>
      {view.battery !== undefined && (
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
    </header>
  );
}

function unitsOf(state: LiveState | undefined): ReadonlyMap<string, string> {
  return new Map([...(state?.agedByField ?? [])].map(([field, { unit }]) => [field, unit]));
}
