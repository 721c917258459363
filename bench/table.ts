/** docs/figures.md, written and read back: what the last whole run measured, and the README's lines of it. */
import { judge } from './bars.ts';
import type { Figure } from './figure.ts';

/** When it was measured, and on what, in words. */
export type Circumstances = { readonly date: string; readonly machine: string };

/** By what stands before a figure's slash. */
const TITLES: Readonly<Record<string, string>> = {
  calibration: 'The machine, by a loop that is always the same',
  start: 'Start of the local runtime, from its process to its first answer',
  memory:
    'Memory of the local runtime behind 200 000 points, one environment each of ingest, writer, livedata and read',
  mqtt: 'MQTT messages of QoS 1 stored on SQLite, 16 connections with 20 in flight each',
  'post-visible': 'From a POST to the answer of `/livedata` that has it, on SQLite',
  livedata: 'Answers of `/livedata`',
  journal: "The journal's price: each message on the disk before it is acknowledged",
  chain:
    'The whole chain beside the original demo, rebuilt, and beside the database itself, on one InfluxDB 2; `-5ms`: on a disk that takes 5 ms to have a thing for good, as the one did on which the bars were set',
  queries: 'Questions to the store',
  viewers: 'Questions to the database from many viewers',
  page: 'The page, in Chromium',
  cold: 'Cold starts, beside a handler that does nothing ([how](cold-start.md))',
  bundle: 'The deployed functions',
  price: 'Readings on AWS, list prices ([how](cost.md))',
};

export function figuresDocument(figures: readonly Figure[], { date, machine }: Circumstances): string {
  const groups = Map.groupBy(figures, groupOf);
  const sections = [...groups].map(([group, members]) => `## ${TITLES[group] ?? group}\n\n${tableOf(members)}`);
  const judged = figures.map(judge).filter(({ bar }) => bar !== undefined);
  const reached = judged.filter(({ isReached }) => isReached).length;
  return [
    '# Figures of the last whole run',
    `\`npm run bench -- --save\` on ${date} wrote this, of one run: ${machine}. Each value is beside a baseline of the same run, and the ratio is what compares machines. ${reached} of ${judged.length} bars are reached; the build fails at three times one.`,
    ...sections,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/** The figures of such a document, by name. */
export function figuresOf(text: string): ReadonlyMap<string, Figure> {
  const rows = text.matchAll(/^\| `([^`]+)` \| ([-\d.e+]+) ([^|]*?) \| ([-\d.e+]+) \| ([^|]*?) \|/gm);
  return new Map(
    [...rows].map(([, name = '', value, unit = '', ratio, baseline = '']) => [
      name,
      { name, value: Number(value), unit, ratio: Number(ratio), baseline },
    ]),
  );
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, ratio, baseline } = figure;
    const { bar, isReached } = judge(figure);
    const told = bar === undefined ? '' : isReached ? bar : `**missed**: ${bar}`;
    return `| \`${name}\` | ${value} ${unit} | ${ratio} | ${baseline} | ${told} |`;
  });
  return ['| figure | measured | ratio | beside | bar |', '|---|---|---|---|---|', ...rows].join('\n');
}

const groupOf = ({ name }: Figure): string => name.split('/')[0] ?? name;
