/**
 * The stack in an emulator of AWS, with an InfluxDB beside it: what `npm run deploy:local` and `npm run emulator` do. Every
 * step may be repeated, and a repeat mends what an interrupted one left.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { ACCOUNT, cdklocal, REGION } from './cdklocal.ts';
import { allowPlainHttp, asked, deleteStack, secretsOf, settledStatus, stackStatus } from './emulator-api.ts';
import { checkEmulator, watchEmulator } from './emulator-health.ts';
import { type InfluxOfStack, influxTokens } from './influx-tokens.ts';
import { refused } from './refused.ts';
import { uploadSite } from './upload-site.ts';

export type LocalStack = {
  readonly root: string;
  /** The emulator's address. */
  readonly endpoint: string;
  readonly stackName: string;
  readonly topicRoot: string;
  readonly influx: InfluxOfStack & {
    /** As the functions see it. */
    readonly url: string;
  };
  readonly say: (line: string) => void;
  /** Told of every line of cdklocal. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type DeployedStack = {
  /** Below the emulator's address. */
  readonly apiPath: string;
  readonly apiUrl: string;
  readonly pageUrl: string;
  readonly siteBucket: string;
  /** Every output of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
};

const BOOTSTRAP_STACK = 'CDKToolkit';
const POLL_S = 2;

export async function deployLocal(stack: LocalStack): Promise<DeployedStack> {
  const { endpoint, stackName, influx } = stack;
  await checkEmulator(endpoint);
  const tokens = await influxTokens(influx, stackName);
  const watch = watchEmulator(endpoint);
  const signal = stack.signal === undefined ? watch.signal : AbortSignal.any([stack.signal, watch.signal]);
  try {
    const outputs = await deployStack(stack, signal);
    await putSecret(endpoint, outputs['InfluxWriteSecretArn'], tokens.write);
    await putSecret(endpoint, outputs['InfluxReadSecretArn'], tokens.read);
    return { ...(await deploySite(stack, outputs)), outputs };
  } finally {
    watch.end();
  }
}

/** True when there was one. */
export async function destroyLocal({
  endpoint,
  stackName,
}: Pick<LocalStack, 'endpoint' | 'stackName'>): Promise<boolean> {
  await checkEmulator(endpoint);
  if ((await stackStatus(endpoint, stackName)) === undefined) return false;
  await deleteStack(endpoint, stackName);
  return true;
}

type Outputs = Readonly<Record<string, string>>;

async function deployStack(stack: LocalStack, signal: AbortSignal): Promise<Outputs> {
  // Of its own: two deploys at a time would wait for each other's cdk.out, and give up.
  const folder = await mkdtemp(join(tmpdir(), 'amphora-deploy-'));
  try {
    return await deployFrom(folder, stack, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function deployFrom(folder: string, stack: LocalStack, signal: AbortSignal): Promise<Outputs> {
  const { root, endpoint, stackName, onLine, say } = stack;
  const cdk = { root, endpoint, onLine, signal };
  const output = ['--output', join(folder, 'cdk.out')];
  if (!isWhole(await stackStatus(endpoint, BOOTSTRAP_STACK))) {
    await mend(stack, BOOTSTRAP_STACK);
    say('Preparing the emulator (cdklocal bootstrap) …');
    await cdklocal(['bootstrap', `aws://${ACCOUNT}/${REGION}`, ...output], cdk);
  }
  await allowPlainHttp(endpoint);
  await mend(stack, stackName);
  say(`Deploying the stack ${stackName} (cdklocal deploy) …`);
  const outputsFile = join(folder, 'outputs.json');
  const where = [...output, '--outputs-file', outputsFile];
  await cdklocal(['deploy', ...settingsOf(stack), ...where, '--require-approval', 'never'], cdk);
  const outputs: Readonly<Record<string, Outputs>> = JSON.parse(await readFile(outputsFile, 'utf8'));
  return outputs[stackName] ?? {};
}

function settingsOf({ stackName, topicRoot, influx: { url, org, bucket } }: LocalStack): readonly string[] {
  const settings = {
    stage: 'emulator',
    store: 'influxdb',
    stackName,
    topicRoot,
    influxUrl: url,
    influxOrg: org,
    influxBucket: bucket,
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

const isWhole = (status: string | undefined): boolean =>
  /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(status ?? '');

// What `cdk` neither goes on with nor replaces by itself. REVIEW_IN_PROGRESS it does: a change set that was never carried out.
async function mend({ endpoint, say }: LocalStack, stackName: string): Promise<void> {
  const status = await settledStatus(endpoint, stackName);
  if (status === undefined || isWhole(status) || status === 'REVIEW_IN_PROGRESS') return;
  say(`The stack ${stackName} is half made (${status}): removing it first …`);
  await deleteStack(endpoint, stackName);
}

async function putSecret(endpoint: string, arn: string | undefined, value: string): Promise<void> {
  if (arn === undefined) throw refused('the stack has no output that names the secret of a database token');
  const secrets = secretsOf(endpoint);
  const command = new PutSecretValueCommand({ SecretId: arn, SecretString: value });
  await asked(endpoint, 'take a database token into its secret', secrets.send(command));
  secrets.destroy();
}

async function deploySite(
  { root, endpoint, topicRoot }: LocalStack,
  { ApiUrl = '', SiteBucketName: siteBucket = '' }: Outputs,
): Promise<Omit<DeployedStack, 'outputs'>> {
  const apiId = /^https?:\/\/([a-z0-9]+)\./.exec(ApiUrl)?.[1];
  if (apiId === undefined)
    throw refused(`the stack's output ApiUrl is '${ApiUrl}', which names no API of the emulator`);
  const apiPath = `/_aws/execute-api/${apiId}/$default`;
  const config = { apiUrl: apiPath, minPollSeconds: POLL_S, local: false, topicRoot };
  // Built by cdklocal's deploy, as the functions are.
  await uploadSite({ endpoint, bucket: siteBucket, folder: join(root, 'build', 'site'), config });
  const pageUrl = `${endpoint}/${siteBucket}/index.html`;
  return { apiPath, siteBucket, pageUrl, apiUrl: `${endpoint}${apiPath}` };
}
