/** The figures of the range beside the chart, and the chart itself told as a table. */
import type { ComponentChildren } from 'preact';
import type { Series } from './answers.ts';
import { type ChartModel, type TableRow, tableRows } from './chart-model.ts';
import { countText, DASH, shown, timeText } from './format.ts';
import { Arrow, Simulated } from './marks.tsx';

const SIDES = [
  { field: 'charge', doing: 'charging' },
  { field: 'discharge', doing: 'discharging' },
] as const;

type Props = { readonly battery: string; readonly series: Series; readonly isSimulated: boolean };

export function Figures({ battery, series, isSimulated }: Props) {
  return (
    <section class="range-figures panel" aria-labelledby="figures">
      <h2 id="figures">In this range {isSimulated && <Simulated />}</h2>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col" class="unit">
              kW
            </th>
            <NumericHeads titles={['max', 'min', 'average']} />
          </tr>
        </thead>
        <tbody>
          {SIDES.map(({ field, doing }) => {
            const statistics = series.fieldByName.get(field)?.statistics;
            return (
              <tr key={field}>
                <th scope="row">
                  <Arrow doing={doing} /> {field}
                  {/* Not in a column of its own: beside three numbers of a megawatt it has no room. */}
                  {statistics !== undefined && (
                    <span class="count">
                      <span data-battery={battery} data-field={`${field}.count`} data-value={statistics.count}>
                        {countText(statistics.count)}
                      </span>
                      {statistics.count === 1 ? ' reading' : ' readings'}
                    </span>
                  )}
                </th>
                {statistics === undefined ? (
                  <td colSpan={3} class="numeric note">
                    {DASH} none in this range
                  </td>
                ) : (
                  <>
                    {(['max', 'min', 'mean'] as const).map((figure) => (
                      <td
                        key={figure}
                        class="numeric"
                        data-battery={battery}
                        data-field={`${field}.${figure}`}
                        data-value={statistics[figure]}
                      >
                        {shown(field, statistics[figure], 'kW').number}
                      </td>
                    ))}
                  </>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function NumericHeads({ titles }: { readonly titles: readonly ComponentChildren[] }) {
  return titles.map((title, i) => (
    <th key={i} scope="col" class="numeric">
      {title}
    </th>
  ));
}

function Kw({ side }: { readonly side: string }) {
  return (
    <>
      {side} <span class="unit">kW</span>
    </>
  );
}

const SPREAD = 'min … max';
const MOST_ROWS = 100;

export function ChartTable({
  series,
  model,
  nowMs,
}: {
  readonly series: Series;
  readonly model: ChartModel;
  readonly nowMs: number;
}) {
  const rows = tableRows(series, model, MOST_ROWS);
  return (
    <section class="scrolled" aria-label="The chart as a table" tabIndex={0}>
      <table class="chart-table">
        <thead>
          <tr>
            <th scope="col">from</th>
            <NumericHeads titles={[<Kw side="charge" />, SPREAD, <Kw side="discharge" />, SPREAD, 'readings']} />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.fromMs}>
              <th scope="row">{timeText(row.fromMs, nowMs, 'second')}</th>
              <Cells figures={row.charge} />
              <Cells figures={row.discharge} />
              <td class="numeric">{countText(row.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cells({ figures }: { readonly figures: TableRow['charge'] }) {
  const text = (kw: number): string => shown('power', kw, 'kW').number;
  return figures === undefined ? (
    <>
      <td class="numeric">{DASH}</td>
      <td class="numeric">{DASH}</td>
    </>
  ) : (
    <>
      <td class="numeric">{text(figures.mean)}</td>
      <td class="numeric">
        {text(figures.min)} … {text(figures.max)}
      </td>
    </>
  );
}
