/** What is started: each function as it is deployed, with the variables of the template and one event of its door. */
import { join } from 'node:path';
import type { Subject } from './cold-start.ts';

type Case = Omit<Subject, 'name' | 'folder'> & { readonly isOurs: boolean };

/** Each in the folder of its name in `folder`. `upstream`: where all that they call answers. */
export function subjectsOf(folder: string, upstream: string): readonly Subject[] {
  return Object.entries(casesOf(upstream)).map(([name, { isOurs, environment, ...rest }]) => ({
    name,
    folder: join(folder, name),
    environment: isOurs ? { METRICS_NAMESPACE: 'Amphora', STACK_NAME: 'Amphora', ...environment } : environment,
    ...rest,
  }));
}

function casesOf(upstream: string): Readonly<Record<string, Case>> {
  const service = { AWS_ENDPOINT_URL: upstream };
  const topicRoot = { TOPIC_ROOT: 'battery' };
  const database = {
    INFLUX_URL: upstream,
    INFLUX_ORG: 'ENI',
    INFLUX_BUCKET: 'battery1',
    INFLUX_TOKEN_SECRET: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:amphora-write-AbCdEf',
    NODE_OPTIONS: '--disable-warning=DEP0169',
    ...service,
  };
  const quarantine = { QUARANTINE_BUCKET: 'quarantine-bucket' };
  const failureQueues = {
    UNWRITTEN_READINGS_URL: `${upstream}/111122223333/unwritten`,
    UNDELIVERED_MESSAGES_URL: `${upstream}/111122223333/undelivered`,
  };
  const postCharge = httpEvent('POST', '/charge', { body: '{"charge": 10}' });
  const envelope = envelopeOf('battery/charge', {
    charge: 10,
    unit: 'kW',
    timestamp: '2026-11-23T12:33:34.000Z',
  });
  const ours = (environment: Case['environment'], event: unknown, wanted = '"statusCode":200'): Case => ({
    environment,
    event,
    isAnswer: (answer) => answer.includes(wanted),
    isOurs: true,
  });
  const notOurs = (...of: Parameters<typeof ours>): Case => ({ ...ours(...of), isOurs: false });
  return {
    empty: notOurs({}, {}),
    ingest: ours({ ...topicRoot, ...service }, postCharge),
    'typical-ingest': notOurs(service, postCharge),
    writer: ours({ ...topicRoot, ...quarantine, ...database }, envelope, '"stored":1'),
    'typical-writer': notOurs(
      { INFLUX_URL: upstream, INFLUX_ORG: 'ENI', INFLUX_BUCKET: 'battery1', INFLUX_TOKEN: 'a-token' },
      envelope,
      '"stored":1',
    ),
    livedata: ours(database, httpEvent('GET', '/livedata'), 'charge'),
    read: ours(database, httpEvent('GET', '/read'), 'charge'),
    audit: ours(database, httpEvent('GET', '/audit')),
    'direct-write': ours(database, httpEvent('POST', '/writeCharge', { body: '{"charge": 10}' })),
    quarantine: ours({ ...topicRoot, ...quarantine, ...database }, httpEvent('GET', '/quarantine')),
    redrive: ours(
      {
        ...topicRoot,
        ...quarantine,
        ...database,
        ...failureQueues,
      },
      httpEvent('GET', '/redrive'),
    ),
    status: ours(
      {
        ...quarantine,
        ...database,
        ...failureQueues,
      },
      httpEvent('GET', '/status'),
    ),
    session: ours(
      { SIGN_IN_URL: upstream, SIGN_IN_CLIENT_ID: 'page', PAGE_URL: 'https://page.example.com/' },
      httpEvent('POST', '/session/refresh', {
        headers: { origin: 'https://page.example.com' },
        cookies: ['__Host-amphora-session=a-refresh-token'],
      }),
    ),
    fallback: ours({}, httpEvent('GET', '/swagger.json')),
    health: ours({}, httpEvent('GET', '/health')),
  };
}

type More = {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
};

/** As an HTTP API calls a function, payload format 2.0. */
function httpEvent(method: string, path: string, { body, headers = {}, cookies }: More = {}): unknown {
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: '',
    headers: {
      host: 'api.example.com',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    requestContext: {
      accountId: '111122223333',
      apiId: 'api',
      domainName: 'api.example.com',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' },
      requestId: 'bench',
      routeKey: `${method} ${path}`,
      stage: '$default',
      time: '23/Nov/2026:12:33:34 +0000',
      timeEpoch: Date.parse('2026-11-23T12:33:34Z'),
    },
    isBase64Encoded: false,
    ...(cookies === undefined ? {} : { cookies }),
    ...(body === undefined ? {} : { body }),
  };
}

function envelopeOf(topic: string, payload: unknown): unknown {
  return {
    payload: Buffer.from(JSON.stringify(payload)).toString('base64'),
    topic,
    clientId: 'bench',
    receivedAt: Date.parse('2026-11-23T12:33:34Z'),
    traceId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
  };
}
