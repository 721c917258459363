/** The figures: each with a baseline measured in the same run, so that machines can be compared. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchBundles } from './bundles.ts';
import { benchChain } from './chain/bench-chain.ts';
import { type Amphora, ROOT, residentMb, startScript, untilStored, withAmphora } from './child.ts';
import { benchCold } from './cold/bench-cold.ts';
import { type Figure, figure, quantile } from './figure.ts';
import { ackMs, getRate, jsonPost, postTimes, storedRate } from './loads.ts';
import { benchPage } from './page/bench-page.ts';
import { benchPrice } from './price.ts';
import { benchQueries } from './queries/bench-queries.ts';
import { benchViewers } from './viewers/bench-viewers.ts';

type Bare = { readonly port: number; readonly mqttPort: number; readonly pid: number };

const MESSAGES = 60_000;
const MEMORY_POINTS = 200_000;
const POSTS = 300;

/** By the name before the slash, what measures it. */
export const BENCHES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  start: benchStart,
  memory: benchMemory,
  mqtt: benchMqtt,
  'post-visible': benchPostVisible,
  livedata: benchLivedata,
  journal: benchJournal,
  chain: benchChain,
  queries: benchQueries,
  viewers: benchViewers,
  page: benchPage,
  cold: benchCold,
  bundle: benchBundles,
  price: benchPrice,
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
    await ackMs(amphora.mqttPort, MEMORY_POINTS);
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
  const bareTimes = await postTimes(`http://127.0.0.1:${bareOf(bare.line).port}`, { posts: POSTS }, () => true);
  await bare.end();
  const times = await withAmphora((amphora) =>
    postTimes(amphora.url, { posts: POSTS }, (live, charge) => live.charge === charge),
  );
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

async function ackRate(mqttPort: number): Promise<number> {
  return (MESSAGES / (await ackMs(mqttPort, MESSAGES))) * 1000;
}

function ratePerSecond(amphora: Amphora): Promise<number> {
  return storedRate(amphora.mqttPort, MESSAGES, () => untilStored(amphora, MESSAGES));
}
