/** A stack that was made for the acceptance: that nothing is in it yet, and how it is emptied again. */
import { setTimeout as pause } from 'node:timers/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { asked } from '../../cloud/aws-problem.ts';
import { clientOptions } from '../../cloud/client-options.ts';
import { type DeployedStack, outputOf } from '../../cloud/deployed-stack.ts';
import { functionEnvironment, functionOf } from '../../cloud/functions.ts';
import { queueDepth } from '../../cloud/queue-depth.ts';
import { stackResources } from '../../cloud/stack-resources.ts';
import { tokenIn } from '../../lambdas/aws/secret-token.ts';
import { type InfluxAddress, influxManagement } from '../../lambdas/store/influxdb-management.ts';
import { refused } from '../refused.ts';
import { quarantineBucket } from './quarantine-bucket.ts';

export type OwnStack = {
  /** With the writer's token, and with the reader's. */
  readonly influx: { readonly write: InfluxAddress; readonly read: InfluxAddress };
  /** Of what the writer failed on, of what could not be handed to it, and with ingest=buffered of what it did not live through. */
  readonly queueUrls: readonly string[];
  /** With ingest=buffered: of what waits for the writer. */
  readonly bufferUrl?: string;
  /** The bucket of what could not be stored. */
  readonly quarantineBucket: string;
};

// The topics of the suite.
const TOPIC_ROOT = 'battery';
const HIDDEN_S = 60;
const WAIT_S = 2;
// A redrive that was broken off hides what it had taken for five minutes, the writer's queue for three.
const EMPTY_PATIENCE_MS = 6 * 60_000;
const LOOK_MS = 1_000;

/** Throws a sentence when anything is in it that a run would take away, or its database cannot be reached from here. */
export async function ownStack(stack: DeployedStack): Promise<OwnStack> {
  const { stackName, region } = stack;
  const topicRoot = outputOf(stack, 'TopicRoot');
  if (topicRoot !== TOPIC_ROOT)
    throw refused(
      `the topics of the stack ${stackName} begin with ${topicRoot}, and those of the tests with ${TOPIC_ROOT}; deploy one with -c topicRoot=${TOPIC_ROOT} in an account or region where no other has it`,
    );
  const influx = await databaseOf(stack);
  const { write, read } = { write: influxManagement(influx.write), read: influxManagement(influx.read) };
  if (!(await read.isEmpty()))
    throw refused(
      `the bucket ${influx.read.bucket} of the stack ${stackName} is not empty, and --empty-stack would delete all that is in it; give the stack a bucket of its own (-c influxBucket=…), or empty this one (influx delete --bucket ${influx.read.bucket} --start 1970-01-01T00:00:00Z --stop 2100-01-01T00:00:00Z)`,
    );
  const right = await write.canWrite();
  if (!right.ok) throw refused(`the stack's own token may not write to its bucket: InfluxDB says ${right.words}`);
  const { BufferedMessagesUrl: bufferUrl, DeadMessagesUrl: deadUrl } = stack.outputs;
  const queueUrls = [
    outputOf(stack, 'UnwrittenReadingsUrl'),
    outputOf(stack, 'UndeliveredMessagesUrl'),
    ...(deadUrl === undefined ? [] : [deadUrl]),
  ];
  for (const queueUrl of [...queueUrls, ...(bufferUrl === undefined ? [] : [bufferUrl])]) {
    const messages = (await queueDepth(region, queueUrl))?.messages ?? 0;
    if (messages === 0) continue;
    const what = queueUrl === bufferUrl ? 'wait for the writer' : 'could not be stored';
    throw refused(
      `the queue ${queueUrl} holds ${messages} ${messages === 1 ? 'message' : 'messages'} that ${what}, and --empty-stack would delete what it holds: ${queueUrl === bufferUrl ? WAITING : FAILED}, or empty it (aws sqs purge-queue --region ${region} --queue-url ${queueUrl})`,
    );
  }
  const bucket = outputOf(stack, 'QuarantineBucketName');
  const quarantine = quarantineBucket(region, bucket);
  const { length: records } = await quarantine.records();
  quarantine.close();
  if (records > 0)
    throw refused(
      `the quarantine of the stack ${stackName} holds ${records} ${records === 1 ? 'message' : 'messages'} that could not be stored, and --empty-stack would delete what it holds; empty it first (aws s3 rm --region ${region} --recursive s3://${bucket})`,
    );
  return { influx, queueUrls, ...(bufferUrl === undefined ? {} : { bufferUrl }), quarantineBucket: bucket };
}

const WAITING = 'they are readings on their way; take a stack that nobody sends to';
const FAILED = 'if they are wanted, bring them back first (./amphora redrive) and take another stack';

/** The queues first: what the writer or the redrive has taken out of one by now is stored before the rest is deleted. */
export async function clearStack(
  region: string,
  { influx, queueUrls, bufferUrl, quarantineBucket: bucket }: OwnStack,
): Promise<void> {
  await emptyQueues(region, bufferUrl === undefined ? queueUrls : [bufferUrl, ...queueUrls]);
  await influxManagement(influx.write).deleteAll();
  const quarantine = quarantineBucket(region, bucket);
  await quarantine.empty();
  quarantine.close();
}

async function emptyQueues(region: string, queueUrls: readonly string[]): Promise<void> {
  const queues = failureQueues(region, queueUrls);
  try {
    for (const endMs = Date.now() + EMPTY_PATIENCE_MS; ; await pause(LOOK_MS)) {
      await queues.taken();
      const depths = await Promise.all(queueUrls.map((queueUrl) => queueDepth(region, queueUrl)));
      const left = depths.reduce((sum, depth) => sum + (depth?.messages ?? 0), 0);
      if (left === 0) return;
      if (Date.now() > endMs)
        throw refused(
          `${left} ${left === 1 ? 'message is' : 'messages are'} still taken out of the stack's queues, by its writer or its redrive; nothing of it was deleted. Type the same again in some minutes`,
        );
    }
  } finally {
    queues.close();
  }
}

export type FailureQueues = {
  /** The bodies of the messages that they hold, which they hold no longer. */
  readonly taken: () => Promise<readonly string[]>;
  readonly close: () => void;
};

export function failureQueues(region: string, queueUrls: readonly string[]): FailureQueues {
  // At the one endpoint of all, as in cloud/queue-depth.ts.
  const sqs = new SQSClient({ ...clientOptions(region), useQueueUrlAsEndpoint: false });
  // A short look asks some of SQS's servers, a long one all of them. An emulator has one.
  const WaitTimeSeconds = (process.env['AWS_ENDPOINT_URL'] ?? '') === '' ? WAIT_S : 0;
  const take = async (QueueUrl: string): Promise<readonly string[]> => {
    const bodies: string[] = [];
    for (;;) {
      const look = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN_S, WaitTimeSeconds };
      const { Messages = [] } = await asked('take messages of a queue', sqs.send(new ReceiveMessageCommand(look)));
      if (Messages.length === 0) return bodies;
      for (const { Body = '', ReceiptHandle } of Messages) {
        bodies.push(Body);
        await asked('delete a message', sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
      }
    }
  };
  return {
    taken: async () => {
      const found: string[] = [];
      for (const queueUrl of queueUrls) found.push(...(await take(queueUrl)));
      return found;
    },
    close: () => sqs.destroy(),
  };
}

async function databaseOf(stack: DeployedStack): Promise<OwnStack['influx']> {
  const { stackName, region } = stack;
  const resources = await stackResources(stack);
  const addressOf = async (id: string): Promise<InfluxAddress> => {
    const name = functionOf(resources, id);
    const environment = name === undefined ? {} : await functionEnvironment(region, name);
    const { INFLUX_URL: url, INFLUX_ORG: org, INFLUX_BUCKET: bucket, INFLUX_TOKEN_SECRET: arn } = environment;
    if (url === undefined || org === undefined || bucket === undefined || arn === undefined)
      throw refused(`the stack ${stackName} has no database; deploy it again with -c influxUrl=https://…`);
    return { url, org, bucket, token: await tokenOf(region, arn) };
  };
  return { write: await addressOf('Writer'), read: await addressOf('Read') };
}

async function tokenOf(region: string, arn: string): Promise<string> {
  const secrets = new SecretsManagerClient(clientOptions(region));
  try {
    const answer = secrets.send(new GetSecretValueCommand({ SecretId: arn }));
    const { SecretString = '' } = await asked(`read the secret ${arn}`, answer);
    return tokenIn(arn, SecretString);
  } finally {
    secrets.destroy();
  }
}
