/** Devices: MQTT clients as their makers use them. */
import { Buffer } from 'node:buffer';
import { afterAll } from '@jest/globals';
import mqtt from 'mqtt';
import { within } from './until.ts';

export type DeviceOptions = mqtt.IClientOptions;

export type Device = {
  readonly client: mqtt.MqttClient;
  /** Resolves with the PUBACK (QoS 1, the default) or when it is written (QoS 0). */
  readonly publish: (
    topic: string,
    payload: string | Buffer | object,
    options?: mqtt.IClientPublishOptions,
  ) => Promise<void>;
  readonly end: () => Promise<void>;
};

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

const clients = new Set<mqtt.MqttClient>();

afterAll(() => {
  for (const client of clients) client.end(true);
});

/** Does not connect again by itself unless told to. `ready` is waited for before each message. */
export async function connectDevice(
  address: string,
  options: DeviceOptions = {},
  ready: () => Promise<void> = async () => {},
): Promise<Device> {
  const client = await mqtt.connectAsync(address, {
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...options,
  });
  clients.add(client);
  // A connection that ends is what a test looks at itself.
  client.on('error', () => {});
  return {
    client,
    publish: async (topic, payload, publishing = { qos: 1 }) => {
      await ready();
      const sent = client.publishAsync(topic, bytesOf(payload), publishing);
      await within(`the acknowledgement of a message to ${topic}`, sent);
    },
    end: () => client.endAsync(),
  };
}

export async function subscribe(
  { device }: { readonly device: () => Promise<Device> },
  filter: string,
  qos: 0 | 1 = 1,
): Promise<Subscriber> {
  const { client, end } = await device();
  const messages: Message[] = [];
  client.on('message', (topic, payload, packet) => {
    messages.push({ topic, text: payload.toString('utf8'), qos: packet.qos, retain: packet.retain });
  });
  await client.subscribeAsync(filter, { qos });
  return { messages, close: end };
}

function bytesOf(payload: string | Buffer | object): string | Buffer {
  if (typeof payload === 'string') return payload;
  return payload instanceof Uint8Array ? Buffer.from(payload) : JSON.stringify(payload);
}
