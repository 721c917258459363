import { expect, test } from '@jest/globals';
import { keep } from '../../lambdas/aws/keep.ts';
import { queuePeer } from './queue-peer.ts';

const MESSAGE = { reason: 'r', original: 'e30=', topic: 't', clientId: null, receivedAt: 1, traceId: null };

test("what is kept goes where the environment says, and not to the host in the queue's address: in a VPC only that answers", async () => {
  const queue = await queuePeer();
  Object.assign(process.env, queue.env);
  await keep(MESSAGE);
  await queue.close();
  expect(queue.bodies).toEqual([MESSAGE]);
});

test('a queue that fails for a moment gets the message with the second request', async () => {
  const queue = await queuePeer(503);
  Object.assign(process.env, queue.env);
  await keep(MESSAGE);
  await queue.close();
  expect([queue.bodies.length, queue.requests()]).toEqual([1, 2]);
});

test.each([
  [[503, 503], 2, 'SQS answered 503 Refused'],
  [[403, 403], 1, 'SQS answered 403 Refused'],
])('one that answers %j is a failure to try again, after %i requests', async (statuses, requests, words) => {
  const queue = await queuePeer(...statuses);
  Object.assign(process.env, queue.env);
  const refused = { code: 'queue-unavailable', retry: true, message: expect.stringContaining(words) };
  await expect(keep(MESSAGE)).rejects.toMatchObject(refused);
  await queue.close();
  expect([queue.bodies.length, queue.requests()]).toEqual([0, requests]);
});

test('one that does not answer is a failure to try again, in the words of the network', async () => {
  const queue = await queuePeer();
  Object.assign(process.env, queue.env);
  await queue.close();
  await expect(keep(MESSAGE)).rejects.toMatchObject({ retry: true, message: expect.stringContaining('ECONNREFUSED') });
});
