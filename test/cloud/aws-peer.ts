/**
 * AWS on loopback, at its wire: it answers what a test tells it to, for the states and the faults that no emulator makes. A
 * question is known by its operation (`DescribeStacks`, `GetQueueAttributes`) or, in REST, by its method and path (`GET /rules`).
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

export type Asked = {
  readonly operation: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
};
/** An answer's status and its body: XML as text, JSON as an object; or no answer at all. */
export type Answer = { readonly status: number; readonly body: string | Readonly<Record<string, unknown>> } | 'hang-up';

export type AwsPeer = {
  readonly url: string;
  /** The environment of a process that is to ask here. */
  readonly env: Readonly<Record<string, string>>;
  /** Those that came, the first ones first. */
  readonly asked: readonly Asked[];
  /** The operations of those that change something. */
  readonly deeds: () => readonly string[];
  /** What an operation's next questions get; the last answer stands for all that follow. */
  readonly answer: (operation: string, ...answers: readonly Answer[]) => void;
  readonly close: () => Promise<void>;
};

export async function awsPeer(): Promise<AwsPeer> {
  const asked: Asked[] = [];
  const answers = new Map<string, readonly Answer[]>();
  const server = createServer((request, response) => {
    void (async () => {
      const question = questionOf(request, await text(request));
      asked.push(question);
      const [next = notKnown(question.operation), ...rest] = answers.get(question.operation) ?? [];
      if (rest.length > 0) answers.set(question.operation, rest);
      if (next === 'hang-up') return void request.socket.destroy();
      const isXml = typeof next.body === 'string';
      response
        .writeHead(next.status, { 'content-type': isXml ? 'text/xml' : 'application/json' })
        .end(isXml ? next.body : JSON.stringify(next.body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${portOf(server.address())}`;
  const answer: AwsPeer['answer'] = (operation, ...next) => void answers.set(operation, next);
  answer('GetCallerIdentity', xml('GetCallerIdentity', `<Account>${ACCOUNT}</Account><Arn>${CALLER}</Arn>`));
  answer('GET /rules', { status: 200, body: { rules: [] } });
  return {
    url,
    env: { AWS_ENDPOINT_URL: url, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'key' },
    asked,
    deeds: () => asked.map(({ operation }) => operation).filter((name) => !/^(Describe|List|Get|GET )/.test(name)),
    answer,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Lets the clients of this process ask there: nowhere else, and with no credentials of whoever runs the test. */
export function askAt({ env }: AwsPeer): void {
  for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) delete process.env[name];
  Object.assign(process.env, NOTHING_OF_THIS_MACHINE, env);
}

/** No look at the files of whoever runs this, and none at a cloud machine's own credentials. */
export const NOTHING_OF_THIS_MACHINE = {
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

export const CALLER = `arn:aws:iam::${ACCOUNT}:user/anna`;

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0;

function questionOf({ headers, method, url = '/' }: IncomingMessage, body: string): Asked {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return { operation: target.slice(target.indexOf('.') + 1), fields: {}, body };
  const form = new URLSearchParams(body);
  const action = form.get('Action');
  if (action !== null) return { operation: action, fields: Object.fromEntries(form), body };
  const { pathname } = new URL(url, 'http://localhost');
  return { operation: `${method} ${pathname}`, fields: {}, body };
}

const notKnown = (operation: string): Answer => ({
  status: 501,
  body: { message: `the test has no answer to ${operation}` },
});

/** An answer of a service that speaks XML: CloudFormation, STS. */
export const xml = (operation: string, result = ''): Answer => ({
  status: 200,
  body: `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`,
});

/** What such a service refuses with. */
export const refusal = (code: string, message: string, status = 400): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

/** What one that speaks JSON refuses with. */
export const jsonRefusal = (type: string, message: string, status = 400): Answer => ({
  status,
  body: { __type: type, message },
});

export type PeerStack = {
  readonly status: string;
  readonly description?: string;
  readonly isProtected?: boolean;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly reason?: string;
  readonly partition?: string;
};

export const stackArn = (name: string, partition = 'aws'): string =>
  `arn:${partition}:cloudformation:${REGION}:${ACCOUNT}:stack/${name}/1a2b`;

/** An answer to DescribeStacks. */
export function stack(
  name: string,
  { status, description, isProtected = false, outputs = {}, reason = '', partition = 'aws' }: PeerStack,
): Answer {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return xml(
    'DescribeStacks',
    `<Stacks><member><StackName>${name}</StackName><StackId>${stackArn(name, partition)}</StackId><StackStatus>${status}</StackStatus>` +
      `<StackStatusReason>${reason}</StackStatusReason><Description>${description ?? 'Amphora: battery telemetry'}</Description>` +
      `<CreationTime>2026-11-01T00:00:00Z</CreationTime><EnableTerminationProtection>${isProtected}</EnableTerminationProtection>` +
      `<Outputs>${members.join('')}</Outputs></member></Stacks>`,
  );
}

export const noStack = (name: string): Answer => refusal('ValidationError', `Stack with id ${name} does not exist`);

export type PeerResource = {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  /** Default: made of the id. */
  readonly physicalId?: string;
};

const fieldsOf = ({ id, type, status, reason = '', physicalId = `physical-${id}` }: PeerResource): string =>
  `<LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId>` +
  `<ResourceType>${type}</ResourceType><ResourceStatus>${status}</ResourceStatus>` +
  `<ResourceStatusReason>${reason}</ResourceStatusReason>`;

export const resources = (...list: readonly PeerResource[]): Answer =>
  xml(
    'ListStackResources',
    `<StackResourceSummaries>${list.map((one) => `<member>${fieldsOf(one)}<LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp></member>`).join('')}</StackResourceSummaries>`,
  );

export const events = (...list: readonly PeerResource[]): Answer =>
  xml(
    'DescribeStackEvents',
    `<StackEvents>${list.map((one, at) => `<member><StackId>x</StackId><EventId>${at}</EventId><StackName>x</StackName><Timestamp>2026-11-01T00:00:00Z</Timestamp>${fieldsOf(one)}</member>`).join('')}</StackEvents>`,
  );
