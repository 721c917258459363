/**
 * The MQTT 3.1.1 broker of the local runtime: aedes, with AWS IoT Core's limits at its door.
 *
 * A message counts when `accept` has resolved, and only then: aedes awaits it before it writes the PUBACK, for QoS 0 and
 * wills too. When `accept` rejects there is no PUBACK and the client's connection is closed, so that it sends again.
 * Retained messages and persistent sessions live in memory and end with the process; what was acknowledged does not.
 * Where the broker itself delivers, `sensor/#` matches `sensor` as MQTT says; the rules' own filters do not.
 */
import { Buffer } from 'node:buffer';
import type { EventEmitter } from 'node:events';
import type { IncomingMessage as UpgradeRequest } from 'node:http';
import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { Aedes, type Client, type ConnectPacket, type PublishPacket, type Subscription } from 'aedes';
import { createWebSocketStream, type WebSocket } from 'ws';
import { type Door, MAX_UNSENT_BYTES, openDoor } from './mqtt-door.ts';
import { CONNECT_TIMEOUT_MS, MAX_PAYLOAD_BYTES } from './mqtt-limits.ts';
import { allOf, type MqttConnect, type MqttRights } from './mqtt-rights.ts';
import { boundSessions } from './mqtt-sessions.ts';
import { inOrder, type Refusal, type Turns } from './mqtt-turns.ts';
import { filterProblem, topicProblem } from './topic-filter.ts';

type QoS = Subscription['qos'];

export type IncomingMessage = {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly clientId: string;
};

export type OutgoingMessage = {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain?: boolean;
};

export type BrokerLog = {
  readonly info: (event: string, fields: Record<string, unknown>) => void;
  readonly warn: (event: string, fields: Record<string, unknown>) => void;
};

export type BrokerOptions = {
  /** Makes a message durable. Calls of one client are acknowledged in the order in which they were made. */
  readonly accept: (message: IncomingMessage) => Promise<void>;
  readonly log: BrokerLog;
  readonly nowMs: () => number;
  readonly connectTimeoutMs?: number;
};

export type Broker = {
  /** Without rights of its own a connection may do everything; so do those of WebSockets. */
  readonly handleTcp: (socket: net.Socket, rights?: MqttRights) => void;
  /** For a `WebSocketServer` made with MQTT_WEB_SOCKET_OPTIONS (mqtt-limits.ts), which bounds what it joins. */
  readonly handleWebSocket: (socket: WebSocket, request: UpgradeRequest, rights?: MqttRights) => void;
  /** To subscribers only, past `accept`: for what has been accepted at another door. */
  readonly publish: (message: OutgoingMessage) => Promise<void>;
  readonly connections: () => number;
  /** Ends every connection (their wills go through `accept`), and resolves when no call of `accept` is pending. */
  readonly close: () => Promise<void>;
};

type Connection = { readonly door: Door; readonly openedAtMs: number; readonly turns: Turns; isLogged: boolean };

/** What is asked of rights, and by whom: kept for as long as aedes knows the client, which closes after its stream does. */
type Claim = { readonly rights: MqttRights; packet?: ConnectPacket };

const EVERYTHING = allOf([]);
/** [MQTT 3.1.1, table 3.1] */
const RETURN_CODES = { 'wrong-password': 4, 'not-authorized': 5 } as const;
const UNAVAILABLE = 3;

/** Only a client that publishes, and reads none of its PUBACKs until 8 MiB of them wait, is met by this. */
const DRAIN_TIMEOUT_MS = 10_000;

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { accept, log, nowMs } = options;
  const connections = new Map<Duplex, Connection>();
  const claims = new WeakMap<Duplex, Claim>();
  const pending = new Set<Promise<unknown>>();

  const aedes = await Aedes.createBroker({
    // 0 is "no bound": with one, 100 deliveries that wait for slow subscribers would stop those to all others.
    concurrency: 0,
    connectTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    drainTimeout: DRAIN_TIMEOUT_MS,
    preConnect: (client, packet, done) => {
      const claim = claims.get(client.conn);
      if (claim !== undefined) claim.packet = packet;
      const problem = willProblem(packet);
      done(problem === undefined ? null : new Error(problem), problem === undefined);
    },
    authenticate: (client, username, password, done) => {
      const { rights, packet } = claims.get(client.conn) ?? {};
      if (rights === undefined || packet === undefined) return done(null, false);
      rights.connect(connectOf(client, packet, { username, password })).then(
        (refusal) => {
          if (refusal === undefined) done(null, true);
          else done(connectError(client, refusal.reason, RETURN_CODES[refusal.code]), false);
        },
        (cause: unknown) => done(connectError(client, reasonOf(cause), UNAVAILABLE), false),
      );
    },
    authorizePublish: (client, packet, done) => {
      // aedes passes no client only for the wills of other brokers in a cluster, and there is none.
      if (client === null) return done(new Error('a message without a client'));
      const claim = claims.get(client.conn);
      // The will was judged with the CONNECT. AWS publishes that of a client whose rights have ended, too.
      const isWill = packet === claim?.packet?.will;
      const problem = publishProblem(packet) ?? (isWill ? undefined : claim?.rights.publish(packet));
      if (problem !== undefined) return done(new Error(problem));
      // A copy: aedes' payload is a view into the 64 KiB read it came in, which a retained message would keep alive.
      packet.payload = Buffer.from(packet.payload);
      return admit(client, messageOf(client, packet, packet.payload), done);
    },
    authorizeSubscribe: (client, subscription, done) => {
      // AWS ("Publish/Subscribe policy examples"): a subscription that is not allowed ends the connection.
      const denied = claims.get(client.conn)?.rights.subscribe(subscription.topic);
      // Of a session that goes on: what was allowed when it began, and is not any more, is left out of it.
      if (denied !== undefined && !client.connected) return done(null, null);
      const problem = subscribeProblem(subscription) ?? denied;
      if (problem !== undefined) return done(new Error(problem));
      if (!subscription.topic.startsWith('$')) return done(null, subscription);
      // The SUBACK says 0x80 for this filter and the connection stays: common tools ask for $SYS/# without being told.
      log.info('mqtt-subscription-refused', { clientId: client.id, filter: subscription.topic });
      return done(null, null);
    },
    authorizeForward: (client, packet) => {
      if (claims.get(client.conn)?.rights.receive(packet.topic) !== true) return null;
      if (client.conn.writableLength > MAX_UNSENT_BYTES) {
        client.conn.destroy(new Error(`the subscriber leaves more than ${MAX_UNSENT_BYTES} bytes unread`));
      }
      return packet;
    },
  });
  boundSessions(aedes, log.warn);
  aedes.on('clientReady', (client) => connections.get(client.conn)?.door.ready());
  aedes.on('clientError', logClosing);
  aedes.on('connectionError', logClosing);
  // Without a listener an `error` of an emitter ends the process.
  const emitter: EventEmitter = aedes;
  emitter.on('error', (cause: Error) => log.warn('mqtt-broker-error', { reason: cause.message }));

  function admit(client: Client, message: IncomingMessage, done: (error?: Error | null) => void): void {
    const connection = connections.get(client.conn);
    connection?.door.hold();
    const answer = (refusal: Refusal): void => {
      // PUBACKs of one moment leave in one write; aedes then publishes each in a turn of its own. QoS 0 it publishes at
      // once, so the turn is made here: aedes numbers a message when it publishes it, and takes one that a promise held
      // up for a duplicate when a later one has overtaken it.
      if (refusal !== undefined) done(refusal);
      else if (message.qos === 0) setImmediate(done);
      else done();
    };
    const settle = connection?.turns(answer) ?? answer;
    const acceptance = accept(message);
    pending.add(acceptance);
    const end = (refusal: Refusal): void => {
      pending.delete(acceptance);
      connection?.door.release();
      settle(refusal);
    };
    acceptance.then(
      () => end(undefined),
      (cause: unknown) => {
        const { topic, qos, clientId } = message;
        const reason = reasonOf(cause);
        log.warn('mqtt-message-not-accepted', { clientId, topic, qos, reason });
        end(new Error(`a message was not accepted: ${reason}`));
      },
    );
  }

  function connectError(client: Client, reason: string, returnCode: number): Error & { returnCode: number } {
    const error = Object.assign(new Error(reason), { returnCode });
    // Now: aedes reports it when the CONNACK is out, and the client may have left by then.
    logClosing(client, error);
    return error;
  }

  function logClosing(client: Client, cause: Error): void {
    const connection = connections.get(client.conn);
    // aedes reports what it could not do any more after the first error, too.
    if (connection === undefined || connection.isLogged) return;
    connection.isLogged = true;
    const openMs = nowMs() - connection.openedAtMs;
    log.warn('mqtt-connection-closed', { clientId: client.id, reason: cause.message, openMs });
  }

  function open(transport: Duplex, rights: MqttRights, request?: UpgradeRequest): Duplex {
    const door = openDoor(transport);
    if (aedes.closed) return door.stream.destroy();
    claims.set(door.stream, { rights });
    endWith(door.stream, rights.ended);
    connections.set(door.stream, { door, openedAtMs: nowMs(), turns: inOrder(), isLogged: false });
    door.stream.once('close', () => connections.delete(door.stream));
    aedes.handle(door.stream, request);
    return door.stream;
  }

  return {
    handleTcp: (socket, rights = EVERYTHING) => {
      socket.setNoDelay(true);
      open(socket, rights);
    },
    handleWebSocket: (socket, request, rights = EVERYTHING) => {
      // Before the stream listens, so that it is closed when the text gets there. [MQTT-6.0.0-1]
      socket.on('message', (_bytes, isBinary) => {
        if (!isBinary) stream.destroy(new Error('a WebSocket message was text: MQTT is sent as binary messages'));
      });
      const stream = open(createWebSocketStream(socket), rights, request);
    },
    publish: async (message) => publish(aedes, message),
    connections: () => connections.size,
    close: async () => {
      // aedes first: it hands over the wills of its clients while it closes them, and knows only those that finished
      // their CONNECT.
      await new Promise<void>((resolve) => aedes.close(resolve));
      await Promise.all([...connections.keys()].map(async (stream) => destroyed(stream)));
      while (pending.size > 0) await Promise.allSettled(pending);
    },
  };
}

/**
 * Each in a turn of its own, for the reason given in `admit`. Topics with $ are refused here too: aedes listens to some
 * of its own, and one of them closes clients.
 */
async function publish(aedes: Aedes, message: OutgoingMessage): Promise<void> {
  const { topic, payload, qos, retain = false } = message;
  const problem = publishProblem(message);
  if (problem !== undefined) throw new Error(problem);
  await new Promise<void>((resolve, reject) => {
    setImmediate(() => {
      aedes.publish({ cmd: 'publish', dup: false, topic, payload, qos, retain }, (error) =>
        error === undefined || error === null ? resolve() : reject(error),
      );
    });
  });
}

type Credentials = Pick<MqttConnect, 'username' | 'password'>;

function connectOf(client: Client, { clean = true, will }: ConnectPacket, credentials: Credentials): MqttConnect {
  const { username, password } = credentials;
  return {
    clientId: client.id,
    username,
    // aedes hands null over where there is none.
    password: password ?? undefined,
    isClean: clean,
    will: will === undefined ? undefined : { topic: will.topic, retain: will.retain === true },
  };
}

function endWith(stream: Duplex, ended: AbortSignal | undefined): void {
  if (ended === undefined) return;
  const end = (): void => void stream.destroy(new Error(reasonOf(ended.reason)));
  ended.addEventListener('abort', end, { once: true });
  stream.once('close', () => ended.removeEventListener('abort', end));
}

function willProblem({ will }: ConnectPacket): string | undefined {
  if (will === undefined) return undefined;
  const problem = publishProblem(will);
  return problem === undefined ? undefined : `the will: ${problem}`;
}

function publishProblem(
  message: Pick<PublishPacket, 'topic' | 'payload'> & { readonly qos?: QoS },
): string | undefined {
  const { topic, payload, qos } = message;
  if (qos === 2) return 'a message with QoS 2 was published: AWS IoT has QoS 0 and 1 only';
  const bytes = payload.length;
  if (bytes > MAX_PAYLOAD_BYTES) return `a message has ${bytes} bytes, more than ${MAX_PAYLOAD_BYTES}`;
  const problem = topicProblem(topic);
  if (problem !== undefined) return problem;
  return topic.startsWith('$') ? `topics that begin with $ are reserved: "${topic}"` : undefined;
}

function subscribeProblem({ topic, qos }: Subscription): string | undefined {
  if (qos === 2) return `"${topic}" was subscribed with QoS 2: AWS IoT has QoS 0 and 1 only`;
  return filterProblem(topic);
}

function messageOf(client: Client, packet: PublishPacket, payload: Buffer): IncomingMessage {
  return { topic: packet.topic, payload, qos: packet.qos === 0 ? 0 : 1, retain: packet.retain, clientId: client.id };
}

async function destroyed(stream: Duplex): Promise<void> {
  if (stream.closed) return;
  await new Promise((resolve) => stream.once('close', resolve).destroy());
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
