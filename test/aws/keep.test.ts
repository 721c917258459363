import { expect, test } from '@jest/globals';
import { keep } from '../../lambdas/aws/keep.ts';
import { queuePeer } from './queue-peer.ts';

test("what is kept goes where the environment says, and not to the host in the queue's address: in a VPC only that answers", async () => {
  const queue = await queuePeer();
  Object.assign(process.env, queue.env);
  const message = { reason: 'r', original: 'e30=', topic: 't', clientId: null, receivedAt: 1, traceId: null };
  await keep(message);
  await queue.close();
  expect(queue.bodies).toEqual([message]);
});
