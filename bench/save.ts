/** What `--save` leaves in the repository: docs/figures.md, and in the README the lines that come from it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './child.ts';
import type { Figure } from './figure.ts';
import { withHeadlines } from './headlines.ts';
import { figuresDocument } from './table.ts';

export function saveFigures(figures: readonly Figure[]): void {
  const date = new Date().toISOString().slice(0, 10);
  const readme = join(ROOT, 'README.md');
  const lines = withHeadlines(readFileSync(readme, 'utf8'), new Map(figures.map((figure) => [figure.name, figure])));
  writeFileSync(join(ROOT, 'docs', 'figures.md'), figuresDocument(figures, { date, machine: machine() }));
  writeFileSync(readme, lines);
}

function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'processor';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${model}, ${memoryGb} GiB of memory, ${type()} ${release().split('-')[0]}, Node ${process.version}; the load, the databases and what is measured share it`;
}
