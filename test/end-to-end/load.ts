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
};

export type Load = {
  readonly batteries: readonly string[];
  /** Resolves when every client has sent all that it has. */
  readonly done: Promise<unknown>;
  /** Ends the clients, wherever they are. */
  readonly close: () => void;
};

// Readings of the last hour, one a millisecond: never two of a battery in one.
const HOUR_MS = 3_600_000;
const LANES = 5;
const RECONNECT_MS = 20;
const MAX_BATCH = 4;

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
  const done = Promise.all([
    ...deviceNames.map((battery) => device(options, readingsOf(battery), closing.signal)),
    ...posterNames.map((battery) => poster(options, readingsOf(battery), closing.signal)),
  ]);
  // Who waits for it hears of an error; clients that are closed in the middle end with one.
  done.catch(() => {});
  return { batteries: [...deviceNames, ...posterNames], done, close: () => closing.abort() };
}

/** Sends each message again until its PUBACK comes, as QoS 1 asks; the client library does so by itself. */
async function device({ mqttPort, history }: LoadOptions, queue: Sent[], closing: AbortSignal): Promise<void> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`, { protocolVersion: 4, reconnectPeriod: RECONNECT_MS });
  closing.addEventListener('abort', () => client.end(true));
  client.on('error', () => {});
  const lane = async (): Promise<void> => {
    for (let reading = queue.shift(); reading !== undefined && !closing.aborted; reading = queue.shift()) {
      const { battery, atMs, value } = reading;
      history.attempt([reading]);
      await client.publishAsync(`battery/${battery}/telemetry`, JSON.stringify({ timestamp: atMs, charge: value }), {
        qos: 1,
      });
      history.ack([reading]);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Sends one to four readings a request. Where the answer is lost, it tries again half of the time, else it never knows. */
async function poster({ port, history, random }: LoadOptions, queue: Sent[], closing: AbortSignal): Promise<void> {
  const client = httpClient({ port });
  closing.addEventListener('abort', client.close);
  while (queue.length > 0 && !closing.aborted) {
    const batch = queue.splice(0, 1 + Math.floor(random() * MAX_BATCH));
    const samples = batch.map(({ atMs, value }) => ({ timestamp: atMs, charge: value }));
    history.attempt(batch);
    while (!closing.aborted) {
      const told = await client.post(`/batteries/${batch[0]?.battery ?? ''}/telemetry`, { samples }).then(
        ({ status }) => (status === 202 ? 'accepted' : 'refused'),
        (error: { readonly code?: string }) => (error.code === 'ECONNREFUSED' ? 'refused' : 'unknown'),
      );
      if (told === 'accepted') history.ack(batch);
      if (told === 'accepted' || (told === 'unknown' && random() < 0.5)) break;
      await pause(RECONNECT_MS);
    }
  }
}

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
    const { rows } = await allRows(amphora, `/read?shape=wide&limit=200&begin=-3h&battery=${battery}`);
    stored.push(...rows.map(({ time, charge }) => ({ battery, atMs: Date.parse(time), value: charge ?? Number.NaN })));
  }
  return stored;
}
