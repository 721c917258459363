/**
 * What aedes gets in place of a client's socket: the same bytes, but guarded before anybody joins them, held back while
 * many messages wait to be accepted, and with room for what the client is slow to take.
 */
import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import { writeToStream } from 'mqtt-packet';
import { packetGuard } from './mqtt-packet-guard.ts';

// aedes writes with it. It would keep a Buffer for each of 65 536 numbers: 8 MB, looked through at each of V8's collections.
writeToStream.cacheNumbers = false;

export type Door = {
  readonly stream: Duplex;
  /** A message of this client begins to wait for its acceptance. */
  readonly hold: () => void;
  readonly release: () => void;
  /** The CONNACK is out. */
  readonly ready: () => void;
};

/**
 * AWS IoT allows 100 unacknowledged messages a connection. Here the client is not refused, only not read any further,
 * and what one read of the socket held (64 KiB at most) is still taken. aedes alone reads on and on while messages that
 * arrive one by one wait.
 */
const MAX_WAITING_MESSAGES = 100;

/**
 * A subscriber that leaves this much unread is cut off (by the broker, in aedes' forward hook). aedes would wait for it,
 * and the publishers with it; dropping single messages would break QoS 1 without telling anybody.
 */
export const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
/** Above the bound, so that a delivery never has to wait for a drain before the bound is noticed. */
const UNSENT_MARK_BYTES = 2 * MAX_UNSENT_BYTES;

export function openDoor(transport: Duplex): Door {
  const guard = packetGuard();
  let waiting = 0;
  let farewell: Buffer | undefined;
  let wantsMore = true;
  let isReady = false;
  let hasLeft = false;
  let passedBytes = 0;
  let early: Buffer | undefined;

  const stream = new Duplex({
    writableHighWaterMark: UNSENT_MARK_BYTES,
    allowHalfOpen: false,
    read() {
      wantsMore = true;
      readOn();
    },
    write(chunk: Buffer, _encoding, done) {
      send(transport, chunk, done);
    },
    // aedes writes a packet in up to seven pieces; as one they are one system call, or one WebSocket message.
    writev(chunks, done) {
      send(transport, Buffer.concat(chunks.map(({ chunk }: { readonly chunk: Buffer }) => chunk)), done);
    },
    final(done) {
      transport.end();
      done();
    },
    destroy(cause, done) {
      if (farewell === undefined) transport.destroy();
      else transport.end(farewell, () => transport.destroy());
      done(cause);
    },
  });

  const isOpen = (): boolean => early === undefined && waiting < MAX_WAITING_MESSAGES;

  function readOn(): void {
    if (wantsMore && isOpen()) transport.resume();
  }

  function pass(bytes: Buffer): void {
    passedBytes += bytes.length;
    wantsMore = stream.push(bytes);
  }

  function end(): void {
    hasLeft = true;
    if (early === undefined && !stream.destroyed) stream.push(null);
  }

  transport.on('data', (chunk: Buffer) => {
    if (stream.destroyed) return;
    const refusal = guard.judge(chunk);
    if (refusal !== undefined) {
      farewell = refusal.reply;
      stream.destroy(new Error(refusal.reason));
      return;
    }
    // Nothing goes past the CONNECT before the CONNACK is out: aedes would queue some of it, take the rest at once, a
    // DISCONNECT too, and forget the queue.
    const rest = (isReady ? undefined : guard.connectBytes()) ?? Number.POSITIVE_INFINITY;
    const nowBytes = Math.min(chunk.length, rest - passedBytes);
    pass(chunk.subarray(0, nowBytes));
    if (!isReady && passedBytes === guard.connectBytes()) early = chunk.subarray(nowBytes);
    if (!wantsMore || !isOpen()) transport.pause();
  });
  // The end is passed on behind the data: what a client sent before it left (QoS 0, then DISCONNECT) still counts.
  transport.once('end', end);
  transport.once('close', () => {
    if (!hasLeft) end();
  });
  // A broken connection is an end like any other; `close` follows.
  transport.on('error', () => {});

  return {
    stream,
    hold: () => {
      waiting += 1;
    },
    release: () => {
      waiting -= 1;
      if (!stream.destroyed) readOn();
    },
    ready: () => {
      isReady = true;
      if (stream.destroyed || early === undefined) return;
      if (early.length > 0) pass(early);
      early = undefined;
      if (hasLeft) end();
      else readOn();
    },
  };
}

/** To a client that has left nothing is sent, and that is no error: its last messages may still be on their way in. */
function send(transport: Duplex, bytes: Buffer, done: (cause?: Error | null) => void): void {
  if (transport.destroyed || transport.writableEnded) done();
  else transport.write(bytes, () => done());
}
