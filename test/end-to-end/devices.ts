/** Devices: MQTT clients as their makers use them. */
import type { Buffer } from 'node:buffer';
import { afterAll } from '@jest/globals';
import mqtt from 'mqtt';
import { within } from './until.ts';

export type Message = {
  readonly topic: string;
  readonly text: string;
  readonly qos: number;
  readonly retain: boolean;
};

export type Subscriber = {
  readonly messages: Message[];
  readonly close: () => Promise<void>;
};

const CONNECT_TIMEOUT_MS = 10_000;

const devices = new Set<mqtt.MqttClient>();

afterAll(() => {
  for (const device of devices) device.end(true);
});

/** `at` is a port on loopback, or an address. Does not connect again by itself unless told to. */
export async function connectDevice(at: number | string, options: mqtt.IClientOptions = {}): Promise<mqtt.MqttClient> {
  const address = typeof at === 'number' ? `mqtt://127.0.0.1:${at}` : at;
  const device = await mqtt.connectAsync(address, {
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...options,
  });
  devices.add(device);
  // A connection that ends is what a test looks at itself.
  device.on('error', () => {});
  return device;
}

/** Resolves with the PUBACK (QoS 1) or when it is written (QoS 0). */
export async function publish(
  device: mqtt.MqttClient,
  topic: string,
  payload: string | Buffer | object,
  options: mqtt.IClientPublishOptions = { qos: 1 },
): Promise<void> {
  const bytes = typeof payload === 'string' || payload instanceof Uint8Array ? payload : JSON.stringify(payload);
  const written: string | Buffer = typeof bytes === 'string' ? bytes : globalThis.Buffer.from(bytes);
  await within(`the acknowledgement of a message to ${topic}`, device.publishAsync(topic, written, options));
}

export async function subscribe(port: number, filter: string, qos: 0 | 1 = 1): Promise<Subscriber> {
  const device = await connectDevice(port);
  const messages: Message[] = [];
  device.on('message', (topic, payload, packet) => {
    messages.push({ topic, text: payload.toString('utf8'), qos: packet.qos, retain: packet.retain });
  });
  await device.subscribeAsync(filter, { qos });
  return { messages, close: () => device.endAsync() };
}
