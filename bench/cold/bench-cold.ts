/**
 * Cold starts, beside a handler that does nothing, and two as they are usually built: each by Lambda's own runtime client, in
 * a process of its own, in turns.
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundlesFolder } from '../../lib/bundles.ts';
import { bundleFunctions } from '../../scripts/bundle.ts';
import { ROOT, startScript } from '../child.ts';
import { type Figure, figure, quantile } from '../figure.ts';
import { coldStartMs, type Subject } from './cold-start.ts';
import { installed } from './installed.ts';
import { subjectsOf } from './subjects.ts';

const ROUNDS = 30;
const STORE = 'influxdb';
const EMPTY = 'empty';
const TYPICAL = ['typical-ingest', 'typical-writer'];

export async function benchCold(): Promise<readonly Figure[]> {
  const found = installed();
  if (!found.ok) {
    process.stderr.write(`amphora: ${found.reason}\n`);
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'amphora-cold-'));
  try {
    await layOut(folder);
    return await measure(found.runtimeClient, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each in a folder of its own, with nothing round it. */
async function layOut(folder: string): Promise<void> {
  await bundleFunctions(ROOT, STORE);
  cpSync(bundlesFolder(ROOT, STORE), folder, { recursive: true });
  await build({
    entryPoints: TYPICAL.map((name) => ({ in: join(import.meta.dirname, `${name}.js`), out: `${name}/index` })),
    outdir: folder,
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
  });
  mkdirSync(join(folder, EMPTY));
  copyFileSync(join(import.meta.dirname, 'empty.js'), join(folder, EMPTY, 'index.js'));
  for (const name of [...TYPICAL, EMPTY]) writeFileSync(join(folder, name, 'package.json'), '{"type":"commonjs"}\n');
}

async function measure(runtimeClient: string, folder: string): Promise<readonly Figure[]> {
  const upstreams = await startScript(join('cold', 'upstreams.ts'), []);
  try {
    const { port }: { port?: number } = { ...Object(upstreams.line) };
    const subjects = subjectsOf(folder, `http://127.0.0.1:${port}`);
    const start = (subject: Subject): Promise<number> => coldStartMs(runtimeClient, subject);
    // The first of each reads its files from the disk.
    for (const subject of subjects) await start(subject);
    process.stderr.write(
      `cold: ${ROUNDS} rounds of ${subjects.map(({ name }) => name).join(', ')}; each round begins with the next one\n`,
    );
    const timesByName = new Map(subjects.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round < ROUNDS; round++) {
      const first = round % subjects.length;
      for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
        timesByName.get(subject.name)?.push(await start(subject));
      }
    }
    return figuresOf(timesByName);
  } finally {
    await upstreams.end();
  }
}

function figuresOf(timesByName: ReadonlyMap<string, readonly number[]>): readonly Figure[] {
  const empty = timesByName.get(EMPTY) ?? [];
  return [...timesByName].map(([name, times]) => {
    // Round by round, so that what else the machine does meanwhile is on both sides.
    const ratios = times.map((ms, round) => ms / (empty[round] ?? Number.NaN));
    const [low, high] = [0.25, 0.75].map((share) => quantile(ratios, share).toFixed(2));
    return figure(
      `cold/${name}`,
      quantile(times, 0.5),
      'ms',
      quantile(empty, 0.5),
      `ms of an empty handler, half of the rounds ${low} – ${high}`,
    );
  });
}
