import type { FailureQueue, ReceivedFailure } from '../../lambdas/redrive/redrive-queues.ts';

type Held = { readonly body: string; receives: number; isOut: boolean };

/** A queue as small as can be: what is out is nobody else's until it is given back. */
export function smallQueue(
  name: string,
  bodies: readonly string[],
): FailureQueue & { readonly left: () => readonly string[] } {
  const held = new Map<string, Held>(bodies.map((body, i) => [`${name}-${i}`, { body, receives: 0, isOut: false }]));
  return {
    name,
    left: () => [...held.values()].filter(({ isOut }) => !isOut).map(({ body }) => body),
    receive: async (max) => {
      const taken: ReceivedFailure[] = [];
      for (const [receiptHandle, one] of held) {
        if (one.isOut || taken.length === max) continue;
        one.isOut = true;
        one.receives += 1;
        taken.push({ body: one.body, receiptHandle, sentAtMs: 1, receiveCount: one.receives });
      }
      return taken;
    },
    remove: async (handles) => {
      for (const handle of handles) held.delete(handle);
    },
    giveBack: async (handles) => {
      for (const handle of handles) {
        const one = held.get(handle);
        if (one !== undefined) one.isOut = false;
      }
    },
  };
}
