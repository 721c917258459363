/** Waits on a broker for the first message of a device. */
import { connectAsync, type MqttClient } from 'mqtt';
import { networkReason } from '../address.ts';

/** Where one listens. */
export type Ear = {
  readonly url: string;
  /** Of the WebSocket's handshake. */
  readonly headers: Readonly<Record<string, string>>;
  readonly name: string;
  /** What to look at when nothing can be heard there. */
  readonly hint: string;
};

export type HeardMessage = { readonly topic: string; readonly payload: Uint8Array; readonly atMs: number };

export type FirstMessage =
  | { readonly kind: 'message'; readonly message: HeardMessage }
  | { readonly kind: 'silence' }
  | { readonly kind: 'stopped' }
  /** Nothing could be heard there at all. */
  | { readonly kind: 'deaf'; readonly reason: string };

export type Listening = {
  readonly ear: Ear;
  readonly topics: readonly string[];
  readonly waitMs: number;
  readonly stop: AbortSignal;
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** From now on nothing is missed. */
  readonly onListening: () => void;
};

const CONNECT_TIMEOUT_MS = 15_000;
const TRY_AGAIN_MS = 1_000;

export async function firstMessage(listening: Listening): Promise<FirstMessage> {
  const { ear, newId } = listening;
  let client: MqttClient;
  try {
    client = await connectAsync(
      ear.url,
      {
        // Unlike any battery's: AWS IoT ends the older of two connections with one client id.
        clientId: `amphora-add-battery:${newId()}`,
        protocolVersion: 4,
        clean: true,
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectPeriod: TRY_AGAIN_MS,
        wsOptions: { headers: ear.headers },
      },
      false,
    );
  } catch (error) {
    return { kind: 'deaf', reason: whyDeaf(error, listening.nowMs()) };
  }
  try {
    return await heard(client, listening);
  } finally {
    client.end(true);
  }
}

function heard(client: MqttClient, { topics, waitMs, stop, nowMs, onListening }: Listening): Promise<FirstMessage> {
  return new Promise((resolve) => {
    const silence = setTimeout(() => resolve({ kind: 'silence' }), waitMs);
    const onStop = (): void => resolve({ kind: 'stopped' });
    const settle = (result: FirstMessage): void => {
      clearTimeout(silence);
      stop.removeEventListener('abort', onStop);
      resolve(result);
    };
    stop.addEventListener('abort', onStop, { once: true });
    if (stop.aborted) onStop();
    client.on('message', (topic, payload, { retain }) => {
      // What a broker kept from before is no sign of this device.
      if (!retain) settle({ kind: 'message', message: { topic, payload, atMs: nowMs() } });
    });
    // A lost connection is made again by the client; the time that is waited bounds it.
    client.on('error', () => {});
    let isListening = false;
    client.subscribeAsync([...topics], { qos: 1 }).then(
      () => {
        isListening = true;
        onListening();
      },
      (error: unknown) => settle({ kind: 'deaf', reason: networkReason(error) }),
    );
    // AWS IoT does not refuse a subscription: it ends the connection. The client would try so until the end of time.
    client.once('close', () => {
      if (!isListening) settle({ kind: 'deaf', reason: 'the connection was ended when it asked to listen' });
    });
  });
}

const CLOCK = /^CERT_(NOT_YET_VALID|HAS_EXPIRED)$/;

function whyDeaf(error: unknown, nowMs: number): string {
  const reason = networkReason(error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return CLOCK.test(code)
    ? `its certificate is not valid at ${new Date(nowMs).toISOString()}, which this machine takes for now: look at the clock`
    : reason;
}
