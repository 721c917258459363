/** What is done to a runtime, or to its baseline, while it is measured. */
import { startScript } from './child.ts';

const CONNECTIONS = 16;
const IN_FLIGHT = 20;
const GETS = 3_000;
const GETTERS = 8;

/** Milliseconds until this many messages were acknowledged, without the load generator's own start. */
export async function ackMs(mqttPort: number, messages: number): Promise<number> {
  const { line, end } = await startScript('mqtt-load.ts', [mqttPort, messages, CONNECTIONS, IN_FLIGHT].map(String));
  await end();
  const { ms }: { ms?: number } = { ...Object(line) };
  return ms ?? Number.NaN;
}

/** Messages a second, from the first one sent until `stored` resolves. */
export async function storedRate(mqttPort: number, messages: number, stored: () => Promise<void>): Promise<number> {
  const ms = await ackMs(mqttPort, messages);
  const ackedMs = performance.now();
  await stored();
  return (messages / (ms + performance.now() - ackedMs)) * 1000;
}

type Live = { readonly charge?: number | null };

/** Milliseconds from the request that posts a value until a question answers with it, `posts` times. */
export async function postTimes(
  url: string,
  posts: number,
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
  }
  // The first ones start the functions' environments.
  return times.slice(20);
}

/** Answers a second. */
export async function getRate(url: string): Promise<number> {
  const startMs = performance.now();
  let asked = 0;
  const ask = async (): Promise<void> => {
    while (asked++ < GETS) await (await fetch(url)).arrayBuffer();
  };
  await Promise.all(Array.from({ length: GETTERS }, ask));
  return (GETS / (performance.now() - startMs)) * 1000;
}

export function jsonPost(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
