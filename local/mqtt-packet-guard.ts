/**
 * Reads the byte stream of one MQTT 3.1.1 client ahead of aedes, which joins a packet in memory before it judges it, and
 * whose parser accepts forms that the standard forbids. Only heads are read here, payloads are counted and passed over,
 * so a client that announces 200 MB is refused at its second byte. Clauses in brackets are those of the MQTT 3.1.1 text.
 */
import { Buffer } from 'node:buffer';
import {
  MAX_CLIENT_ID_BYTES,
  MAX_CONNECT_BYTES,
  MAX_FILTERS_PER_SUBSCRIBE,
  MAX_PAYLOAD_BYTES,
  MAX_PUBLISH_BYTES,
  MAX_SUBSCRIBE_BYTES,
  MAX_TOPIC_BYTES,
  MAX_UNSUBSCRIBE_BYTES,
} from './mqtt-limits.ts';

/** The connection has to end; `reply` goes out before, where the standard gives the server words for it. */
export type GuardRefusal = { readonly reason: string; readonly reply?: Buffer };

export type PacketGuard = {
  /** Takes the next bytes of the stream; after a refusal it must not be called again. */
  readonly judge: (chunk: Buffer) => GuardRefusal | undefined;
  /** How long the CONNECT is, from the first byte of the stream; undefined until its head has been read. */
  readonly connectBytes: () => number | undefined;
};

type Head =
  | { readonly kind: 'packet'; readonly endsAt: number }
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'refused'; readonly refusal: GuardRefusal };

/** `body` is as much of it as has arrived; undefined asks for more. */
type BodyCheck = (body: Buffer, length: number, flags: number) => Verdict | undefined;
type Verdict = 'fine' | GuardRefusal;

type PacketKind = {
  readonly name: string;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** The reserved flags of the first byte; undefined where they carry meaning (PUBLISH). */
  readonly flags?: number;
  readonly check?: BodyCheck;
};

const CONNECT = 1;
const PUBLISH = 3;

/** What a client may send, by packet type. PUBREC, PUBREL and PUBCOMP belong to QoS 2, which AWS IoT does not have. */
const KINDS: ReadonlyMap<number, PacketKind> = new Map([
  [CONNECT, { name: 'CONNECT', minBytes: 12, maxBytes: MAX_CONNECT_BYTES, flags: 0, check: checkConnect }],
  [PUBLISH, { name: 'PUBLISH', minBytes: 3, maxBytes: MAX_PUBLISH_BYTES, check: checkPublish }],
  [4, { name: 'PUBACK', minBytes: 2, maxBytes: 2, flags: 0 }],
  [8, { name: 'SUBSCRIBE', minBytes: 6, maxBytes: MAX_SUBSCRIBE_BYTES, flags: 2, check: checkSubscribe }],
  [10, { name: 'UNSUBSCRIBE', minBytes: 5, maxBytes: MAX_UNSUBSCRIBE_BYTES, flags: 2 }],
  [12, { name: 'PINGREQ', minBytes: 0, maxBytes: 0, flags: 0 }],
  [14, { name: 'DISCONNECT', minBytes: 0, maxBytes: 0, flags: 0 }],
]);
const QOS_2_KINDS: ReadonlySet<number> = new Set([5, 6, 7]);

const NOTHING = Buffer.alloc(0);

export function packetGuard(): PacketGuard {
  let unread: Buffer = NOTHING;
  let bodyBytesToPass = 0;
  let connectBytes: number | undefined;

  function judge(chunk: Buffer): GuardRefusal | undefined {
    const bytes = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    unread = NOTHING;
    let offset = Math.min(bodyBytesToPass, bytes.length);
    bodyBytesToPass -= offset;
    while (offset < bytes.length) {
      const head = readHead(bytes, offset, connectBytes === undefined);
      if (head.kind === 'refused') return head.refusal;
      if (head.kind === 'unfinished') {
        // A copy: the rest of a 64 KiB read must not stay in memory for three bytes.
        unread = Buffer.from(bytes.subarray(offset));
        return undefined;
      }
      connectBytes ??= head.endsAt;
      offset = Math.min(head.endsAt, bytes.length);
      bodyBytesToPass = head.endsAt - offset;
    }
    return undefined;
  }

  return { judge, connectBytes: () => connectBytes };
}

function readHead(bytes: Buffer, offset: number, isFirst: boolean): Head {
  const first = bytes[offset] ?? 0;
  const type = first >> 4;
  const flags = first & 0b1111;
  const kind = KINDS.get(type);
  const problem = headProblem(kind, type, flags, isFirst);
  if (kind === undefined || problem !== undefined) return refused(problem ?? 'no such packet');

  const length = readLength(bytes, offset + 1);
  if (length === 'unfinished') return { kind: 'unfinished' };
  if (length === 'malformed') return refused(`the length of a ${kind.name} has more than four bytes`);
  if (length.value > kind.maxBytes) {
    return refused(`a ${kind.name} of ${length.value} bytes was announced, at most ${kind.maxBytes} are allowed`);
  }
  if (length.value < kind.minBytes) return refused(`a ${kind.name} of ${length.value} bytes is malformed`);

  const endsAt = length.endsAt + length.value;
  if (kind.check === undefined) return { kind: 'packet', endsAt };
  const verdict = kind.check(bytes.subarray(length.endsAt, endsAt), length.value, flags);
  if (verdict === undefined) return { kind: 'unfinished' };
  return verdict === 'fine' ? { kind: 'packet', endsAt } : { kind: 'refused', refusal: verdict };
}

function headProblem(kind: PacketKind | undefined, type: number, flags: number, isFirst: boolean): string | undefined {
  if (isFirst && type !== CONNECT) return 'the first packet is not an MQTT CONNECT'; // [MQTT-3.1.0-1]
  if (QOS_2_KINDS.has(type)) return 'a packet of QoS 2 was sent: AWS IoT has QoS 0 and 1 only';
  if (kind === undefined) return `a client does not send packets of type ${type}`;
  if (!isFirst && type === CONNECT) return 'a second CONNECT was sent'; // [MQTT-3.1.0-2]
  if (kind.flags !== undefined && flags !== kind.flags) return `a ${kind.name} has wrong flags`; // [MQTT-2.2.2-2]
  if (type === PUBLISH && qosOf(flags) === 2) return 'a message with QoS 2 was published: AWS IoT has QoS 0 and 1 only';
  if (type === PUBLISH && qosOf(flags) === 3) return 'a message with QoS 3 was published'; // [MQTT-3.3.1-4]
  return undefined;
}

/** [2.2.3] Seven bits a byte, the least significant first. */
function readLength(
  bytes: Buffer,
  offset: number,
): { readonly value: number; readonly endsAt: number } | 'unfinished' | 'malformed' {
  let value = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = bytes[offset + index];
    if (byte === undefined) return 'unfinished';
    value += (byte & 0b0111_1111) * 128 ** index;
    if (byte < 128) return { value, endsAt: offset + index + 1 };
  }
  return 'malformed';
}

const LEVEL_AT = 6;
const CONNECT_FLAGS_AT = 7;
const CLIENT_ID_AT = 10;
const CLEAN_SESSION = 0b10;
/** CONNACK of MQTT 3.1.1: 1 is "unacceptable protocol level", 2 "identifier rejected". */
const WRONG_LEVEL = Buffer.from([0x20, 2, 0, 1]);
const WRONG_CLIENT_ID = Buffer.from([0x20, 2, 0, 2]);
/** CONNACK of MQTT 5, which such a client can read: 0x84 is "Unsupported Protocol Version". */
const WRONG_LEVEL_5 = Buffer.from([0x20, 3, 0, 0x84, 0]);

function checkConnect(body: Buffer, length: number): Verdict | undefined {
  if (body.length < Math.min(length, CLIENT_ID_AT + 2)) return undefined;
  // The older "MQIsdp" (MQTT 3.1) has another name and is not spoken by AWS IoT either. [MQTT-3.1.2-1], [MQTT-3.1.2-2]
  if (body.toString('latin1', 0, LEVEL_AT) !== '\0\x04MQTT') return { reason: 'not MQTT 3.1.1', reply: WRONG_LEVEL };
  const level = body[LEVEL_AT] ?? 0;
  if (level === 5) return { reason: 'MQTT 5 is not supported: use MQTT 3.1.1', reply: WRONG_LEVEL_5 };
  if (level !== 4) return { reason: `MQTT level ${level} is not 4 (MQTT 3.1.1)`, reply: WRONG_LEVEL };

  const clientIdBytes = body.readUInt16BE(CLIENT_ID_AT);
  if (clientIdBytes > MAX_CLIENT_ID_BYTES) {
    const reason = `the client id has ${clientIdBytes} bytes, more than ${MAX_CLIENT_ID_BYTES}`;
    return { reason, reply: WRONG_CLIENT_ID };
  }
  const isClean = ((body[CONNECT_FLAGS_AT] ?? 0) & CLEAN_SESSION) !== 0;
  if (clientIdBytes === 0 && !isClean) {
    return { reason: 'a persistent session needs a client id', reply: WRONG_CLIENT_ID }; // [MQTT-3.1.3-8]
  }
  return 'fine';
}

function checkPublish(body: Buffer, length: number, flags: number): Verdict | undefined {
  if (body.length < 2) return undefined;
  const topicBytes = body.readUInt16BE(0);
  if (topicBytes > MAX_TOPIC_BYTES) {
    return { reason: `the topic of a message has ${topicBytes} bytes, more than ${MAX_TOPIC_BYTES}` };
  }
  const hasPacketId = qosOf(flags) > 0;
  const headBytes = 2 + topicBytes + (hasPacketId ? 2 : 0);
  if (headBytes > length) return { reason: 'a PUBLISH ends before its topic and packet identifier do' };
  const payloadBytes = length - headBytes;
  if (payloadBytes > MAX_PAYLOAD_BYTES) {
    return { reason: `a message of ${payloadBytes} bytes was announced, at most ${MAX_PAYLOAD_BYTES} are allowed` };
  }
  if (!hasPacketId) return 'fine';
  if (body.length < headBytes) return undefined;
  // [MQTT-2.3.1-1]
  return body.readUInt16BE(headBytes - 2) === 0 ? { reason: 'a PUBLISH has the packet identifier 0' } : 'fine';
}

function checkSubscribe(body: Buffer, length: number): Verdict | undefined {
  if (body.length < length) return undefined;
  let filters = 0;
  let offset = 2;
  while (offset < length) {
    if (offset + 2 > length) return { reason: 'a SUBSCRIBE is malformed' };
    offset += 2 + body.readUInt16BE(offset) + 1;
    filters += 1;
  }
  if (offset !== length) return { reason: 'a SUBSCRIBE is malformed' };
  if (filters > MAX_FILTERS_PER_SUBSCRIBE) {
    return { reason: `a SUBSCRIBE names ${filters} topic filters, at most ${MAX_FILTERS_PER_SUBSCRIBE} are allowed` };
  }
  return 'fine';
}

const qosOf = (flags: number): number => (flags >> 1) & 0b11;

const refused = (reason: string): Head => ({ kind: 'refused', refusal: { reason } });
