/** What is said of a redrive, and of what waits for one. */
import type { Redriven, RedriveResult } from './redrive-queues.ts';

export type Waiting = {
  readonly queue: string;
  /** Roughly: queues count so. */
  readonly waiting: number;
  /** Taken out by a redrive that is under way, or was broken off. */
  readonly inFlight: number;
};

export type WaitingAnswer = Omit<Waiting, 'queue'> & { readonly queues: readonly Waiting[] };

export function waitingAnswer(queues: readonly Waiting[]): WaitingAnswer {
  return { waiting: sum(queues, 'waiting'), inFlight: sum(queues, 'inFlight'), queues };
}

export type RedriveAnswer = Omit<Redriven, 'queue'> & {
  /** It ended before the queues were empty: ask again. */
  readonly more: boolean;
  /** Why nothing more could be stored. */
  readonly stopped?: string;
  readonly queues: readonly Redriven[];
};

export function redriveAnswer({ queues, isDone }: RedriveResult, stopped?: string): RedriveAnswer {
  return {
    moved: sum(queues, 'moved'),
    stored: sum(queues, 'stored'),
    repeated: sum(queues, 'repeated'),
    quarantined: sum(queues, 'quarantined'),
    more: !isDone,
    ...(stopped === undefined ? {} : { stopped }),
    queues,
  };
}

function sum<K extends string>(queues: readonly Readonly<Record<K, number>>[], what: K): number {
  return queues.reduce((total, queue) => total + queue[what], 0);
}
