/** The newest raw rows, as stored. */
import { useEffect, useRef } from 'preact/hooks';
import type { Row } from './answers.ts';
import { columnOf, countText, DASH, inOrder, rawText, timeText } from './format.ts';
import { Simulated } from './marks.tsx';

type Props = {
  readonly battery: string;
  readonly rows: readonly Row[] | undefined;
  readonly isSimulated: boolean;
  readonly serverNowMs: number | undefined;
  readonly units: ReadonlyMap<string, string>;
  readonly onInView: (areInView: boolean) => void;
};

const LIKELY = new Set(['charge', 'discharge', 'power']);

export function Rows({ battery, rows, isSimulated, serverNowMs, units, onInView }: Props) {
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (section.current === null) return undefined;
    const observer = new IntersectionObserver((entries) => onInView(entries.at(-1)?.isIntersecting === true));
    observer.observe(section.current);
    return () => {
      observer.disconnect();
      onInView(false);
    };
  }, [onInView]);
  const fields = columnsOf(rows ?? []);
  return (
    <section class="rows" aria-labelledby="rows" ref={section}>
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
              {keyed(rows).map(({ row, key }) => (
                <tr key={key}>
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

// Several may be of one moment. By their places in the list each would be another one as soon as a newer one comes.
function keyed(rows: readonly Row[]): readonly { readonly row: Row; readonly key: string }[] {
  const countByTime = new Map<string, number>();
  return rows.map((row) => {
    const count = countByTime.get(row.at) ?? 0;
    countByTime.set(row.at, count + 1);
    return { row, key: `${row.at} ${count}` };
  });
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
