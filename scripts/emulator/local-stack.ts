/**
 * The stack in an emulator of AWS, with an InfluxDB beside it: what `npm run deploy:local` and `npm run emulator` do. Every
 * step may be repeated, and a repeat mends what an interrupted one left.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { apiAddress } from '../../cloud/api-address.ts';
import { isWhole } from '../../cloud/stack-state.ts';
import { refused } from '../refused.ts';
import { ACCOUNT, cdklocal, REGION } from './cdklocal.ts';
import { allowPlainHttp, asked, deleteStack, secretsOf, settledStatus, stackStatus } from './emulator-api.ts';
import { checkEmulator, watchEmulator } from './emulator-health.ts';
import { type InfluxOfStack, influxTokens } from './influx-tokens.ts';
import { uploadSite } from './upload-site.ts';

export type LocalStack = {
  readonly root: string;
  /** The emulator's address. */
  readonly endpoint: string;
  readonly stackName: string;
  readonly topicRoot: string;
  /** Whether people and scripts have to sign in, with the emulator's Cognito. */
  readonly hasSignIn: boolean;
  /** Default: that of the stack. */
  readonly ingest?: 'direct' | 'buffered' | undefined;
  readonly influx: InfluxOfStack & {
    /** As the functions see it. */
    readonly url: string;
  };
  readonly say: (line: string) => void;
  /** Told of every line of cdklocal. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type EmulatorSignIn = {
  /** Base of `/oauth2/authorize` and the others. */
  readonly url: string;
  /** The page's. */
  readonly clientId: string;
  readonly cliClientId: string;
};

export type EmulatedStack = {
  readonly endpoint: string;
  readonly stackName: string;
  /** Below the emulator's address. */
  readonly apiPath: string;
  readonly apiUrl: string;
  readonly pageUrl: string;
  readonly siteBucket: string;
  /** Absent: every route is open. */
  readonly signIn?: EmulatorSignIn;
  /** Every output of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
};

const BOOTSTRAP_STACK = 'CDKToolkit';
const POLL_S = 2;
const PAGE_SCOPE = 'openid battery/read';

export async function deployLocal(stack: LocalStack): Promise<EmulatedStack> {
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
  if (!isWhole((await stackStatus(endpoint, BOOTSTRAP_STACK)) ?? '')) {
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

function settingsOf({ endpoint, stackName, topicRoot, hasSignIn, ingest, influx }: LocalStack): readonly string[] {
  const { url, org, bucket } = influx;
  const settings = {
    stage: 'emulator',
    store: 'influxdb',
    stackName,
    topicRoot,
    influxUrl: url,
    influxOrg: org,
    influxBucket: bucket,
    ...(ingest === undefined ? {} : { ingest }),
    // The machine client too, which costs nothing here.
    ...(hasSignIn ? { signIn: 'cognito', emulatorUrl: endpoint, machineClient: 'true' } : {}),
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

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

/** The page and its config.json into the stack's bucket: what its deploy does by itself on AWS. */
export async function deploySite(
  { root, endpoint, stackName, topicRoot, hasSignIn }: Omit<LocalStack, 'influx' | 'say' | 'onLine' | 'signal'>,
  outputs: Outputs,
): Promise<Omit<EmulatedStack, 'outputs'>> {
  const { ApiUrl = '', SiteBucketName: siteBucket = '' } = outputs;
  const apiUrl = apiAddress(ApiUrl, endpoint);
  const apiPath = URL.parse(apiUrl)?.pathname ?? '';
  if (!apiPath.startsWith('/_aws/execute-api/'))
    throw refused(`the stack's output ApiUrl is '${ApiUrl}', which names no API of the emulator`);
  const pageUrl = `${endpoint}/${siteBucket}/index.html`;
  const signIn = hasSignIn ? { signIn: signInOf(outputs) } : {};
  const config = {
    apiUrl: apiPath,
    minPollSeconds: POLL_S,
    local: false,
    topicRoot,
    ...(hasSignIn ? { signIn: { ...signInOf(outputs), scope: PAGE_SCOPE, redirectUri: pageUrl } } : {}),
  };
  // Built by cdklocal's deploy, as the functions are.
  await uploadSite({ endpoint, bucket: siteBucket, folder: join(root, 'build', 'site'), config });
  return { endpoint, stackName, apiPath, siteBucket, pageUrl, apiUrl, ...signIn };
}

function signInOf({ SignInUrl, PageClientId, CliClientId }: Outputs): EmulatorSignIn {
  if (SignInUrl === undefined || PageClientId === undefined || CliClientId === undefined)
    throw refused('the stack has no outputs that name its sign-in');
  return { url: SignInUrl, clientId: PageClientId, cliClientId: CliClientId };
}
