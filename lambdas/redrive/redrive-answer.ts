/** What is said of a redrive, and of what waits for one: written by the function, read by whoever asks it. */
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

/** Undefined: it is no answer of GET /redrive. */
export function readWaiting(body: unknown): WaitingAnswer | undefined {
  const queues = listed(body, (one) => {
    const { queue, waiting, inFlight } = one;
    return typeof queue === 'string' && isCount(waiting) && isCount(inFlight)
      ? { queue, waiting, inFlight }
      : undefined;
  });
  return queues === undefined ? undefined : waitingAnswer(queues);
}

/** Undefined: it is no answer of POST /redrive. */
export function readRedrive(body: unknown): RedriveAnswer | undefined {
  const { more, stopped } = membersOf(body);
  const queues = listed(body, (one) => {
    const { queue, moved, stored, repeated, quarantined } = one;
    return typeof queue === 'string' && isCount(moved) && isCount(stored) && isCount(repeated) && isCount(quarantined)
      ? { queue, moved, stored, repeated, quarantined }
      : undefined;
  });
  if (queues === undefined || typeof more !== 'boolean') return undefined;
  if (stopped !== undefined && typeof stopped !== 'string') return undefined;
  return redriveAnswer({ queues, isDone: !more }, stopped);
}

type Members = Readonly<Record<string, unknown>>;

/** Its queues, when each of them is one. */
function listed<Queue>(body: unknown, read: (one: Members) => Queue | undefined): readonly Queue[] | undefined {
  const { queues } = membersOf(body);
  if (!Array.isArray(queues)) return undefined;
  const known = queues.map((one: unknown) => read(membersOf(one))).filter((one) => one !== undefined);
  return known.length === queues.length ? known : undefined;
}

const membersOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? { ...value } : {});
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
