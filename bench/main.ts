/**
 * `npm run bench [-- NAME … --json --bars]`: a table, or one JSON object a line. NAME is a figure's, or what stands before
 * its slash. With `--bars` the exit code is 1 when a figure misses its bar by more than three times.
 */
import { parseArgs } from 'node:util';
import { judge } from './bars.ts';
import type { Figure } from './figure.ts';
import { BENCHES } from './figures.ts';

const USAGE = `npm run bench [-- NAME … --json --bars]; NAME is one of ${Object.keys(BENCHES).join(', ')}\n`;

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    bars: { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
});
const known = ['json', 'bars', 'help'];
const strange = Object.keys(values).find((flag) => !known.includes(flag));
if (strange !== undefined || values.help === true) {
  (strange === undefined ? process.stdout : process.stderr).write(USAGE);
  process.exit(strange === undefined ? 0 : 2);
}
const wanted = new Set(positionals.map((name) => name.split('/')[0] ?? ''));
const unknown = [...wanted].find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  process.stderr.write(`amphora: there is no bench '${unknown}'; there are ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.size > 0 && !wanted.has(name)) continue;
  for (const figure of await bench()) {
    const { text, isFailed } = judge(figure);
    process.stdout.write(values.json ? `${JSON.stringify(figure)}\n` : row(figure, text));
    if (values.bars && isFailed) process.exitCode = 1;
  }
}

function row({ name, value, unit, ratio, baseline }: Figure, judgement: string): string {
  return `${name.padEnd(22)}${String(value).padStart(8)} ${unit.padEnd(20)}${String(ratio).padStart(7)} × ${baseline}; ${judgement}\n`;
}
