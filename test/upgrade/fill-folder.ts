/** A data folder as a version of Amphora leaves it when the power goes: readings, kept messages, and a journal that is not empty. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { until, within } from '../end-to-end/until.ts';
import { type RunningVersion, startVersion } from './version.ts';

export type Sent = {
  readonly battery: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly fields: Readonly<Record<string, number | string>>;
};

export type Filled = {
  /** Stored when it was killed. */
  readonly stored: readonly Sent[];
  /** Acknowledged, and then in the journal only. */
  readonly waiting: readonly Sent[];
  /** Messages that could not be stored. */
  readonly kept: number;
};

const MINUTE_MS = 60_000;
// Longer than the filling takes: what waits is still waiting when it is killed.
const FLAGS = ['--no-demo', '--retry-delays', '600,600'];
const KEPT = ['no JSON', '{"soc": "high"}', '{"volts": 12}'];

/** `root` is that version's; the readings go from `fromMs` on for less than an hour. */
export async function fillFolder(root: string, dataDir: string, fromMs: number): Promise<Filled> {
  const version = await startVersion(root, dataDir, FLAGS);
  try {
    const stored = storedReadings(fromMs);
    await send(version, stored);
    await publish(
      version,
      KEPT.map((text) => ['battery/boat/telemetry', text] as const),
    );
    await version.ask('/batteries/demo', { method: 'DELETE' });
    await until('all of it to be stored', async () => {
      // Older versions name it kept.
      const health: { readonly waiting: number; readonly kept?: number; readonly quarantined?: number } = JSON.parse(
        (await version.get('/health')).text,
      );
      return health.waiting === 0 && (health.quarantined ?? health.kept) === KEPT.length;
    });
    const waiting = waitingReadings(fromMs);
    renameSync(join(dataDir, 'store.sqlite'), join(dataDir, 'aside.sqlite'));
    await send(version, waiting);
    return { stored, waiting, kept: KEPT.length };
  } finally {
    await version.kill();
    restore(dataDir);
  }
}

function restore(dataDir: string): void {
  try {
    renameSync(join(dataDir, 'aside.sqlite'), join(dataDir, 'store.sqlite'));
  } catch {
    // It was not moved yet.
  }
}

function storedReadings(fromMs: number): readonly Sent[] {
  const at = (minute: number): number => fromMs + minute * MINUTE_MS;
  const boat = Array.from({ length: 30 }, (_, i) => ({
    battery: 'boat',
    timestamp: at(i) + i,
    fields: { voltage: 12 + i / 100, current: i - 15, soc: 50 + i, state: 'charging', boot: 'first', seq: i },
  }));
  return [
    { battery: 'default', timestamp: at(0), fields: { charge: 7 } },
    { battery: 'default', timestamp: at(1), fields: { discharge: 4.5 } },
    ...boat,
    // Two of one millisecond.
    { battery: 'garage', timestamp: at(2), fields: { charge: 1.25, temperature: -3.5 } },
    { battery: 'garage', timestamp: at(2), fields: { charge: 2.5 } },
    { battery: 'garage', timestamp: at(3), fields: { discharge: 0, cellVoltageMin: 3.301, cellVoltageMinId: 'c7' } },
  ];
}

function waitingReadings(fromMs: number): readonly Sent[] {
  return Array.from({ length: 5 }, (_, i) => ({
    battery: 'van',
    timestamp: fromMs + i * MINUTE_MS,
    fields: { soc: 80 - i, discharge: 1.5 },
  }));
}

/** Those of the default battery as the original demo does, the others by HTTP and by MQTT in turn. */
async function send(version: RunningVersion, readings: readonly Sent[]): Promise<void> {
  const messages: (readonly [string, string])[] = [];
  for (const [i, { battery, timestamp, fields }] of readings.entries()) {
    const body = { timestamp: new Date(timestamp).toISOString(), ...fields };
    if (battery === 'default') await accepted(version, 'charge' in fields ? '/writeCharge' : '/writeDischarge', body);
    else if (i % 2 === 0) await accepted(version, `/batteries/${battery}/telemetry`, body);
    else messages.push([`battery/${battery}/telemetry`, JSON.stringify(body)]);
  }
  await publish(version, messages);
}

async function accepted(version: RunningVersion, path: string, body: unknown): Promise<void> {
  const { status, text } = await version.post(path, body);
  if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${text}`);
}

async function publish({ mqttPort }: RunningVersion, messages: readonly (readonly [string, string])[]): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { reconnectPeriod: 0 });
  const sent = messages.map(([topic, text]) => client.publishAsync(topic, text, { qos: 1 }));
  await within('the acknowledgements', Promise.all(sent));
  await client.endAsync();
}
