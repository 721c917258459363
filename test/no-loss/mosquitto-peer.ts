/** Debian's mosquitto with persistence on, and a subscriber with a session that it should keep for it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { type Process, runProcess, temporaryFolder } from '../end-to-end/process.ts';
import { until, within } from '../end-to-end/until.ts';
import { freePort } from '../local/peers.ts';

export type MosquittoPeer = {
  /** Resolves with the PUBACK. */
  readonly publish: (readings: number) => Promise<void>;
  readonly kill: () => Promise<void>;
  /** Starts it again, and counts what its subscriber then gets of what was acknowledged. */
  readonly settle: () => Promise<{ readonly acked: number; readonly delivered: number; readonly lost: number }>;
  readonly close: () => void;
};

const PROGRAM = '/usr/sbin/mosquitto';
const TOPIC = 'peer/telemetry';
const END = 'end';

export const hasMosquitto = (): boolean => existsSync(PROGRAM);

export async function mosquittoPeer(): Promise<MosquittoPeer> {
  const folder = temporaryFolder();
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  mkdirSync(join(folder, 'data'));
  // All else is Debian's default: it saves what it holds twice an hour, and when it ends.
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${join(folder, 'data')}/`,
    'max_queued_messages 0',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  let running = await started(config, port);
  const subscriber = await subscribed(port);
  await subscriber.endAsync();
  let publisher = await mqtt.connectAsync(addressOf(port), { reconnectPeriod: 0 });
  let acked = 0;
  return {
    publish: async (readings) => {
      await publisher.publishAsync(TOPIC, String(readings), { qos: 1 });
      acked += readings;
    },
    kill: async () => {
      publisher.on('error', () => {});
      await running.end('SIGKILL');
      publisher.end(true);
    },
    settle: async () => {
      running = await started(config, port);
      publisher = await mqtt.connectAsync(addressOf(port), { reconnectPeriod: 0 });
      const delivered: number[] = [];
      const again = await subscribed(port, (text) => delivered.push(text === END ? Number.NaN : Number(text)));
      // Behind everything that it kept for the session.
      await publisher.publishAsync(TOPIC, END, { qos: 1 });
      await until('the last message', () => delivered.some(Number.isNaN));
      await Promise.all([again.endAsync(), publisher.endAsync()]);
      await running.end('SIGTERM');
      const readings = delivered.filter((one) => !Number.isNaN(one)).reduce((sum, one) => sum + one, 0);
      return { acked, delivered: readings, lost: acked - readings };
    },
    close: () => publisher.end(true),
  };
}

const addressOf = (port: number): string => `mqtt://127.0.0.1:${port}`;

async function started(config: string, port: number): Promise<Process> {
  const process = runProcess(PROGRAM, ['-c', config]);
  await until('mosquitto', async () => {
    if (process.child.exitCode !== null) throw new Error(`mosquitto did not start: ${process.err()}`);
    return mqtt.connectAsync(addressOf(port), { reconnectPeriod: 0 }).then(
      async (client) => client.endAsync().then(() => true),
      () => false,
    );
  });
  return process;
}

async function subscribed(port: number, heard: (text: string) => void = () => {}): Promise<mqtt.MqttClient> {
  const client = mqtt.connect(addressOf(port), { clientId: 'peer', clean: false, reconnectPeriod: 0 });
  client.on('message', (_topic, payload) => heard(payload.toString()));
  await within('the connection', new Promise<void>((resolve) => client.once('connect', () => resolve())));
  await client.subscribeAsync(TOPIC, { qos: 1 });
  return client;
}
