/**
 * What aedes gets in place of a client's socket: the same bytes, but guarded before anybody joins them, held back while
 * many messages wait to be accepted, and with room for what the client is slow to take.
 */
import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
import { packetGuard } from './mqtt-packet-guard.ts';

export type Door = {
  readonly stream: Duplex;
  /** A message of this client begins to wait for its acceptance. */
  readonly hold: () => void;
  readonly release: () => void;
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

  function readOn(): void {
    if (wantsMore && waiting < MAX_WAITING_MESSAGES) transport.resume();
  }

  transport.on('data', (chunk: Buffer) => {
    if (stream.destroyed) return;
    const refusal = guard(chunk);
    if (refusal !== undefined) {
      farewell = refusal.reply;
      stream.destroy(new Error(refusal.reason));
      return;
    }
    wantsMore = stream.push(chunk);
    if (!wantsMore || waiting >= MAX_WAITING_MESSAGES) transport.pause();
  });
  // The end is passed on behind the data: what a client sent before it left (QoS 0, then DISCONNECT) still counts.
  transport.on('end', () => end());
  transport.on('close', () => end());
  // A broken connection is an end like any other; `close` follows.
  transport.on('error', () => {});

  let hasEnded = false;
  function end(): void {
    if (hasEnded || stream.destroyed) return;
    hasEnded = true;
    stream.push(null);
  }

  return {
    stream,
    hold: () => {
      waiting += 1;
    },
    release: () => {
      waiting -= 1;
      if (!stream.destroyed) readOn();
    },
  };
}

/** To a client that has left nothing is sent, and that is no error: its last messages may still be on their way in. */
function send(transport: Duplex, bytes: Buffer, done: (cause?: Error | null) => void): void {
  if (transport.destroyed || transport.writableEnded) done();
  else transport.write(bytes, () => done());
}
