/**
 * An hour of an open page at home: a battery that sends every 10 s over MQTT, the page, the runtime and its functions on one
 * clock that the bench drives; an hour is as long as its work. Watched, then left alone.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Browser } from 'playwright-core';
import { type Amphora, untilStored, withAmphora } from '../child.ts';
import { type Figure, figure } from '../figure.ts';
import { jsonPost } from '../loads.ts';
import { keptBytes } from './kept.ts';
import { browserScript, type Visit, withVisit } from './visits.ts';

const PERIOD_MS = 10_000;
/** In these the runtime's clock goes on before the page's. */
const STEP_MS = 5_000;
const HOUR_STEPS = 360;
/**
 * The chart is full from the start. What grows at first is what V8 compiles of what runs often, a quarter of the heap: most of it
 * by then, and a little for hours. What the page itself keeps is counted without it (kept.ts).
 */
const WARM_STEPS = 180;
/** Longer than dashboard/poll.ts takes for gone. */
const GONE_STEPS = 36;
/** Of an hour in which nobody is there, or can see the page, a sixth is driven. */
const LEFT_STEPS = 60;
const MB = 1_000_000;
const PATIENCE_MS = 10_000;

type Clock = { readonly nowMs: () => number; readonly pass: (ms: number) => void; readonly file: string };
type Held = { readonly heapMb: number; readonly keptMb: number; readonly nodes: number; readonly listeners: number };
type Asked = Readonly<Record<string, number>>;
type How = 'watched' | 'left' | 'hidden';

export async function openForAnHour(browser: Browser): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-bench-clock-'));
  const file = join(folder, 'clock');
  const fd = openSync(file, 'w');
  let nowMs = Date.now();
  const tell = (ms: number): void => {
    nowMs += ms;
    writeSync(fd, new Float64Array([nowMs]), 0, Float64Array.BYTES_PER_ELEMENT, 0);
  };
  tell(0);
  try {
    const preload = pathToFileURL(join(import.meta.dirname, 'told-clock.ts'));
    preload.searchParams.set('file', file);
    const more = { flags: [], env: { NODE_OPTIONS: `--import=${preload.href}` } };
    return await withAmphora(
      (amphora) => hours(browser, amphora, { nowMs: () => nowMs, pass: tell, file }),
      'launcher',
      more,
    );
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function hours(browser: Browser, amphora: Amphora, clock: Clock): Promise<readonly Figure[]> {
  // The newest is of now: one period after the page has opened it is not near the two in which a value is live.
  const samples = Array.from({ length: HOUR_STEPS }, (_, i) =>
    reading(clock.nowMs() - (HOUR_STEPS - 1 - i) * PERIOD_MS),
  );
  const { status } = await fetch(`${amphora.url}/batteries/home/telemetry`, jsonPost({ samples }));
  if (status !== 202) throw new Error(`an hour of readings was answered with ${status}`);
  await untilStored(amphora, HOUR_STEPS);
  const client = await connectAsync(`mqtt://127.0.0.1:${amphora.mqttPort}`);
  const scripts = [await browserScript('driven-clock'), await browserScript('noted')];
  try {
    return await withVisit(browser, { scripts }, async (visit) => {
      const drive = driver(visit, amphora, client, clock);
      await drive.open();
      await drive.steps(WARM_STEPS, 'watched');
      const [begin, watched] = [await held(visit), await drive.steps(HOUR_STEPS, 'watched')];
      const tasks = await visit.page.evaluate<number>('noted.longTasksMs.length');
      const end = await held(visit);
      await drive.steps(GONE_STEPS, 'left');
      const left = hourOf(await drive.steps(LEFT_STEPS, 'left'));
      await visit.page.evaluate(HIDE);
      const hidden = hourOf(await drive.steps(LEFT_STEPS, 'hidden'));
      return [
        figure('page/hour-heap', end.heapMb, 'MB', begin.heapMb, 'MB an hour before'),
        figure('page/hour-kept', end.keptMb, 'MB', begin.keptMb, 'MB an hour before, code apart'),
        figure('page/hour-nodes', end.nodes, 'DOM nodes', begin.nodes, 'an hour before'),
        figure('page/hour-listeners', end.listeners, 'listeners', begin.listeners, 'an hour before'),
        figure('page/hour-long-tasks', tasks, 'over 50 ms', sum(watched), 'questions answered'),
        figure('page/hour-asked', sum(watched), 'requests', HOUR_STEPS, `readings; it asked ${told(watched)}`),
        figure('page/hour-asked-left', sum(left), 'requests', HOUR_STEPS, `readings; it asked ${told(left)}`),
        figure('page/hour-asked-hidden', sum(hidden), 'requests', HOUR_STEPS, 'readings'),
      ];
    });
  } finally {
    await client.endAsync();
  }
}

function driver({ page }: Visit, amphora: Amphora, client: MqttClient, clock: Clock) {
  let sent = HOUR_STEPS;
  let heard = 0;
  page.on('websocket', (socket) => socket.on('framereceived', () => void (heard += 1)));

  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      clock.pass(STEP_MS);
      await page.evaluate(`driven.passMs(${STEP_MS})`);
    }
  }

  async function untilHeard(frames: number): Promise<void> {
    const untilMs = performance.now() + PATIENCE_MS;
    while (heard < frames) {
      if (performance.now() > untilMs) throw new Error('the page does not hear of the readings that are sent');
      await page.evaluate('driven.passMs(0)');
    }
  }

  async function step(how: How): Promise<void> {
    const before = heard;
    await client.publishAsync('battery/home/telemetry', JSON.stringify(reading(clock.nowMs())), { qos: 1 });
    sent += 1;
    await untilStored(amphora, sent);
    // Hidden, it has nobody tell it.
    if (how !== 'hidden') await untilHeard(before + 1);
    await pass(PERIOD_MS);
  }

  return {
    open: async () => {
      await page.goto(`${amphora.url}/?battery=home`);
      await pass(PERIOD_MS);
      await page.locator('.live[data-state="live"]').waitFor();
      // It is let in, and subscribes.
      await untilHeard(2);
    },
    /** What was asked meanwhile, by its path. */
    steps: async (count: number, how: How): Promise<Asked> => {
      const before = await page.evaluate<Asked>('driven.askedByPath');
      for (let i = 0; i < count; i += 1) {
        if (how === 'watched' && i % 6 === 0) await page.mouse.move(600 + (i % 50), 300);
        await step(how);
      }
      const after = Object.entries(await page.evaluate<Asked>('driven.askedByPath'));
      return Object.fromEntries(after.map(([path, asked]) => [path, asked - (before[path] ?? 0)]));
    },
  };
}

/** As a browser tells it of a tab behind another; each of those that are driven is the foremost of its window. */
const HIDE = `
  Object.defineProperty(document, 'hidden', { get: () => true });
  document.dispatchEvent(new Event('visibilitychange'));
`;

function reading(atMs: number): object {
  const wave = Math.sin(atMs / 600_000);
  return { timestamp: Math.round(atMs), power: Number((4 * wave).toFixed(2)), soc: 50, voltage: 52.9 };
}

async function held({ cdp }: Visit): Promise<Held> {
  const keptMb = (await keptBytes(cdp)) / MB;
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters');
  return { heapMb: usedSize / MB, keptMb, nodes, listeners: jsEventListeners };
}

/** Of a part of it. */
const hourOf = (asked: Asked): Asked =>
  Object.fromEntries(Object.entries(asked).map(([path, count]) => [path, (count * HOUR_STEPS) / LEFT_STEPS]));

const sum = (asked: Asked): number => Object.values(asked).reduce((total, count) => total + count, 0);

const told = (asked: Asked): string =>
  Object.entries(asked)
    .map(([path, count]) => `${path} ${count}`)
    .join(', ');
