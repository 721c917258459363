/**
 * The AWS services that the functions call, on a loopback port of their own, so that the real SDK clients work unchanged:
 * IoT data plane `POST /topics/{topic}`, and SQS.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isSame } from './access/secret.ts';
import { doorProblem, readBody, sendJson } from './http-door.ts';
import type { LocalLog } from './local-log.ts';
import { MAX_PAYLOAD_BYTES } from './mqtt-limits.ts';
import type { SqsEndpoint } from './sqs/sqs-endpoint.ts';
import { topicProblem } from './topic-filter.ts';

export type AwsEndpointsOptions = {
  /** Rejects when it was not taken; the signal says that the caller has left. */
  readonly publish: (
    message: { topic: string; payload: Buffer; qos: 0 | 1; retain: boolean },
    signal: AbortSignal,
  ) => Promise<void>;
  readonly sqs: SqsEndpoint;
  /** Known to the functions alone: every program of this machine reaches the port. */
  readonly accessKeyId: string;
  readonly log: LocalLog;
};

const SQS_TARGET = /^AmazonSQS\.(\w+)$/;
// A request that moves handles about; a message has no way in here.
const MAX_SQS_BYTES = 256 * 1024;

export function awsEndpoints(options: AwsEndpointsOptions): RequestListener {
  return (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.log.warn('aws-endpoint-failed', { path: request.url ?? '', reason: String(error) });
      if (!response.headersSent)
        fail(response, 503, 'ServiceUnavailableException', 'the local runtime could not take it; try again');
    });
  };
}

/** The endpoints' port stands in the functions' environment, so it is bound before there is anything to answer with. */
export function lateListener(): { readonly listener: RequestListener; readonly use: (next: RequestListener) => void } {
  let current: RequestListener = (_request, response) => void response.writeHead(503).end();
  return {
    listener: (request, response) => current(request, response),
    use: (next) => {
      current = next;
    },
  };
}

/** The address that `Ref` of a queue gives. */
export const queueUrl = (port: number, account: string, queueId: string): string =>
  `http://127.0.0.1:${port}/${account}/${queueId}`;

async function answer(options: AwsEndpointsOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const problem = doorProblem(request);
  if (problem !== undefined) return fail(response, 403, 'ForbiddenException', problem);
  if (!isSame(accessKeyOf(request), options.accessKeyId))
    return fail(response, 403, 'UnrecognizedClientException', 'this port is for the functions of this Amphora only');
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const [, action] = SQS_TARGET.exec(String(request.headers['x-amz-target'])) ?? [];
  if (request.method === 'POST' && path.startsWith('/topics/')) {
    return publish(options, path.slice('/topics/'.length), new URLSearchParams(query), request, response);
  }
  if (request.method === 'POST' && action !== undefined) return askSqs(options, action, request, response);
  fail(
    response,
    404,
    'ResourceNotFoundException',
    `the local runtime has IoT Publish and SQS, not ${request.method} ${path}`,
  );
}

// As in `AWS4-HMAC-SHA256 Credential=ID/20261126/us-east-1/iotdevicegateway/aws4_request, …`.
const accessKeyOf = ({ headers }: IncomingMessage): string =>
  /^AWS4-HMAC-SHA256 Credential=([^/]{1,128})\//.exec(headers.authorization ?? '')?.[1] ?? '';

async function publish(
  options: AwsEndpointsOptions,
  encodedTopic: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const topic = decoded(encodedTopic);
  const problem = topic === undefined ? 'the topic is not percent-encoded UTF-8' : topicProblem(topic);
  if (topic === undefined || problem !== undefined)
    return fail(response, 400, 'InvalidRequestException', problem ?? '');
  const qos = query.get('qos') ?? '0';
  if (qos !== '0' && qos !== '1')
    return fail(response, 400, 'InvalidRequestException', `qos must be 0 or 1, not ${qos}`);
  const payload = await readBody(request, MAX_PAYLOAD_BYTES);
  if (payload === undefined) {
    return fail(
      response,
      413,
      'RequestEntityTooLargeException',
      `a payload may have ${MAX_PAYLOAD_BYTES} bytes at most`,
    );
  }
  const message = { topic, payload, qos: qos === '1' ? 1 : 0, retain: query.get('retain') === 'true' } as const;
  await options.publish(message, leavingOf(response));
  sendJson(response, 200, { message: 'OK', traceId: randomUUID() });
}

async function askSqs(
  { sqs }: AwsEndpointsOptions,
  action: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, MAX_SQS_BYTES);
  if (body === undefined)
    return fail(response, 413, 'RequestEntityTooLarge', `a request may have ${MAX_SQS_BYTES} bytes at most`);
  const input = inputOf(body);
  if (input === undefined) return fail(response, 400, 'SerializationException', 'the body is not a JSON object');
  const answered = await sqs(action, input, leavingOf(response));
  if (answered.ok) return sendJson(response, 200, answered.body);
  const { type, queryCode, message } = answered;
  sendJson(
    response,
    400,
    { __type: `com.amazonaws.sqs#${type}`, message },
    { 'x-amzn-query-error': `${queryCode};Sender` },
  );
}

/** Aborted when nobody waits for the answer any more. */
function leavingOf(response: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  // Every response is closed, and a signal that is aborted makes an error with a stack: a twentieth of what a publish takes here.
  response.once('close', () => {
    if (!response.writableFinished) leaving.abort();
  });
  return leaving.signal;
}

function inputOf(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const input: unknown = JSON.parse(body.toString('utf8'));
    return typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : undefined;
  } catch {
    return undefined;
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function fail(response: ServerResponse, status: number, type: string, message: string): void {
  sendJson(response, status, { __type: type, message }, { 'x-amzn-errortype': type });
}
