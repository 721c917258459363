/**
 * On a schedule, and by POST /redrive for as long as a caller waits: what waits in the failure queues to the store.
 * GET /redrive: how much that is.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { env } from './aws/env.ts';
import { type HttpAnswer, type HttpRequest, httpHandler, json } from './aws/http.ts';
import { log, messageOf } from './aws/log.ts';
import { type SqsQueue, sqsQueue } from './aws/sqs-queue.ts';
import { storeSettings } from './aws/store-settings.ts';
import { type RedriveAnswer, redriveAnswer, waitingAnswer } from './redrive/redrive-answer.ts';
import { type RedriveResult, redriveQueues } from './redrive/redrive-queues.ts';
import { openWriter, type Write } from './writing/open-writer.ts';

// Far longer than a batch takes: 8 s of the database's, and the quarantine asked for each of its messages.
const HIDDEN_S = 300;
// Of the 15 minutes that the function has, and of the 29 s that API Gateway waits, so that the last batch still ends in time.
const SCHEDULED_MS = 14 * 60_000;
const ASKED_MS = 10_000;

let write: Write | undefined;

/** The schedule's event is no request. */
export async function handler(event: object, context: never): Promise<HttpAnswer | RedriveAnswer> {
  return isRequest(event) ? answerRequest(event, context) : scheduled();
}

const isRequest = (event: object): event is APIGatewayProxyEventV2 => 'requestContext' in event;

const answerRequest = httpHandler(async ({ method }: HttpRequest) => {
  if (method === 'GET') return json(200, waitingAnswer(await Promise.all(failureQueues().map(depthOf))));
  const result = await redrive(ASKED_MS);
  const answer = answerOf(result);
  // Nothing was done: the database's answer is ours, or the queue's.
  if (answer.stopped !== undefined && answer.moved === 0) throw result.stopped ?? result.unusable;
  return json(200, answer);
});

async function scheduled(): Promise<RedriveAnswer> {
  const result = await redrive(SCHEDULED_MS);
  const answer = answerOf(result);
  const { moved, stored, repeated, quarantined, more, stopped } = answer;
  if (moved > 0) log.info('redriven', { moved, stored, repeated, quarantined, more });
  // An error, which has an alarm: no other tells that a queue cannot be read.
  if (result.unusable !== undefined) throw result.unusable;
  // Not one: the next run tries again, and who is away has alarms of its own.
  if (stopped !== undefined) log.warn('redrive-stopped', { reason: stopped });
  return answer;
}

async function redrive(forMs: number): Promise<RedriveResult> {
  // The queue forgets a message on the store's word: no loss of power may take it back.
  write ??= openWriter(storeSettings({ nowMs: Date.now, isDurable: true }), Date.now);
  return redriveQueues({ queues: failureQueues(), write, nowMs: Date.now, wait })(Date.now() + forMs);
}

function answerOf(result: RedriveResult): RedriveAnswer {
  const why = result.stopped ?? result.unusable;
  return redriveAnswer(result, why === undefined ? undefined : messageOf(why));
}

function failureQueues(): readonly SqsQueue[] {
  return Object.entries(env.failureQueueUrls()).map(([name, url]) => sqsQueue(name, url, HIDDEN_S));
}

const depthOf = async (queue: SqsQueue) => ({ queue: queue.name, ...(await queue.depth()) });
