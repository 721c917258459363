/** The chart of a stretch of time, with its figures, its readout and the same data as a table. */
import { useEffect, useRef } from 'preact/hooks';
import type { Series } from './answers.ts';
import { type Chart, createChart } from './chart.ts';
import { type ChartModel, readoutAt, stepFrom } from './chart-model.ts';
import type { ChartKind } from './chart-plots.ts';
import { ChartTable } from './figures.tsx';
import { DASH, dayTimeText, rangeText } from './format.ts';
import { Simulated } from './marks.tsx';
import { PRESETS, type Range, type Window, windowOf } from './range.ts';
import { ReadoutLine, readoutSentence } from './readout.tsx';
import type { Theme } from './theme.ts';

/** Where the reader looks; moved by keys it is spoken, moved by a pointer it is not. */
export type Cursor = { readonly atMs: number; readonly isByKey: boolean };

export type HistoryActions = {
  readonly onRange: (range: Range) => void;
  readonly onStep: (direction: -1 | 1) => void;
  readonly onNow: () => void;
  readonly onZoom: (direction: -1 | 1) => void;
  readonly onWindow: (window: Window) => void;
  readonly onGoTo: (atMs: number) => void;
  readonly onKind: (kind: ChartKind) => void;
  readonly onTable: () => void;
  readonly onCursor: (cursor: Cursor | undefined) => void;
  readonly onWidth: (width: number) => void;
};

type Props = HistoryActions & {
  readonly battery: string;
  readonly range: Range;
  readonly kind: ChartKind;
  readonly isTable: boolean;
  readonly series: Series | undefined;
  readonly model: ChartModel | undefined;
  readonly cursor: Cursor | undefined;
  readonly isSimulated: boolean;
  /** By the server's clock; undefined before its first answer. */
  readonly serverNowMs: number | undefined;
  readonly theme: Theme;
};

export function History(props: Props) {
  const { series, model, isTable, isSimulated, serverNowMs, battery } = props;
  return (
    <section class="history panel" aria-labelledby="history" data-battery={battery} data-simulated={isSimulated}>
      <h2 id="history">Charge and discharge {isSimulated && <Simulated />}</h2>
      <Tools {...props} />
      <Presets {...props} />
      <Stretch {...props} />
      <Plot {...props} />
      {series !== undefined && model !== undefined && serverNowMs !== undefined && (
        <>
          <ReadoutLine
            readout={readoutAt(series, model, props.cursor?.atMs ?? model.untilMs)}
            model={model}
            nowMs={serverNowMs}
            isAtCursor={props.cursor !== undefined}
          />
          {isTable && <ChartTable series={series} model={model} nowMs={serverNowMs} />}
        </>
      )}
    </section>
  );
}

function Stretch({ range, serverNowMs, onStep, onNow }: Props) {
  const window = serverNowMs === undefined ? undefined : windowOf(range, serverNowMs);
  const isNow = range.endMs === undefined;
  return (
    <div class="stretch">
      <button type="button" class="icon" onClick={() => onStep(-1)} aria-label="Earlier">
        ‹
      </button>
      <span class="when">
        {window === undefined || serverNowMs === undefined
          ? DASH
          : rangeText(window.beginMs, window.endMs, serverNowMs)}
      </span>
      <button type="button" class="icon" onClick={() => onStep(1)} aria-label="Later" disabled={isNow}>
        ›
      </button>
      <button type="button" onClick={onNow} aria-pressed={isNow}>
        now
      </button>
    </div>
  );
}

function Presets({ range, onRange }: Props) {
  return (
    <div class="segments presets" role="group" aria-label="Range">
      {PRESETS.map(({ key, spanMs, short, long }) => (
        <button
          type="button"
          key={key}
          aria-pressed={spanMs === range.spanMs}
          aria-label={long}
          onClick={() => onRange({ ...range, spanMs })}
        >
          {short}
        </button>
      ))}
    </div>
  );
}

function Tools({ kind, isTable, onKind, onTable }: Props) {
  return (
    <div class="tools">
      <div class="segments" role="group" aria-label="Chart as">
        {(['line', 'bar'] as const).map((each) => (
          <button type="button" key={each} aria-pressed={each === kind} onClick={() => onKind(each)}>
            {each === 'line' ? 'Line' : 'Bars'}
          </button>
        ))}
      </div>
      <button type="button" aria-pressed={isTable} onClick={onTable}>
        Table
      </button>
    </div>
  );
}

function Plot(props: Props) {
  const { model, kind, theme, cursor, series, serverNowMs, onGoTo, battery } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    if (host.current === null) return undefined;
    const made = createChart(host.current, {
      onLook: (atMs) => latest.current.onCursor(atMs === undefined ? undefined : { atMs, isByKey: false }),
      onWindow: (window) => latest.current.onWindow(window),
      onWidth: (widthPx) => latest.current.onWidth(widthPx),
    });
    chart.current = made;
    return made.destroy;
    // Its colours are read once, when a chart is made.
  }, [theme]);
  useEffect(() => chart.current?.draw(model, kind), [model, kind, theme]);
  useEffect(() => chart.current?.look(cursor?.atMs), [cursor, model, kind, theme]);
  const isEmpty = model !== undefined && model.stepsMs.length === 0 && series?.fieldByName.get('soc') === undefined;
  return (
    <div class="plot">
      <div
        class="plot-host"
        ref={host}
        role="application"
        aria-roledescription="chart"
        aria-label={`Charge above and discharge below zero, of ${battery}. Arrow keys move through the readings, plus and minus change the range.`}
        tabIndex={0}
        onKeyDown={(event) => onKey(event, latest.current)}
      />
      <p class="spoken" aria-live="polite">
        {cursor?.isByKey === true && series !== undefined && model !== undefined && serverNowMs !== undefined
          ? readoutSentence(readoutAt(series, model, cursor.atMs), serverNowMs)
          : ''}
      </p>
      {isEmpty && serverNowMs !== undefined && <Empty series={series} nowMs={serverNowMs} onGoTo={onGoTo} />}
    </div>
  );
}

function Empty({
  series,
  nowMs,
  onGoTo,
}: {
  readonly series: Series | undefined;
  readonly nowMs: number;
  readonly onGoTo: (atMs: number) => void;
}) {
  const nearestMs = series === undefined ? undefined : nearest(series);
  return (
    <div class="empty">
      <p>
        No readings here.
        {nearestMs === undefined ? ' This battery has none at all.' : ` Nearest: ${dayTimeText(nearestMs, nowMs)}`}
      </p>
      {nearestMs !== undefined && (
        <button type="button" onClick={() => onGoTo(nearestMs)}>
          Go there
        </button>
      )}
    </div>
  );
}

function nearest({ nearestBeforeMs, nearestAfterMs, beginMs, endMs }: Series): number | undefined {
  if (nearestBeforeMs === undefined || nearestAfterMs === undefined) return nearestBeforeMs ?? nearestAfterMs;
  return beginMs - nearestBeforeMs <= nearestAfterMs - endMs ? nearestBeforeMs : nearestAfterMs;
}

const FAR = 10;

function onKey(event: KeyboardEvent, { model, cursor, onCursor, onZoom }: Props): void {
  if (model === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const move = (steps: number, fromMs = cursor?.atMs): void => {
    const atMs = stepFrom(model, fromMs, steps);
    if (atMs !== undefined) onCursor({ atMs: atMs + model.stepMs / 2, isByKey: true });
  };
  const far = event.shiftKey ? FAR : 1;
  const actions: Readonly<Record<string, () => void>> = {
    // From nowhere, the first press shows the newest reading.
    ArrowLeft: () => move(cursor === undefined ? 0 : -far),
    ArrowRight: () => move(cursor === undefined ? 0 : far),
    Home: () => move(0, model.beginMs),
    End: () => move(0, model.endMs),
    Escape: () => onCursor(undefined),
    '+': () => onZoom(-1),
    '-': () => onZoom(1),
  };
  const action = actions[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}
