/** A TCP proxy of ours between two parts, which makes trouble as networks do. */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export const TROUBLES = ['latency', 'reset', 'half-open', 'trickle', 'black hole'] as const;

export type Trouble = (typeof TROUBLES)[number] | 'none';

export type ChaosProxy = {
  readonly port: number;
  /**
   * From now on, for connections that are open and for new ones.
   * - latency: each piece comes 20 to 200 ms late.
   * - reset: connections end with RST, within the next few pieces.
   * - half-open: the far end is gone, and the near one is not told.
   * - trickle: a few bytes at a time.
   * - black hole: nothing passes, nothing ends; what was sent arrives when the trouble is over.
   */
  readonly make: (trouble: Trouble) => void;
  /** Pieces that met some trouble, of both directions. */
  readonly troubled: () => number;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
};

type Pair = { readonly near: Socket; readonly far: Socket; isHalfOpen: boolean };

const LATENCY_MS = { least: 20, more: 180 };
const RESET_SHARE = 0.3;
const TRICKLE = { bytes: 512, everyMs: 5 };

export async function chaosProxy(targetPort: number, random: () => number): Promise<ChaosProxy> {
  const pairs = new Set<Pair>();
  let trouble: Trouble = 'none';
  let troubled = 0;
  let over = Promise.withResolvers<void>();

  /** Pieces in their order, each when the trouble of its moment lets it. */
  function passOn(pair: Pair, from: Socket, to: Socket): void {
    let turn = Promise.resolve();
    from.on('data', (piece: Buffer) => {
      from.pause();
      turn = turn.then(async () => {
        await passed(pair, to, piece);
        from.resume();
      });
    });
    from.on('end', () => void turn.then(() => pair.isHalfOpen || to.end()));
  }

  async function passed(pair: Pair, to: Socket, piece: Buffer): Promise<void> {
    if (trouble !== 'none') troubled += 1;
    if (trouble === 'black hole') await over.promise;
    if (trouble === 'latency') await pause(LATENCY_MS.least + LATENCY_MS.more * random());
    if (trouble === 'reset' && random() < RESET_SHARE) return reset(pair);
    if (trouble === 'half-open') loseFarEnd(pair);
    if (pair.isHalfOpen || to.destroyed) return;
    if (trouble !== 'trickle') return void to.write(piece);
    for (let at = 0; at < piece.length && !to.destroyed; at += TRICKLE.bytes) {
      to.write(piece.subarray(at, at + TRICKLE.bytes));
      // Enough is over when the trouble is.
      if (trouble === 'trickle') await pause(TRICKLE.everyMs);
    }
  }

  function reset({ near, far }: Pair): void {
    near.resetAndDestroy();
    far.resetAndDestroy();
  }

  function loseFarEnd(pair: Pair): void {
    pair.isHalfOpen = true;
    pair.far.destroy();
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const pair: Pair = { near, far, isHalfOpen: false };
    pairs.add(pair);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.once('close', () => {
      pairs.delete(pair);
      far.destroy();
    });
    // A target that is not there, or gone, is no trouble of ours: it is passed on.
    far.once('close', () => pair.isHalfOpen || near.destroy());
    passOn(pair, near, far);
    passOn(pair, far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    make: (next) => {
      // Whoever was cut off from the far end has to notice by its own means, unless the whole trouble is over for it.
      trouble = next;
      over.resolve();
      over = Promise.withResolvers();
    },
    troubled: () => troubled,
    connections: () => pairs.size,
    close: async () => {
      over.resolve();
      for (const pair of pairs) reset(pair);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
