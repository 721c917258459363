/** Publishes to the account's IoT broker: at least once (QoS 1), resolved when the broker has the message. */
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { AmphoraError } from '../failures/amphora-error.ts';
import { messageOf } from './log.ts';

// Three attempts and their pauses end well before the function does (25 s), so that our own words answer.
const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 2_500;
const ATTEMPTS = 3;

// Made while the function starts, when Lambda gives it a whole processor; in its first invocation it has a seventh of one.
const client = new IoTDataPlaneClient({
  maxAttempts: ATTEMPTS,
  // The client's chain of middleware is put together once, and not for every message.
  cacheMiddleware: true,
  requestHandler: {
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
  },
});

export async function publish(topic: string, payload: string): Promise<void> {
  try {
    await client.send(new PublishCommand({ topic, payload: new TextEncoder().encode(payload), qos: 1 }));
  } catch (cause) {
    throw new AmphoraError('publish-failed', `the broker did not take the message: ${messageOf(cause)}`, {
      retry: true,
      cause,
    });
  }
}
