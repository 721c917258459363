/** The README's three lines of figures, each from the table of the last whole run. */
import type { Figure } from './figure.ts';

const [BEGIN, END] = ['<!-- figures: npm run bench -- --save -->', '<!-- /figures -->'];

export function headlines(figures: ReadonlyMap<string, Figure>): string {
  const find = (name: string): Figure => {
    const found = figures.get(name);
    if (found === undefined) throw new Error(`figure ${name}, which the README tells, was not measured; see above why`);
    return found;
  };
  const { value: stored, ratio: times } = find('chain/buffered');
  const direct = find('chain/direct');
  const visible = find('post-visible/p50');
  const ingest = find('cold/ingest');
  const usual = find('cold/typical-ingest');
  return [
    `- **${inThousands(stored)} MQTT messages a second** stored in InfluxDB in buffered mode, ${twoDigits(times)} times what the original demo stores on the same machine and database; ${inThousands(direct.value)} directly, ${twoDigits(direct.ratio)} times.`,
    `- **${visible.value.toFixed(1)} ms** from a POST to the answer that shows it, the journal on the disk between them (median, at home).`,
    `- **${ingest.ratio.toFixed(1)} times an empty function's cold start** for the one that publishes to AWS IoT; as it is usually built, ${usual.ratio.toFixed(1)} times.`,
  ].join('\n');
}

const inThousands = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
const twoDigits = (ratio: number): string => String(Number(ratio.toPrecision(2)));

export function withHeadlines(readme: string, figures: ReadonlyMap<string, Figure>): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`README.md has lost its marks ${BEGIN} and ${END}; put them back`);
  return `${before}${BEGIN}\n${headlines(figures)}\n${END}${after}`;
}
