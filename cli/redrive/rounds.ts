/** What an Amphora does of a redrive in one request after the other, as one. */
import { type RedriveAnswer, readRedrive, redriveAnswer } from '../../lambdas/redrive/redrive-answer.ts';
import type { Redriven } from '../../lambdas/redrive/redrive-queues.ts';
import { type Api, askApi, notOurs } from '../api-client.ts';
import type { Refusal } from '../command.ts';

export type End =
  /** There was nothing more to take. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'interrupted' }
  /** There is more, and a whole request took nothing of it. */
  | { readonly kind: 'stuck' }
  /** Nothing more could be stored; in the words of the Amphora. */
  | { readonly kind: 'stopped'; readonly reason: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type Rounds = {
  /** Of all requests that were answered. */
  readonly redriven: RedriveAnswer;
  readonly end: End;
};

type Watching = {
  /** The request that runs ends by itself, for it is done there whoever waits for it. */
  readonly stop: AbortSignal;
  readonly onRound: (moved: number) => void;
};

export async function redriveAll(api: Api, { stop, onRound }: Watching): Promise<Rounds> {
  let redriven = redriveAnswer({ queues: [], isDone: false });
  for (;;) {
    const asked = await askApi(api, '/redrive', 'POST');
    if (!asked.ok) return { redriven, end: { kind: 'refused', refusal: asked } };
    const answer = readRedrive(asked.body);
    if (answer === undefined) return { redriven, end: { kind: 'refused', refusal: notOurs(api) } };
    redriven = joined(redriven, answer);
    onRound(redriven.moved);
    if (answer.stopped !== undefined) return { redriven, end: { kind: 'stopped', reason: answer.stopped } };
    if (!answer.more) return { redriven, end: { kind: 'empty' } };
    if (stop.aborted) return { redriven, end: { kind: 'interrupted' } };
    if (answer.moved === 0) return { redriven, end: { kind: 'stuck' } };
  }
}

function joined(before: RedriveAnswer, { queues, more, stopped }: RedriveAnswer): RedriveAnswer {
  const byName = new Map(before.queues.map((queue) => [queue.queue, queue]));
  for (const queue of queues) {
    const known = byName.get(queue.queue);
    byName.set(queue.queue, known === undefined ? queue : plus(known, queue));
  }
  return redriveAnswer({ queues: [...byName.values()], isDone: !more }, stopped);
}

const plus = (one: Redriven, other: Redriven): Redriven => ({
  queue: one.queue,
  moved: one.moved + other.moved,
  stored: one.stored + other.stored,
  repeated: one.repeated + other.repeated,
  quarantined: one.quarantined + other.quarantined,
});
