/** What is done to a runtime, or to its baseline, while it is measured. */
import { setTimeout as wait } from 'node:timers/promises';
import { startScript } from './child.ts';

const CONNECTIONS = 16;
const IN_FLIGHT = 20;
const GETS = 3_000;
const GETTERS = 8;
const POSTERS = 8;

/**
 * Milliseconds until this many messages were acknowledged, without the load generator's own start. With the time of the first
 * one they have the original demo's form.
 */
export async function ackMs(mqttPort: number, messages: number, demoFirstMs?: number): Promise<number> {
  const numbers = [mqttPort, messages, CONNECTIONS, IN_FLIGHT, ...(demoFirstMs === undefined ? [] : [demoFirstMs])];
  const { line, end } = await startScript('mqtt-load.ts', numbers.map(String));
  await end();
  const { ms }: { ms?: number } = { ...Object(line) };
  return ms ?? Number.NaN;
}

/** Messages a second, from the first one sent until `stored` resolves. */
export async function storedRate(
  mqttPort: number,
  messages: number,
  stored: () => Promise<void>,
  demoFirstMs?: number,
): Promise<number> {
  const ms = await ackMs(mqttPort, messages, demoFirstMs);
  const ackedMs = performance.now();
  await stored();
  return (messages / (ms + performance.now() - ackedMs)) * 1000;
}

type Live = { readonly charge?: number | null };

export type Posts = {
  readonly posts: number;
  /** From one to the next; absent: without a pause. */
  readonly everyMs?: number;
  /** So many of the first start the functions' environments, and are left out. */
  readonly first?: number;
};

/** Milliseconds from the request that posts a value until a question answers with it. */
export async function postTimes(
  url: string,
  { posts, everyMs = 0, first = 20 }: Posts,
  isVisible: (live: Live, charge: number) => boolean,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < posts; i++) {
    const charge = i + 0.5;
    const startMs = performance.now();
    await (await fetch(`${url}/charge`, jsonPost({ charge }))).arrayBuffer();
    for (;;) {
      const live: Live = { ...Object(await (await fetch(`${url}/livedata`)).json()) };
      if (isVisible(live, charge)) break;
    }
    times.push(performance.now() - startMs);
    if (everyMs > 0) await wait(Math.max(0, startMs + everyMs - performance.now()));
  }
  return times.slice(first);
}

/** Answers a second. */
export async function getRate(url: string): Promise<number> {
  return answerRate(GETS, GETTERS, () => fetch(url));
}

/** The same of readings that are posted. */
export async function postRate(url: string, posts: number): Promise<number> {
  return answerRate(posts, POSTERS, async () => {
    const response = await fetch(`${url}/charge`, jsonPost({ charge: 10.5, unit: 'kW' }));
    if (response.status !== 200) throw new Error(`POST /charge was answered with ${response.status}`);
    return response;
  });
}

async function answerRate(requests: number, atATime: number, send: () => Promise<Response>): Promise<number> {
  const startMs = performance.now();
  let sent = 0;
  const sendOnwards = async (): Promise<void> => {
    while (sent++ < requests) await (await send()).arrayBuffer();
  };
  await Promise.all(Array.from({ length: atATime }, sendOnwards));
  return (requests / (performance.now() - startMs)) * 1000;
}

export function jsonPost(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
