/** A broker on real sockets, and the bytes of MQTT packets for clients that no library would be. */
import { Buffer } from 'node:buffer';
import http from 'node:http';
import net from 'node:net';
import mqtt from 'mqtt';
import { WebSocketServer } from 'ws';
import { type Broker, type IncomingMessage, startBroker } from '../../local/broker.ts';
import { MQTT_WEB_SOCKET_OPTIONS } from '../../local/mqtt-limits.ts';

const DEADLINE_MS = 10_000;

export type LogLine = { readonly event: string; readonly fields: Record<string, unknown> };

export type Fixture = {
  readonly broker: Broker;
  readonly port: number;
  readonly webSocketUrl: string;
  readonly accepted: IncomingMessage[];
  readonly warnings: LogLine[];
  readonly reasons: () => string[];
  /** The broker's ends of the TCP connections, in the order of their opening. */
  readonly sockets: net.Socket[];
  readonly close: () => Promise<void>;
};

export type FixtureOptions = {
  readonly accept?: (message: IncomingMessage) => Promise<void>;
  readonly connectTimeoutMs?: number;
};

export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const accepted: IncomingMessage[] = [];
  const warnings: LogLine[] = [];
  const sockets: net.Socket[] = [];
  const broker = await startBroker({
    accept: async (message) => {
      accepted.push(message);
      await options.accept?.(message);
    },
    log: { info: () => {}, warn: (event, fields) => warnings.push({ event, fields }) },
    nowMs: Date.now,
    ...(options.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: options.connectTimeoutMs }),
  });
  const tcp = net.createServer((socket) => {
    sockets.push(socket);
    broker.handleTcp(socket);
  });
  const web = http.createServer();
  const upgrades = new WebSocketServer({ server: web, ...MQTT_WEB_SOCKET_OPTIONS });
  upgrades.on('connection', (socket, request) => broker.handleWebSocket(socket, request));
  const port = await listen(tcp);
  const webPort = await listen(web);
  return {
    broker,
    port,
    webSocketUrl: `ws://127.0.0.1:${webPort}/mqtt`,
    accepted,
    warnings,
    reasons: () => warnings.map(({ fields }) => String(fields['reason'])),
    sockets,
    close: async () => {
      await broker.close();
      upgrades.close();
      await Promise.all([tcp, web].map(async (server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

/** Not yet connected, so that nothing which follows the CONNACK is missed. */
export function openClient(port: number, options: mqtt.IClientOptions = {}): mqtt.MqttClient {
  return mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, connectTimeout: DEADLINE_MS, ...options });
}

export async function connectClient(url: string | number, options: mqtt.IClientOptions = {}): Promise<mqtt.MqttClient> {
  const address = typeof url === 'number' ? `mqtt://127.0.0.1:${url}` : url;
  return mqtt.connectAsync(address, { reconnectPeriod: 0, connectTimeout: DEADLINE_MS, ...options });
}

/** What a test opens, and the hand that closes it all again, the last one first. */
export function opened() {
  const closings: (() => Promise<unknown>)[] = [];
  const alsoClose = (client: mqtt.MqttClient): mqtt.MqttClient => {
    closings.push(async () => client.endAsync(true));
    return client;
  };
  return {
    start: async (options?: FixtureOptions): Promise<Fixture> => {
      const fixture = await startFixture(options);
      closings.push(fixture.close);
      return fixture;
    },
    /** Connected. */
    connect: async (url: string | number, options?: mqtt.IClientOptions): Promise<mqtt.MqttClient> =>
      alsoClose(await connectClient(url, options)),
    /** Not yet connected. */
    open: (port: number, options: mqtt.IClientOptions): mqtt.MqttClient => alsoClose(openClient(port, options)),
    closeAll: async (): Promise<void> => {
      for (const close of closings.splice(0).toReversed()) await close();
    },
  };
}

/** A promise for `accept`, and the hand that settles it. */
export function gate(): {
  readonly passed: Promise<void>;
  readonly pass: () => void;
  readonly fail: (cause: Error) => void;
} {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { passed: promise, pass: resolve, fail: reject };
}

/** Everything the broker had to do before this has been done when it resolves. */
export async function roundTrip(client: mqtt.MqttClient): Promise<void> {
  await client.unsubscribeAsync(`round/trip/${Math.random()}`);
}

export type Received = { readonly topic: string; readonly payload: string; readonly retain: boolean };

export function messagesOf(client: mqtt.MqttClient): Received[] {
  const received: Received[] = [];
  client.on('message', (topic, payload, { retain }) => received.push({ topic, payload: payload.toString(), retain }));
  return received;
}

export async function until(isTrue: () => boolean, what: string): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  while (!isTrue()) {
    if (Date.now() > deadlineMs) throw new Error(`waited ${DEADLINE_MS} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export type RawClient = {
  readonly socket: net.Socket;
  readonly received: () => Buffer;
  readonly isClosed: () => boolean;
};

/** A client that writes what it is told, and never more. */
export async function connectRaw(port: number): Promise<RawClient> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A reset is one of the ways in which a server ends a connection.
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, received: () => Buffer.concat(chunks), isClosed: () => isClosed };
}

export const CONNACK_BYTES = 4;

export async function connectRawSession(port: number, clientId: string): Promise<RawClient> {
  const raw = await connectRaw(port);
  raw.socket.write(connectPacket({ clientId }));
  await until(() => raw.received().length === CONNACK_BYTES, 'the CONNACK is there');
  return raw;
}

export function packet(firstByte: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([firstByte]), lengthBytes(body.length), body]);
}

export function lengthBytes(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

export function text(value: string): Buffer {
  return Buffer.concat([number16(Buffer.byteLength(value)), Buffer.from(value)]);
}

export const number16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

export type ConnectFields = {
  readonly clientId?: string;
  readonly level?: number;
  readonly protocol?: string;
  readonly isClean?: boolean;
  readonly will?: { readonly topic: string; readonly payload: string };
};

export function connectPacket(fields: ConnectFields = {}): Buffer {
  const { clientId = 'raw', level = 4, protocol = 'MQTT', isClean = true, will } = fields;
  const flags = (isClean ? 0b10 : 0) | (will === undefined ? 0 : 0b100);
  const parts = [text(protocol), Buffer.from([level, flags, 0, 60]), text(clientId)];
  if (will !== undefined) parts.push(text(will.topic), text(will.payload));
  return packet(0x10, Buffer.concat(parts));
}

export function publishPacket(topic: string, payload: Buffer | string, packetId?: number): Buffer {
  const id = packetId === undefined ? [] : [number16(packetId)];
  return packet(packetId === undefined ? 0x30 : 0x32, Buffer.concat([text(topic), ...id, Buffer.from(payload)]));
}

export function subscribePacket(packetId: number, filters: readonly string[], qos = 1): Buffer {
  const bodies = filters.map((filter) => Buffer.concat([text(filter), Buffer.from([qos])]));
  return packet(0x82, Buffer.concat([number16(packetId), ...bodies]));
}

export const DISCONNECT = Buffer.from([0xe0, 0]);
