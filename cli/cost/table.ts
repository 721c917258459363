/** The bill as a person reads it: the two modes side by side, each line with its count, its price and what that makes. */
import type { Assume } from '../../cost/assumptions.ts';
import type { Bill, Line } from '../../cost/bill.ts';
import { DATABASE_LEFT_OUT } from '../../cost/left-out.ts';
import { type Load, readingsPerMonth, SECONDS_PER_MONTH } from '../../cost/load.ts';
import { PRICES, type PriceName, priceOf, REGION } from '../../cost/prices.ts';
import type { Group } from '../../cost/use.ts';

export type Bills = { readonly direct: Bill; readonly buffered: Bill };

export type Told = {
  readonly load: Load;
  readonly assume: Assume;
  readonly bills: Bills;
  readonly leftOut: readonly string[];
};

const WIDTHS = [34, 11, 11, 21, 11, 10] as const;
const LINE_WIDTH = WIDTHS.reduce((sum, width) => sum + width, 0);

/** What direct mode is meant for (docs/settings.md). */
const MOST_DIRECT_PER_S = 50;

export function costText({ load, assume, bills, leftOut }: Told): string {
  const { direct, buffered } = bills;
  const usd = (what: string, of: (bill: Bill) => number): string =>
    row(what, '', '', '', dollars(of(direct)), dollars(of(buffered)));
  const oldest = Object.values(PRICES)
    .map(({ asOf }) => asOf)
    .toSorted()[0];
  return [
    ...filled(loadSentence(load, assume)),
    '',
    row('', 'direct', 'buffered', 'price', 'direct', 'buffered'),
    ...group('Fixed', 'fixed', bills),
    ...group('Readings', 'readings', bills),
    ...group('Pages that are open', 'viewers', bills),
    '',
    usd('A month', ({ totalUsd }) => totalUsd),
    usd('  of it always free', ({ freeUsd }) => -freeUsd.always),
    usd('  left then', ({ totalUsd, freeUsd }) => totalUsd - freeUsd.always),
    usd('  and free in the first year', ({ freeUsd }) => -freeUsd['first-year']),
    '',
    usd('A million readings', ({ perMillionReadingsUsd }) => perMillionReadingsUsd),
    usd('A page that is always watched', ({ perViewerUsd }) => perViewerUsd.watched),
    usd('A page that is left alone', ({ perViewerUsd }) => perViewerUsd.leftAlone),
    '',
    ...filled(
      'Always free is what AWS gives every account each month, if nothing else in it uses that up. The first year is of accounts from before 15 July 2025; newer ones have credits instead, $100 at once and up to $100 more, for a year.',
    ),
    ...tooFast(load),
    '',
    ...filled(DATABASE_LEFT_OUT),
    'Nor are:',
    ...leftOut.flatMap((one) => filled(one, '- ')),
    '',
    ...filled(
      `List prices of ${REGION}, the oldest read in ${oldest}, each with its page in --json. Assumed are durations and sizes, as ${assumedText(assume)}; --json has all, --assume takes others.`,
    ),
    '',
  ].join('\n');
}

function loadSentence(load: Load, assume: Assume): string {
  const { batteries, periodS, perMessage, viewers, via } = load;
  const readings = readingsPerMonth(load);
  const pages =
    viewers === 0
      ? 'no page is open'
      : `${count(viewers, 'page is', 'pages are')} always open, and watched ${assume('watchedHours')} hours a day`;
  return `${count(batteries, 'battery', 'batteries')}, a reading every ${periodS} s, ${perMessage} in a message, by ${via === 'mqtt' ? 'MQTT' : 'POST'}; ${pages}: ${amount(readings)} readings a month in ${amount(readings / perMessage)} messages.`;
}

function tooFast(load: Load): readonly string[] {
  const perS = readingsPerMonth(load) / load.perMessage / SECONDS_PER_MONTH;
  if (perS <= MOST_DIRECT_PER_S) return [];
  return [
    '',
    ...filled(
      `${amount(perS)} messages a second are more than direct is meant for, about ${MOST_DIRECT_PER_S}: take buffered, or more readings in a message.`,
    ),
  ];
}

function group(title: string, name: Group, { direct, buffered }: Bills): readonly string[] {
  const keyOf = ({ group, what, price }: Line): string => [group, what, price].join();
  const lines = new Map([...direct.lines, ...buffered.lines].map((line) => [keyOf(line), line]));
  const mine = [...lines].filter(([, line]) => line.group === name);
  if (mine.length === 0) return [];
  const find = (bill: Bill, key: string): Line | undefined => bill.lines.find((line) => keyOf(line) === key);
  return [
    '',
    row(title, '', '', '', dollars(direct.usdByGroup[name]), dollars(buffered.usdByGroup[name])),
    ...mine.map(([key, { what, price }]) => {
      const [one, other] = [find(direct, key), find(buffered, key)];
      const [counts, sums] = [[one, other].map((line) => line?.count), [one, other].map((line) => line?.usd)];
      return row(
        `  ${what}`,
        shown(counts[0], amount),
        shown(counts[1], amount),
        priceText(price),
        shown(sums[0], dollars),
        shown(sums[1], dollars),
      );
    }),
  ];
}

const shown = (number: number | undefined, text: (one: number) => string): string =>
  number === undefined ? '-' : text(number);

function row(...cells: readonly [string, string, string, string, string, string]): string {
  return (
    cells
      // One that is too wide for its column still stands apart.
      .map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[0]) : ` ${cell}`.padStart(WIDTHS[i] ?? 0)))
      .join('')
      .trimEnd()
  );
}

function priceText(name: PriceName): string {
  const { usd, per, unit } = priceOf(name);
  return `$${usd} a ${per === 1_000_000 ? 'million' : per === 1 ? unit : amount(per)}`;
}

/** `1 234 567`, `12.3`, `0.0123`: three figures at least. */
function amount(number: number): string {
  if (number >= 100)
    return Math.round(number)
      .toString()
      .replaceAll(/\B(?=(\d{3})+$)/g, ' ');
  return String(Number(number.toPrecision(3)));
}

function dollars(usd: number): string {
  const sign = usd < 0 ? '-' : '';
  const size = Math.abs(usd);
  if (size === 0) return '$0';
  if (size < 0.0005) return `${sign}<$0.001`;
  if (size < 0.1) return `${sign}$${size.toFixed(3)}`;
  return `${sign}$${size.toFixed(2).replaceAll(/\B(?=(\d{3})+\.)/g, ' ')}`;
}

function assumedText(assume: Assume): string {
  const told = ['writerMs', 'livedataMs', 'readingBytes'] as const;
  return told.map((name) => `${name} ${assume(name)}`).join(', ');
}

const count = (n: number, one: string, many: string): string => `${amount(n)} ${n === 1 ? one : many}`;

/** As wide as the table; of a list, what follows below its first line is indented. */
function filled(text: string, mark = ''): readonly string[] {
  const lines: string[] = [];
  for (const word of `${mark}${text}`.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length > LINE_WIDTH) lines.push(`${' '.repeat(mark.length)}${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
