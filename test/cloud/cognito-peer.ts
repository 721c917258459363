/** Cognito's user pool and one stack of CloudFormation at their wires, with the faults that no emulator makes. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as bodyOf } from 'node:stream/consumers';

export type CognitoPeer = {
  readonly url: string;
  /** Operation and input of each question to Cognito. */
  readonly asked: readonly { readonly operation: string; readonly input: Readonly<Record<string, unknown>> }[];
  readonly users: Map<string, Readonly<Record<string, unknown>>>;
  /** By operation: the error that it is answered with, after its work when `isDone`. */
  readonly faults: Map<string, { readonly name: string; readonly message: string; readonly isDone?: boolean }>;
  readonly close: () => Promise<void>;
};

export const STACK = 'Amphora';
/** Of this version, without a sign-in. */
export const OPEN_STACK = 'Open';
export const PAGE_URL = 'https://d111.cloudfront.net/';
const POOL = 'us-east-1_pool';
const PAGE_USERS = 2;

export async function cognitoPeer(): Promise<CognitoPeer> {
  const asked: { operation: string; input: Readonly<Record<string, unknown>> }[] = [];
  const users: CognitoPeer['users'] = new Map();
  const faults: CognitoPeer['faults'] = new Map();
  const notFound = { status: 400, body: { __type: 'UserNotFoundException', message: 'User does not exist.' } };

  const work = (operation: string, input: Readonly<Record<string, unknown>>) => {
    const given = input['Username'];
    const name = typeof given === 'string' ? given.toLowerCase() : '';
    switch (operation) {
      case 'AdminCreateUser': {
        if (users.has(name))
          return { status: 400, body: { __type: 'UsernameExistsException', message: 'User account already exists' } };
        const user = {
          Username: `id-${name}`,
          Attributes: input['UserAttributes'],
          UserStatus: 'FORCE_CHANGE_PASSWORD',
          Enabled: true,
          UserCreateDate: 1_790_000_000,
        };
        users.set(name, user);
        return { status: 200, body: { User: user } };
      }
      case 'AdminUserGlobalSignOut':
        return users.has(name) ? { status: 200, body: {} } : notFound;
      case 'AdminDeleteUser':
        return users.delete(name) ? { status: 200, body: {} } : notFound;
      case 'ListUsers': {
        const from = Number(input['PaginationToken'] ?? 0);
        const all = [...users.values()];
        const next = from + PAGE_USERS < all.length ? { PaginationToken: String(from + PAGE_USERS) } : {};
        return { status: 200, body: { Users: all.slice(from, from + PAGE_USERS), ...next } };
      }
      default:
        return { status: 400, body: { __type: 'UnknownOperationException' } };
    }
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const target = request.headers['x-amz-target'];
    if (typeof target !== 'string') {
      const { status, xml } = describeStacks(new URLSearchParams(body));
      response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
      return;
    }
    const operation = target.split('.')[1] ?? '';
    const input = JSON.parse(body);
    asked.push({ operation, input });
    const fault = faults.get(operation);
    const done = fault === undefined || fault.isDone === true ? work(operation, input) : undefined;
    const answer = fault === undefined ? done : { status: 400, body: { __type: fault.name, message: fault.message } };
    response.writeHead(answer?.status ?? 500, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer?.body));
  };

  const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    asked,
    users,
    faults,
    close: async () => {
      const closed = once(server, 'close');
      server.closeAllConnections();
      server.close();
      await closed;
    },
  };
}

/** What the SDK needs to speak to it. */
export const awsEnvironment = ({ url }: Pick<CognitoPeer, 'url'>): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});

function describeStacks(form: URLSearchParams): { readonly status: number; readonly xml: string } {
  const name = form.get('StackName') ?? '';
  if (name !== STACK && name !== 'Old' && name !== OPEN_STACK) {
    const message = `Stack with id ${name} does not exist`;
    return {
      status: 400,
      xml: `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error></ErrorResponse>`,
    };
  }
  const outputs: readonly (readonly [string, string])[] =
    name === STACK
      ? [
          ['UserPoolId', POOL],
          ['PageUrl', PAGE_URL],
        ]
      : name === OPEN_STACK
        ? [['DevicePolicyName', `${OPEN_STACK}-device`]]
        : [];
  const members = outputs.map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  const id = `arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/1`;
  return {
    status: 200,
    xml: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>${id}</StackId><StackName>${name}</StackName><CreationTime>2026-11-26T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  };
}
