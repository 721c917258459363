/** A real MQTT broker in the test's process that keeps what was published and can be told to fall silent or to go away. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';

export type Message = { readonly topic: string; readonly text: string; readonly qos: number; readonly retain: boolean };

export type TestBroker = {
  readonly url: string;
  readonly port: number;
  readonly messages: readonly Message[];
  /** Resolves when so many messages came in. */
  readonly received: (count: number) => Promise<void>;
  /** From now on messages come in and are not acknowledged. */
  readonly withhold: () => void;
  /** From now on a connection is closed at its first message, as by a broker that does not authorize it. */
  readonly refuse: () => void;
  /** Closes all connections and the port. */
  readonly goAway: () => Promise<void>;
  /** Listens on the same port again, and acknowledges; or still does not. */
  readonly comeBack: (how?: { readonly isWithholding: boolean }) => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function testBroker(): Promise<TestBroker> {
  const aedes = await Aedes.createBroker();
  const messages: Message[] = [];
  const sockets = new Set<Socket>();
  let isWithholding = false;
  let isRefusing = false;
  let onMessage = (): void => {};
  aedes.authorizePublish = (_client, packet, callback) => {
    if (isRefusing) return callback(new Error('not authorized'));
    const text = packet.payload.toString();
    messages.push({ topic: packet.topic, text, qos: packet.qos, retain: packet.retain });
    onMessage();
    if (!isWithholding) callback(null);
  };
  let server = serverOf(aedes, sockets);
  const port = await listening(server, 0);
  const goAway = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    messages,
    received: (count) =>
      new Promise((resolve) => {
        onMessage = () => {
          if (messages.length >= count) resolve();
        };
        onMessage();
      }),
    withhold: () => {
      isWithholding = true;
    },
    refuse: () => {
      isRefusing = true;
    },
    goAway,
    comeBack: async (how = { isWithholding: false }) => {
      isWithholding = how.isWithholding;
      server = serverOf(aedes, sockets);
      await listening(server, port);
    },
    close: async () => {
      if (server.listening) await goAway();
      await new Promise<void>((resolve) => aedes.close(resolve));
    },
  };
}

function serverOf(aedes: Aedes, sockets: Set<Socket>): Server {
  return createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    aedes.handle(socket);
  });
}

async function listening(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
