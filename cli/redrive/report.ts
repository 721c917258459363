/** What waits in the failure queues, and what a redrive did of it, as lines for a person. */
import type { RedriveAnswer, Waiting, WaitingAnswer } from '../../lambdas/redrive/redrive-answer.ts';
import type { Redriven } from '../../lambdas/redrive/redrive-queues.ts';
import { printable } from '../printable.ts';

/** `flags`: where it was asked, to stand behind a command. */
export type Place = { readonly url: string; readonly flags: string };

export function waitingText({ waiting, inFlight, queues }: WaitingAnswer, { url, flags }: Place): string {
  if (waiting + inFlight === 0) return `Nothing waits in the failure queues at ${url}.\n`;
  return [
    `In the failure queues at ${url}: ${messages(waiting)} waiting, ${inFlight} in hand of a redrive`,
    ...columns(queues, (one: Waiting) => `${one.waiting} waiting, ${one.inFlight} in hand`),
    waiting > 0
      ? `-> store them: ./amphora redrive --apply${flags}`
      : '-> in five minutes what is in hand is stored, or waits again: type the same again then',
    '',
  ].join('\n');
}

/** `inHand`: how many messages another redrive had taken out when this one began. */
export function redrivenText(
  { queues, ...sum }: RedriveAnswer,
  { url, flags, inHand }: Place & { readonly inHand: number },
): string {
  return [
    ...(sum.moved === 0 ? [] : [`Out of the failure queues at ${url}: ${outcome(sum)}`, ...columns(queues, outcome)]),
    ...(sum.moved === 0 && inHand === 0 && !sum.more ? [`Nothing waits in the failure queues at ${url}.`] : []),
    ...(inHand === 0
      ? []
      : [
          `${messages(inHand)} ${inHand === 1 ? 'was' : 'were'} in hand of another redrive when this one began`,
          `-> in five minutes they are stored, or wait again: ./amphora redrive${flags}`,
        ]),
    ...(sum.quarantined === 0
      ? []
      : [`-> what still cannot be stored, each with its reason: ./amphora quarantine list${flags}`]),
    '',
  ].join('\n');
}

const outcome = ({ moved, stored, repeated, quarantined }: Omit<Redriven, 'queue'>): string =>
  `${messages(moved)} moved, ${points(stored)} stored, ${repeated} already there, ${messages(quarantined)} quarantined`;

function columns<Queue extends { readonly queue: string }>(
  queues: readonly Queue[],
  told: (queue: Queue) => string,
): readonly string[] {
  const width = Math.max(0, ...queues.map(({ queue }) => printable(queue).length)) + 2;
  return queues.map((queue) => `  ${printable(queue.queue).padEnd(width)}${told(queue)}`);
}

const messages = (count: number): string => `${count} ${count === 1 ? 'message' : 'messages'}`;
const points = (count: number): string => `${count} ${count === 1 ? 'point' : 'points'}`;
