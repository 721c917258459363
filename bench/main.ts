/** `npm run bench [-- NAME … --json]`: a table, or one JSON object a line. NAME is a figure's or what stands before its slash. */
import { parseArgs } from 'node:util';
import { BENCHES, type Figure } from './figures.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const wanted = new Set(positionals.map((name) => name.split('/')[0] ?? ''));
const unknown = [...wanted].find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  process.stderr.write(`amphora: there is no bench '${unknown}'; there are ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.size > 0 && !wanted.has(name)) continue;
  for (const figure of await bench()) process.stdout.write(values.json ? `${JSON.stringify(figure)}\n` : row(figure));
}

function row({ name, value, unit, ratio, baseline }: Figure): string {
  return `${name.padEnd(18)}${String(value).padStart(8)} ${unit.padEnd(20)}${String(ratio).padStart(7)} × ${baseline}\n`;
}
