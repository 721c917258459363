/** Samples in over MQTT 3.1.1 with QoS 1: one message a sample, sent again after a lost connection until acknowledged. */
import { connectAsync, type MqttClient } from 'mqtt';
import { telemetryTopic } from '../lambdas/telemetry/topics.ts';
import { networkReason, shownAddress } from './address.ts';
import { type Refusal, refusal } from './command.ts';
import type { Door, DoorOptions, Receipt } from './door.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const TRY_AGAIN_MS = 500;
// A line whose far end is gone without a word is given up after one and a half times this, and made anew: well within the
// patience of a replay, which the library's own minute is not.
const KEEPALIVE_S = 15;
// The library's word for what was handed in while it sent an older message again and lost the connection once more: it keeps
// every other message for the next connection, and not this one.
const GIVEN_UP = 'Connection closed';
const LOOK_EVERY_MS = 200;
const GOODBYE_MS = 2000;
// The local broker withholds acknowledgements beyond 1000 pending; stay well below it.
const MAX_WAITING = 100;
// A broker that has just started closes one or two.
const MAX_FRUITLESS_CONNECTIONS = 4;
const MAX_BYTES = 100 * 1024;

export async function openMqttDoor(
  { url, topicRoot }: { readonly url: string; readonly topicRoot: string },
  options: DoorOptions,
): Promise<{ readonly ok: true; readonly door: Door } | Refusal> {
  const address = shownAddress(url);
  const topic = telemetryTopic(topicRoot, options.battery);
  try {
    const client = await connectAsync(
      url,
      {
        clientId: `amphora-cli-${options.newId()}`,
        protocolVersion: 4,
        clean: true,
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectPeriod: TRY_AGAIN_MS,
        keepalive: KEEPALIVE_S,
      },
      false,
    );
    return { ok: true, door: mqttDoor(client, { address, topic }, options) };
  } catch (error) {
    const reason = networkReason(error);
    // The words of the client for a CONNACK with a return code: somebody answers, and does not want us.
    if (reason.startsWith('Connection refused:'))
      return refusal(`the MQTT broker at ${address} refused the connection: ${reason}`);
    return refusal(
      `no MQTT broker answers at ${address} (${reason}); start Amphora with ./amphora start, or name another with --mqtt-url`,
    );
  }
}

type Way = { readonly address: string; readonly topic: string };

function mqttDoor(client: MqttClient, { address, topic }: Way, options: DoorOptions): Door {
  const waiting = new Set<(receipt: Receipt) => void>();
  let lost: string | undefined;
  let isConnected = true;
  // Time without a sign of life while something waits; counted in looks, so that a suspended machine does not give up.
  let silentMs = 0;
  // In MQTT 3.1.1 a broker that does not authorize a message can only close the connection (or acknowledge all the same):
  // MQTT-3.3.5-2. Closed one after the other, with nothing acknowledged ever, that is no loss but a refusal.
  let wasTaken = true;
  let fruitlessConnections = 0;
  let hasAcknowledged = false;

  const giveUp = (sentence: string): void => {
    lost = sentence;
    clearInterval(look);
    for (const answer of waiting) answer({ kind: 'lost', sentence });
    waiting.clear();
    // Last, for it calls back whoever waits, with less to say.
    client.end(true);
  };
  const look = setInterval(() => {
    silentMs = waiting.size === 0 ? 0 : silentMs + LOOK_EVERY_MS;
    if (options.patienceMs === undefined || silentMs < options.patienceMs) return;
    const forS = options.patienceMs / 1000;
    giveUp(
      isConnected
        ? `${address} acknowledged nothing for ${forS} s`
        : `the connection to ${address} was lost and did not come back within ${forS} s`,
    );
  }, LOOK_EVERY_MS);

  client.on('close', () => {
    if (wasTaken && !hasAcknowledged && waiting.size > 0) fruitlessConnections++;
    wasTaken = false;
    if (fruitlessConnections >= MAX_FRUITLESS_CONNECTIONS && lost === undefined) {
      isConnected = false;
      return giveUp(
        `the broker at ${address} takes the connection and closes it at the first reading: it may want device certificates (--device-auth) or a password; name the running Amphora with --data`,
      );
    }
    if (isConnected && lost === undefined && !client.disconnecting)
      options.onNote(`connection to ${address} lost; trying again …`);
    isConnected = false;
  });
  // Before 'connect', which comes when what waited has been sent again and acknowledged.
  client.on('packetreceive', ({ cmd }) => {
    wasTaken ||= cmd === 'connack';
  });
  client.on('connect', () => {
    isConnected = true;
    options.onNote(`connected to ${address} again`);
  });
  // A refused try to reconnect is no event of its own: 'close' told it, and patience bounds it.
  client.on('error', () => {});

  const sendOne = (payload: string): Promise<Receipt> =>
    new Promise((resolve) => {
      if (lost !== undefined) return resolve({ kind: 'lost', sentence: lost });
      waiting.add(resolve);
      const publish = (): void => {
        client.publish(topic, payload, { qos: 1 }, (error) => {
          if (!waiting.has(resolve)) return;
          // Not before it is through with all that it gives up, or it would never be.
          if (error?.message === GIVEN_UP && !client.disconnecting) return void setImmediate(publish);
          waiting.delete(resolve);
          silentMs = 0;
          hasAcknowledged ||= error === undefined || error === null;
          if (error === undefined || error === null) resolve({ kind: 'answered', accepted: 1, refusals: [] });
          else resolve({ kind: 'lost', sentence: `${address} did not take a message: ${networkReason(error)}` });
        });
      };
      publish();
    });

  return {
    send: async (samples) => {
      const receipts = await Promise.all(samples.map(sendOne));
      return (
        receipts.find(({ kind }) => kind === 'lost') ?? { kind: 'answered', accepted: samples.length, refusals: [] }
      );
    },
    maxSamples: 1,
    maxBytes: MAX_BYTES,
    maxWaiting: MAX_WAITING,
    close: () => closed(client, look),
  };
}

async function closed(client: MqttClient, look: NodeJS.Timeout): Promise<void> {
  clearInterval(look);
  if (!client.connected) {
    client.end(true);
    return;
  }
  // A broker that does not answer the goodbye must not keep the command from ending.
  const forced = setTimeout(() => client.end(true), GOODBYE_MS);
  await client.endAsync().catch(() => undefined);
  clearTimeout(forced);
}
