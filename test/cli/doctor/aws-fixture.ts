/** A deployed stack that is well in all its parts: AWS, page and API, each at its wire. */
import { createServer } from 'node:http';
import { awsFindings } from '../../../cli/doctor/aws-findings.ts';
import type { Finding } from '../../../local/finding.ts';
import { type Answer, type AwsPeer, askAt, awsPeer, type PeerStack, resources, stack } from '../../cloud/aws-peer.ts';

export const NOW_MS = Date.parse('2026-11-26T12:00:00Z');

/** What page and API, which have one address here, answer by path. */
export type Web = Record<
  string,
  {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
>;

export type Boats = {
  readonly peer: AwsPeer;
  readonly web: Web;
  readonly outputs: Readonly<Record<string, string>>;
  /** The stack as CloudFormation tells it, but for this. */
  readonly is: (more: Partial<PeerStack>) => void;
  /** What the functions have in their environment. */
  readonly functionsHave: (variables: Readonly<Record<string, string>>) => void;
  readonly look: (battery?: string, nowMs?: number) => Promise<readonly Finding[]>;
  /** What is found of a subject that is not well. */
  readonly wrong: (subject: string, battery?: string, nowMs?: number) => Promise<Finding | undefined>;
  readonly close: () => Promise<void>;
};

const PROTECTED = {
  'content-security-policy': "default-src 'none'",
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

export const RULE = 'physical-ChargeRule';
export const json = (body: Readonly<Record<string, unknown>>): Answer => ({ status: 200, body });
export const rule = (more: Readonly<Record<string, unknown>> = {}): Answer =>
  json({
    rule: {
      ruleName: RULE,
      sql: "SELECT * FROM 'boats/charge'",
      ruleDisabled: false,
      errorAction: { sqs: {} },
      ...more,
    },
  });
export const queue = (messages: number): Answer =>
  json({ Attributes: { ApproximateNumberOfMessages: String(messages) } });
/** An answer to ListObjectsV2. */
export const bucket = (objects: number, isMore = false): Answer => ({
  status: 200,
  body: `<ListBucketResult>${'<Contents><Key>x</Key></Contents>'.repeat(objects)}<IsTruncated>${isMore}</IsTruncated></ListBucketResult>`,
});
/** Its question. */
export const BUCKET = 'GET /boats-quarantine/';
export const secret = (isFilled: boolean): Answer =>
  json(isFilled ? { VersionIdsToStages: { v1: ['AWSCURRENT'] } } : {});

export async function boats(): Promise<Boats> {
  const peer = await awsPeer();
  askAt(peer);
  const web: Web = {
    '/health': { status: 200, body: '{"status":"ok"}' },
    '/livedata': { status: 401 },
    '/': { status: 200, headers: PROTECTED },
    '/config.json': { status: 200, body: '{"topicRoot":"boats"}' },
  };
  const server = createServer((request, response) => {
    const { status, headers = {}, body = '' } = web[request.url ?? ''] ?? { status: 404 };
    response.writeHead(status, { date: new Date(NOW_MS).toUTCString(), ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const outputs = {
    ApiUrl: `${url}/`,
    PageUrl: `${url}/`,
    DistributionId: 'E1',
    SiteBucketName: 'boats-site',
    UserPoolId: 'eu-central-1_x',
    DevicePolicyName: 'Boats-device',
    DemoTopicsPolicyName: 'Boats-demo-topics',
    TopicRoot: 'boats',
    UnwrittenReadingsUrl: 'https://sqs.eu-central-1.amazonaws.com/1/unwritten',
    QuarantineBucketName: 'boats-quarantine',
    UndeliveredMessagesUrl: 'https://sqs.eu-central-1.amazonaws.com/1/undelivered',
  };
  const is: Boats['is'] = (more) =>
    peer.answer('DescribeStacks', stack('Boats', { status: 'UPDATE_COMPLETE', outputs, ...more }));
  const functionsHave: Boats['functionsHave'] = (Variables) => {
    for (const name of ['Writer0A1B2C3D', 'Read0A1B2C3D'])
      peer.answer(`GET /2015-03-31/functions/physical-${name}/configuration`, json({ Environment: { Variables } }));
  };
  const look: Boats['look'] = (battery, nowMs = NOW_MS) =>
    awsFindings({ stackName: 'Boats', battery, nowMs: () => nowMs });
  is({});
  functionsHave({ INFLUX_URL: 'https://db.example.org', INFLUX_BUCKET: 'battery1', INFLUX_TOKEN_SECRET: 'arn:secret' });
  allElseIsWell(peer);
  return {
    peer,
    web,
    outputs,
    is,
    functionsHave,
    look,
    wrong: async (subject, ...how) => (await look(...how)).find((one) => one.subject === subject && one.level !== 'ok'),
    close: async () => {
      await peer.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function allElseIsWell(peer: AwsPeer): void {
  const made = { status: 'CREATE_COMPLETE' };
  peer.answer(
    'ListStackResources',
    resources(
      { id: 'ChargeRule', type: 'AWS::IoT::TopicRule', ...made },
      { id: 'Writer0A1B2C3D', type: 'AWS::Lambda::Function', ...made },
      { id: 'Read0A1B2C3D', type: 'AWS::Lambda::Function', ...made },
      { id: 'WriterRole0A1B2C3D', type: 'AWS::IAM::Role', ...made },
    ),
  );
  peer.answer('GET /endpoint', json({ endpointAddress: 'a1-ats.iot.localhost' }));
  peer.answer('GET /things', json({ things: [] }));
  peer.answer(`GET /rules/${RULE}`, rule());
  peer.answer('GetQueueAttributes', queue(0));
  peer.answer(BUCKET, bucket(0));
  peer.answer('DescribeSecret', secret(true));
  peer.answer('GET /2016-08-19/account-settings', json({ AccountLimit: { UnreservedConcurrentExecutions: 1000 } }));
}
