/**
 * What AWS IoT Core's message broker allows (its documented quotas), and the bounds that this process needs besides.
 * One place, so that the guard on the bytes, the broker's hooks and the rule's topic filters cannot disagree.
 */
import { Buffer } from 'node:buffer';

/** AWS: at most seven slashes in a topic or filter. */
export const MAX_TOPIC_LEVELS = 8;
export const MAX_TOPIC_BYTES = 256;
export const MAX_PAYLOAD_BYTES = 128 * 1024;
export const MAX_CLIENT_ID_BYTES = 128;
export const MAX_FILTERS_PER_SUBSCRIBE = 8;

/** Ours: a CONNECT with its will and password. It is read before anything is known about the peer, hence small. */
export const MAX_CONNECT_BYTES = 16 * 1024;
/** Ours: long enough for a slow radio link, short enough that idle sockets do not pile up. */
export const CONNECT_TIMEOUT_MS = 10_000;

const PACKET_ID_BYTES = 2;
const LENGTH_PREFIX_BYTES = 2;
const QOS_BYTES = 1;

/** The largest body (MQTT's "remaining length") of the packets a client may send. */
export const MAX_PUBLISH_BYTES = LENGTH_PREFIX_BYTES + MAX_TOPIC_BYTES + PACKET_ID_BYTES + MAX_PAYLOAD_BYTES;
export const MAX_SUBSCRIBE_BYTES =
  PACKET_ID_BYTES + MAX_FILTERS_PER_SUBSCRIBE * (LENGTH_PREFIX_BYTES + MAX_TOPIC_BYTES + QOS_BYTES);
/** AWS bounds no UNSUBSCRIBE; a client that leaves sixty topics at once still fits. */
export const MAX_UNSUBSCRIBE_BYTES = 16 * 1024;

/** Several small MQTT packets may share one WebSocket message; a client's write buffer is far below this. */
const MAX_WEB_SOCKET_MESSAGE_BYTES = 1024 * 1024;

/**
 * For the `WebSocketServer` whose sockets are handed to the broker. `ws` joins a message before anybody sees it, up to
 * 100 MiB by default, so the bound has to stand here; compression would let 1 MB of wire become 1 GB of memory.
 */
export const MQTT_WEB_SOCKET_OPTIONS = {
  maxPayload: MAX_WEB_SOCKET_MESSAGE_BYTES,
  perMessageDeflate: false,
  // [MQTT-6.0.0-4]: the server answers with the sub-protocol "mqtt", or with none when it was not asked for.
  handleProtocols: (protocols: Set<string>): string | false => (protocols.has('mqtt') ? 'mqtt' : false),
};

export const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');
