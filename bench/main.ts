/**
 * `npm run bench [-- NAME … --json --bars --save]`: a table, or one JSON object a line. NAME is a figure's, or what stands
 * before its slash. With `--bars` the exit code is 1 when a figure misses its bar by more than three times. `--save` measures
 * all, and writes docs/figures.md and the README's lines of it.
 */
import { parseArgs } from 'node:util';
import { judge, judgementText } from './bars.ts';
import { calibration, calibrationMs } from './calibration.ts';
import type { Figure } from './figure.ts';
import { BENCHES } from './figures.ts';
import { saveFigures } from './save.ts';

const USAGE = `npm run bench [-- NAME … --json --bars --save]; NAME is one of ${Object.keys(BENCHES).join(', ')}\n`;

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    bars: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
});
const known = ['json', 'bars', 'save', 'help'];
const strange = Object.keys(values).find((flag) => !known.includes(flag));
if (strange !== undefined || values.help === true) {
  (strange === undefined ? process.stdout : process.stderr).write(USAGE);
  process.exit(strange === undefined ? 0 : 2);
}
const wanted = new Set(positionals.map((name) => name.split('/')[0] ?? ''));
const unknown = [...wanted].find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) refuse(`there is no bench '${unknown}'; there are ${Object.keys(BENCHES).join(', ')}`);
if (values.save && wanted.size > 0) refuse('--save keeps the figures of one whole run; leave the names out');

const beforeMs = calibrationMs();
const figures: Figure[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.size > 0 && !wanted.has(name)) continue;
  try {
    for (const figure of await bench()) tell(figure);
  } catch (error) {
    process.stderr.write(`amphora: bench ${name} failed, its figures are left out: ${reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}
tell(calibration(beforeMs, calibrationMs()));
if (values.save) {
  try {
    saveFigures(figures);
  } catch (error) {
    refuse(`nothing was saved: ${reasonOf(error)}`);
  }
}

function tell(figure: Figure): void {
  figures.push(figure);
  const judgement = judge(figure);
  process.stdout.write(values.json ? `${JSON.stringify(figure)}\n` : row(figure, judgementText(judgement)));
  if (values.bars && judgement.isFailed) process.exitCode = 1;
}

function row({ name, value, unit, ratio, baseline }: Figure, judgement: string): string {
  return `${name.padEnd(34)}${String(value).padStart(8)} ${unit.padEnd(20)}${String(ratio).padStart(7)} × ${baseline}; ${judgement}\n`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refuse(sentence: string): never {
  process.stderr.write(`amphora: ${sentence}\n`);
  process.exit(2);
}
