/** The figures: each with a baseline measured in the same run, so that machines can be compared. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Amphora, ROOT, residentMb, type Start, startAmphora, startScript, untilStored } from './child.ts';

export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `value` over the baseline. */
  readonly ratio: number;
  /** What the ratio is to, with its own value. */
  readonly baseline: string;
};

type Bare = { readonly port: number; readonly mqttPort: number; readonly pid: number };

const CONNECTIONS = 16;
const IN_FLIGHT = 20;
const MESSAGES = 60_000;
const MEMORY_POINTS = 200_000;
const POSTS = 300;
const GETS = 3_000;
const GETTERS = 8;

/** By the name before the slash, what measures it. */
export const BENCHES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  start: benchStart,
  memory: benchMemory,
  mqtt: benchMqtt,
  'post-visible': benchPostVisible,
  livedata: benchLivedata,
  journal: benchJournal,
};

async function benchStart(): Promise<readonly Figure[]> {
  const bareMs = await bareNodeMs();
  for (const folder of ['synth', 'pages', 'functions'])
    rmSync(join(ROOT, 'build', folder), { recursive: true, force: true });
  const coldMs = await readyMs();
  // The second start after a build is the first that finds everything, the compile cache too.
  await readyMs();
  const cachedMs = Math.min(await readyMs(), await readyMs(), await readyMs());
  return [
    figure('start/cold', coldMs, 'ms', bareMs, 'ms of an empty node process'),
    figure('start/cached', cachedMs, 'ms', bareMs, 'ms of an empty node process'),
  ];
}

async function benchMemory(): Promise<readonly Figure[]> {
  const bare = await startScript('bare.ts', []);
  const bareMb = residentMb(bareOf(bare.line).pid);
  await bare.end();
  return withAmphora(async (amphora) => {
    await fetch(`${amphora.url}/charge`, jsonPost({ charge: 1 }));
    await fetch(`${amphora.url}/livedata`);
    await fetch(`${amphora.url}/read`);
    await load(amphora.mqttPort, MEMORY_POINTS);
    await untilStored(amphora, MEMORY_POINTS);
    return [
      figure('memory/200k', amphora.rssMb(), 'MB', bareMb, 'MB of a bare broker and HTTP server, before any message'),
    ];
  });
}

async function benchMqtt(): Promise<readonly Figure[]> {
  const bare = await startScript('bare.ts', []);
  const bareRate = await ackRate(bareOf(bare.line).mqttPort);
  await bare.end();
  const storedRate = await withAmphora(ratePerSecond);
  return [figure('mqtt/stored', storedRate, 'messages/s', bareRate, 'messages/s acknowledged by a bare broker')];
}

async function benchPostVisible(): Promise<readonly Figure[]> {
  const bare = await startScript('bare.ts', []);
  const bareTimes = await postTimes(`http://127.0.0.1:${bareOf(bare.line).port}`, () => true);
  await bare.end();
  const times = await withAmphora((amphora) => postTimes(amphora.url, (live, charge) => live.charge === charge));
  return [
    figure(
      'post-visible/p50',
      quantile(times, 0.5),
      'ms',
      quantile(bareTimes, 0.5),
      'ms of two requests to a bare HTTP server',
    ),
    figure(
      'post-visible/p95',
      quantile(times, 0.95),
      'ms',
      quantile(bareTimes, 0.95),
      'ms of two requests to a bare HTTP server',
    ),
  ];
}

async function benchLivedata(): Promise<readonly Figure[]> {
  const bare = await startScript('bare.ts', []);
  const bareRate = await getRate(`http://127.0.0.1:${bareOf(bare.line).port}/livedata`);
  await bare.end();
  const rate = await withAmphora(async (amphora) => {
    await fetch(`${amphora.url}/charge`, jsonPost({ charge: 1 }));
    return getRate(`${amphora.url}/livedata`);
  });
  return [figure('livedata/rate', rate, 'requests/s', bareRate, 'requests/s of a bare HTTP server')];
}

async function benchJournal(): Promise<readonly Figure[]> {
  // Two of each, in turns, so that neither has the warmer machine.
  const off = await withAmphora(ratePerSecond, 'off');
  const on = await withAmphora(ratePerSecond, 'durable');
  const offAgain = await withAmphora(ratePerSecond, 'off');
  const onAgain = await withAmphora(ratePerSecond, 'durable');
  return [
    figure('journal/ratio', on + onAgain, 'messages/s, twice', off + offAgain, 'messages/s, twice, without fdatasync'),
  ];
}

function figure(name: string, value: number, unit: string, base: number, of: string): Figure {
  return { name, value: rounded(value), unit, ratio: rounded(value / base), baseline: `${rounded(base)} ${of}` };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

async function withAmphora<T>(measure: (amphora: Amphora) => Promise<T>, start: Start = 'launcher'): Promise<T> {
  const amphora = await startAmphora(start);
  try {
    return await measure(amphora);
  } finally {
    await amphora.end();
  }
}

async function readyMs(): Promise<number> {
  return withAmphora(async (amphora) => amphora.readyMs);
}

async function bareNodeMs(): Promise<number> {
  const startMs = performance.now();
  await promisify(execFile)(process.execPath, ['-e', '0']);
  return performance.now() - startMs;
}

function bareOf(line: unknown): Bare {
  const { port, mqttPort, pid }: Partial<Bare> = { ...Object(line) };
  if (port === undefined || mqttPort === undefined || pid === undefined) throw new Error('the baseline said no ports');
  return { port, mqttPort, pid };
}

async function load(mqttPort: number, messages: number): Promise<number> {
  const { line, end } = await startScript('mqtt-load.ts', [mqttPort, messages, CONNECTIONS, IN_FLIGHT].map(String));
  await end();
  const { ms }: { ms?: number } = { ...Object(line) };
  return ms ?? Number.NaN;
}

async function ackRate(mqttPort: number): Promise<number> {
  return (MESSAGES / (await load(mqttPort, MESSAGES))) * 1000;
}

// From the first publish to the last point in the store, without the load generator's own start.
async function ratePerSecond(amphora: Amphora): Promise<number> {
  const ackMs = await load(amphora.mqttPort, MESSAGES);
  const ackedMs = performance.now();
  await untilStored(amphora, MESSAGES);
  return (MESSAGES / (ackMs + performance.now() - ackedMs)) * 1000;
}

type Live = { readonly charge?: number | null };

/** Milliseconds from the request that posts a value until a question answers with it. */
async function postTimes(url: string, isVisible: (live: Live, charge: number) => boolean): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < POSTS; i++) {
    const charge = i + 0.5;
    const startMs = performance.now();
    await (await fetch(`${url}/charge`, jsonPost({ charge }))).arrayBuffer();
    for (;;) {
      const live: Live = { ...Object(await (await fetch(`${url}/livedata`)).json()) };
      if (isVisible(live, charge)) break;
    }
    times.push(performance.now() - startMs);
  }
  // The first ones start the functions' environments.
  return times.slice(20);
}

async function getRate(url: string): Promise<number> {
  const startMs = performance.now();
  let asked = 0;
  const ask = async (): Promise<void> => {
    while (asked++ < GETS) await (await fetch(url)).arrayBuffer();
  };
  await Promise.all(Array.from({ length: GETTERS }, ask));
  return (GETS / (performance.now() - startMs)) * 1000;
}

function jsonPost(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
