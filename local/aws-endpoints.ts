/**
 * The AWS services that the functions call, on a loopback port of their own, so that the real SDK clients work unchanged:
 * IoT data plane `POST /topics/{topic}`, and SQS `SendMessage`.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isSame } from './access/secret.ts';
import { doorProblem, readBody, sendJson } from './http-door.ts';
import type { LocalLog } from './local-log.ts';
import { MAX_PAYLOAD_BYTES } from './mqtt-limits.ts';
import { topicProblem } from './topic-filter.ts';

export type AwsEndpointsOptions = {
  /** Rejects when it was not taken; the signal says that the caller has left. */
  readonly publish: (
    message: { topic: string; payload: Buffer; qos: 0 | 1; retain: boolean },
    signal: AbortSignal,
  ) => Promise<void>;
  /** Resolves when the message is safe. */
  readonly sendMessage: (queueId: string, body: string) => Promise<void>;
  readonly queueIds: readonly string[];
  /** Known to the functions alone: every program of this machine reaches the port. */
  readonly accessKeyId: string;
  readonly log: LocalLog;
};

const MAX_SQS_BYTES = 1024 * 1024;

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
  const target = request.headers['x-amz-target'];
  if (request.method === 'POST' && path.startsWith('/topics/')) {
    return publish(options, path.slice('/topics/'.length), new URLSearchParams(query), request, response);
  }
  if (request.method === 'POST' && target === 'AmazonSQS.SendMessage') return sendMessage(options, request, response);
  fail(
    response,
    404,
    'ResourceNotFoundException',
    `the local runtime has IoT Publish and SQS SendMessage, not ${request.method} ${path}`,
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
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  const message = { topic, payload, qos: qos === '1' ? 1 : 0, retain: query.get('retain') === 'true' } as const;
  await options.publish(message, leaving.signal);
  sendJson(response, 200, { message: 'OK', traceId: randomUUID() });
}

async function sendMessage(
  options: AwsEndpointsOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, MAX_SQS_BYTES);
  if (body === undefined) return fail(response, 400, 'InvalidParameterValue', 'a message may have 1 MiB at most');
  const input = inputOf(body);
  if (input === undefined) return fail(response, 400, 'SerializationException', 'the body is not a JSON object');
  const queueId = String(input.QueueUrl).split('/').at(-1) ?? '';
  if (!options.queueIds.includes(queueId) || typeof input.MessageBody !== 'string') {
    return fail(response, 400, 'QueueDoesNotExist', `the template has no queue ${queueId}`);
  }
  await options.sendMessage(queueId, input.MessageBody);
  const md5 = createHash('md5').update(input.MessageBody).digest('hex');
  sendJson(response, 200, { MessageId: randomUUID(), MD5OfMessageBody: md5 });
}

function inputOf(body: Buffer): { readonly QueueUrl?: unknown; readonly MessageBody?: unknown } | undefined {
  try {
    const input: unknown = JSON.parse(body.toString('utf8'));
    return typeof input === 'object' && input !== null ? input : undefined;
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
