/** The line under the chart: what was measured where the reader looks, in a fixed place that no thumb covers. */
import type { ChartModel, Readout } from './chart-model.ts';
import { clockText, columnOf, shown, shownText, THIN_SPACE, timeText } from './format.ts';
import { Arrow } from './marks.tsx';

type Props = {
  readonly readout: Readout;
  readonly model: ChartModel;
  readonly nowMs: number;
  readonly isAtCursor: boolean;
};

export function ReadoutLine({ readout, model, nowMs, isAtCursor }: Props) {
  return (
    <p class="readout" data-at-cursor={isAtCursor}>
      {readout.kind !== 'empty' && <span class="time">{timeText(readout.atMs, nowMs, precisionOf(model.stepMs))}</span>}
      {readout.kind === 'not-observed' && (
        <span>
          {clockText(readout.gap.beginMs)} – {clockText(readout.gap.endMs)} not observed
        </span>
      )}
      {readout.kind === 'step' && <Step readout={readout} />}
    </p>
  );
}

type StepReadout = Extract<Readout, { kind: 'step' }>;

function Step({ readout: { figuresByField } }: { readonly readout: StepReadout }) {
  const others = saidAfter(figuresByField);
  return (
    <>
      {SIDES.map(({ field, doing }) => {
        const figures = figuresByField.get(field);
        if (figures === undefined) return null;
        const text = (kw: number): string => shown(field, kw, 'kW').number;
        return (
          <span key={field} class="run">
            <Arrow doing={doing} />
            {text(figures.mean)}
            <span class="unit">{THIN_SPACE}kW</span>
            {figures.min !== figures.max && (
              <span class="note">
                {' '}
                ({text(figures.min)} … {text(figures.max)})
              </span>
            )}
          </span>
        );
      })}
      {others.map(([field, { mean, unit }]) => {
        const { number, unit: unitText } = shown(field, mean, unit);
        return (
          <span key={field} class="run">
            {number}
            <span class="unit">{`${THIN_SPACE}${unitText}`}</span>
          </span>
        );
      })}
    </>
  );
}

const SIDES = [
  { field: 'charge', doing: 'charging' },
  { field: 'discharge', doing: 'discharging' },
] as const;
// Only what its unit explains.
const SAID_AFTER = ['soc', 'voltage', 'current', 'temperature'];

function saidAfter(figuresByField: StepReadout['figuresByField']) {
  return SAID_AFTER.flatMap((field) => {
    const figures = figuresByField.get(field);
    return figures === undefined ? [] : [[field, figures] as const];
  });
}

/** The same for who hears it. */
export function readoutSentence(readout: Readout, nowMs: number): string {
  if (readout.kind === 'empty') return 'No readings here';
  const time = timeText(readout.atMs, nowMs, 'second');
  if (readout.kind === 'not-observed') return `${time}: not observed`;
  const { figuresByField } = readout;
  const sides = SIDES.flatMap(({ field }) => {
    const figures = figuresByField.get(field);
    return figures === undefined ? [] : [[field, figures] as const];
  });
  const said = [...sides, ...saidAfter(figuresByField)].map(
    ([field, { mean, unit }]) => `${columnOf(field)} ${shownText(field, mean, unit)}`,
  );
  return `${time}: ${said.join(', ')}`;
}

function precisionOf(stepMs: number): 'second' | 'minute' {
  return stepMs < 60_000 ? 'second' : 'minute';
}
