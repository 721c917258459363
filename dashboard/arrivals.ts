/**
 * Hears that a battery sent something, over the local broker's WebSocket, so that a slow battery's reading is on the page
 * at once and not half a period later. Only a nudge to ask: what is shown always comes from the API. Without a broker to
 * reach, the page asks at its own pace. As much of MQTT 3.1.1 as a subscriber with QoS 0 needs.
 */

const KEEP_ALIVE_S = 60;
const AGAIN_MS = 10_000;
const SETTLED_MS = 100;
/** MQTT 3.1.1, 2.2.1: packet types, in the upper half of the first byte. */
const CONNACK = 2;
const PUBLISH = 3;
const SUBACK = 9;

export type Arrivals = { readonly stop: () => void };

export type Heard = {
  readonly onMessage: (topic: string) => void;
  /** From now on nothing is missed; what came just before may have been. */
  readonly onListening: () => void;
};

export function hearArrivals(url: string, topics: readonly string[], { onMessage, onListening }: Heard): Arrivals {
  let socket: WebSocket | undefined;
  let timer: number | undefined;
  let isStopped = false;

  function connect(): void {
    const opened = new WebSocket(url, 'mqtt');
    socket = opened;
    let rest: Uint8Array = new Uint8Array();
    let alive: number | undefined;
    let wasOpen = false;
    opened.binaryType = 'arraybuffer';
    opened.onopen = () => {
      wasOpen = true;
      opened.send(connectPacket(newClientId()));
      alive = window.setInterval(() => opened.send(Uint8Array.of(0xc0, 0)), (KEEP_ALIVE_S / 2) * 1000);
    };
    opened.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!(data instanceof ArrayBuffer)) return;
      const read = readPackets(joined(rest, new Uint8Array(data)));
      rest = read.rest;
      for (const packet of read.packets) {
        if (packet.type === CONNACK) opened.send(subscribePacket(topics));
        if (packet.type === SUBACK) onListening();
        if (packet.type === PUBLISH) onMessage(topicOf(packet.body));
      }
    };
    opened.onclose = () => {
      window.clearInterval(alive);
      // Where a browser or something between forbids it, it would be forbidden again.
      if (!isStopped && wasOpen) timer = window.setTimeout(connect, AGAIN_MS);
    };
  }

  // In a moment: at the start the page changes its mind about what to hear.
  timer = window.setTimeout(connect, SETTLED_MS);
  return {
    stop: () => {
      isStopped = true;
      window.clearTimeout(timer);
      if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket?.close();
      else socket?.close();
    },
  };
}

/** Of 23 characters, as many as every broker must take. Not of `randomUUID`: a page over plain HTTP from a LAN has none. */
function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** A clean session without a will, user or password. */
export function connectPacket(clientId: string): Uint8Array<ArrayBuffer> {
  return packet(0x10, [...text('MQTT'), 4, 0b10, KEEP_ALIVE_S >> 8, KEEP_ALIVE_S & 0xff, ...text(clientId)]);
}

export function subscribePacket(topics: readonly string[]): Uint8Array<ArrayBuffer> {
  return packet(0x82, [0, 1, ...topics.flatMap((topic) => [...text(topic), 0])]);
}

export type Packet = { readonly type: number; readonly body: Uint8Array };

/** Whole packets of a stream of bytes, and what is left of the next one. */
export function readPackets(bytes: Uint8Array): { readonly packets: readonly Packet[]; readonly rest: Uint8Array } {
  const packets: Packet[] = [];
  let from = 0;
  for (;;) {
    const head = headAt(bytes, from);
    if (head === undefined || head.end > bytes.length) return { packets, rest: bytes.slice(from) };
    packets.push({ type: (bytes[from] ?? 0) >> 4, body: bytes.slice(head.begin, head.end) });
    from = head.end;
  }
}

// The length after the first byte: seven bits a byte, the eighth says that another one follows.
function headAt(bytes: Uint8Array, from: number): { readonly begin: number; readonly end: number } | undefined {
  let length = 0;
  for (let i = 1; i <= 4; i += 1) {
    const byte = bytes[from + i];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** (i - 1);
    if (byte < 0x80) return { begin: from + i + 1, end: from + i + 1 + length };
  }
  return undefined;
}

function topicOf(body: Uint8Array): string {
  const length = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
  return new TextDecoder().decode(body.slice(2, 2 + length));
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

function packet(first: number, body: readonly number[]): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let left = body.length; ; left >>= 7) {
    length.push(left < 128 ? left : (left & 0x7f) | 0x80);
    if (left < 128) break;
  }
  return Uint8Array.of(first, ...length, ...body);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
