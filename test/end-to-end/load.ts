/** Clients that send on whatever happens to the server: devices over MQTT with QoS 1, and posters over HTTP. */
import { setTimeout as pause } from 'node:timers/promises';
import mqtt from 'mqtt';
import type { History, Sent } from './history.ts';
import { type Client, httpClient } from './http.ts';
import { allRows } from './pages.ts';

export type LoadOptions = {
  readonly port: number;
  readonly mqttPort: number;
  readonly history: History;
  /** 0 … 1. */
  readonly random: () => number;
  readonly devices: number;
  readonly posters: number;
  /** Of each device and each poster. */
  readonly readings: number;
  /** In a message of a device at most. Default: 1. */
  readonly deviceBatch?: number;
  /** In a request of a poster at most. Default: 4. */
  readonly posterBatch?: number;
  /** Every message has as many as it may. Default: a random number of them. */
  readonly isWholeBatch?: boolean;
  /** Between one message and the next, when the answer takes no longer. Default: none. */
  readonly pauseMs?: number;
  /** After which a device takes a silent connection for a dead one. Default: its library's. */
  readonly keepaliveS?: number;
  /** After which a poster takes a request for lost. Default: its client's. */
  readonly answerMs?: number;
  /** Of each request that was accepted, how long its sender waited. */
  readonly onAccepted?: (waitedMs: number) => void;
};

export type Load = {
  readonly batteries: readonly string[];
  /** Resolves when every client has sent all that it has. */
  readonly done: Promise<unknown>;
  /** What no client has begun to send yet is never sent. */
  readonly stop: () => void;
  /** Ends the clients, wherever they are. */
  readonly close: () => void;
};

// Readings of the last hour, one a millisecond: never two of a battery in one.
const HOUR_MS = 3_600_000;
const LANES = 5;
const RECONNECT_MS = 20;
const POSTER_BATCH = 4;
const PAGE_ROWS = 5_000;

export function startLoad(options: LoadOptions): Load {
  const { devices, posters, readings } = options;
  const fromMs = Date.now() - HOUR_MS;
  const readingsOf = (battery: string): Sent[] =>
    Array.from({ length: readings }, (_, i) => ({ battery, atMs: fromMs + i, value: i / 8 }));
  const closing = new AbortController();
  const names = (kind: string, count: number): readonly string[] =>
    Array.from({ length: count }, (_, i) => `${kind}${i}`);
  const deviceNames = names('device', devices);
  const posterNames = names('poster', posters);
  const queues = [...deviceNames, ...posterNames].map(readingsOf);
  const done = Promise.all(queues.map((queue, i) => (i < devices ? device : poster)(options, queue, closing.signal)));
  // Who waits for it hears of an error; clients that are closed in the middle end with one.
  done.catch(() => {});
  return {
    batteries: [...deviceNames, ...posterNames],
    done,
    stop: () => {
      for (const queue of queues) queue.length = 0;
    },
    close: () => closing.abort(),
  };
}

/** Sends each message again until its PUBACK comes, as QoS 1 asks; the client library does so by itself. */
async function device(options: LoadOptions, queue: Sent[], closing: AbortSignal): Promise<void> {
  const { mqttPort, history, deviceBatch = 1, pauseMs = 0, keepaliveS } = options;
  const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`, {
    protocolVersion: 4,
    reconnectPeriod: RECONNECT_MS,
    ...(keepaliveS === undefined ? {} : { keepalive: keepaliveS, connectTimeout: keepaliveS * 1_000 }),
  });
  closing.addEventListener('abort', () => client.end(true));
  client.on('error', () => {});
  const lane = async (): Promise<void> => {
    while (queue.length > 0 && !closing.aborted) {
      const batch = queue.splice(0, sizeOf(deviceBatch, options));
      const next = pauseMs > 0 ? pause(pauseMs) : undefined;
      const [first] = batch;
      history.attempt(batch);
      const message = batch.length === 1 ? sampleOf(batch[0]) : { samples: batch.map(sampleOf) };
      const topic = `battery/${first?.battery ?? ''}/telemetry`;
      while (!(await isAcknowledged(client.publishAsync(topic, JSON.stringify(message), { qos: 1 })))) {
        if (closing.aborted) return;
        await pause(RECONNECT_MS);
      }
      history.ack(batch);
      await next;
    }
  };
  await Promise.all(Array.from({ length: pauseMs > 0 ? 1 : LANES }, lane));
}

// The library gives up what was queued while it sent an older message again and lost the connection once more.
const isAcknowledged = (publishing: Promise<unknown>): Promise<boolean> =>
  publishing.then(
    () => true,
    () => false,
  );

/** Sends some readings a request. Where the answer is lost, it tries again half of the time, else it never knows. */
async function poster(options: LoadOptions, queue: Sent[], closing: AbortSignal): Promise<void> {
  const { port, history, random, posterBatch = POSTER_BATCH, pauseMs = 0, answerMs, onAccepted } = options;
  const client = httpClient({ port, ...(answerMs === undefined ? {} : { patienceMs: answerMs }) });
  closing.addEventListener('abort', client.close);
  while (queue.length > 0 && !closing.aborted) {
    const batch = queue.splice(0, sizeOf(posterBatch, options));
    const next = pauseMs > 0 ? pause(pauseMs) : undefined;
    history.attempt(batch);
    while (!closing.aborted) {
      const beganMs = performance.now();
      const body = { samples: batch.map(sampleOf) };
      const told = await client.post(`/batteries/${batch[0]?.battery ?? ''}/telemetry`, body).then(
        ({ status }) => (status === 202 ? 'accepted' : 'refused'),
        (error: { readonly code?: string }) => (error.code === 'ECONNREFUSED' ? 'refused' : 'unknown'),
      );
      if (told === 'accepted') {
        history.ack(batch);
        onAccepted?.(performance.now() - beganMs);
      }
      if (told === 'accepted' || (told === 'unknown' && random() < 0.5)) break;
      await pause(RECONNECT_MS);
    }
    await next;
  }
}

const sizeOf = (most: number, { random, isWholeBatch = false }: LoadOptions): number =>
  isWholeBatch ? most : 1 + Math.floor(random() * most);

const sampleOf = (sent: Sent | undefined): object => ({ timestamp: sent?.atMs, charge: sent?.value });

/** The same numbers for the same seed, 0 … 1. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What is stored of a load's batteries. */
export async function readBack(amphora: Client, batteries: readonly string[]): Promise<readonly Sent[]> {
  const stored: Sent[] = [];
  for (const battery of batteries) {
    const { rows } = await allRows(amphora, `/read?shape=wide&limit=${PAGE_ROWS}&begin=-3h&battery=${battery}`);
    stored.push(...rows.map(({ time, charge }) => ({ battery, atMs: Date.parse(time), value: charge ?? Number.NaN })));
  }
  return stored;
}
