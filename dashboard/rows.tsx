/** The newest raw rows, as stored. */
import type { Row } from './answers.ts';
import { columnOf, countText, DASH, inOrder, rawText, timeText } from './format.ts';
import { Simulated } from './marks.tsx';

type Props = {
  readonly battery: string;
  readonly rows: readonly Row[] | undefined;
  readonly isSimulated: boolean;
  readonly serverNowMs: number | undefined;
  readonly units: ReadonlyMap<string, string>;
};

const LIKELY = new Set(['charge', 'discharge', 'power']);

export function Rows({ battery, rows, isSimulated, serverNowMs, units }: Props) {
  const fields = columnsOf(rows ?? []);
  return (
    <section class="rows" aria-labelledby="rows">
      <h2 id="rows">
        Rows {isSimulated && <Simulated />}
        <span class="note">{rows === undefined ? '' : `newest ${countText(rows.length)} of the range`}</span>
      </h2>
      {rows?.length === 0 && <p class="note">No readings in this range.</p>}
      {rows !== undefined && rows.length > 0 && serverNowMs !== undefined && (
        <section class="scrolled" aria-label="Rows, newest first" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">time ▼</th>
                {fields.map((field) => (
                  <th scope="col" class="numeric" key={field}>
                    {columnOf(field)} <span class="unit">{units.get(field) ?? (LIKELY.has(field) ? 'kW' : '')}</span>
                  </th>
                ))}
                <th scope="col">source</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={`${row.at} ${i}`}>
                  <th scope="row">
                    <time dateTime={row.at}>{timeText(row.atMs, serverNowMs, 'millisecond')}</time>
                  </th>
                  {fields.map((field) => {
                    const value = row.valueByField.get(field);
                    return (
                      <td
                        key={field}
                        class={row.derived.includes(field) ? 'numeric derived' : 'numeric'}
                        data-battery={battery}
                        data-field={field}
                        data-at={row.at}
                        {...(value === undefined ? {} : { 'data-value': value })}
                      >
                        {value === undefined ? DASH : rawText(value)}
                      </td>
                    );
                  })}
                  <td class="note">{sourceOf(row)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

function columnsOf(rows: readonly Row[]): readonly string[] {
  const present = new Set(rows.flatMap(({ valueByField }) => [...valueByField.keys()]));
  return inOrder([...new Set([...LIKELY, ...present])]);
}

function sourceOf({ isReceived, derived }: Row): string {
  return [
    isReceived ? 'time of arrival' : 'sent',
    ...(derived.some((field) => field !== 'power') ? ['power from V × I'] : []),
  ].join(', ');
}
