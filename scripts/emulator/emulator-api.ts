/** The few questions to the emulator that are asked without `cdk`: signed, as an emulator with AUTH=true wants it. */
import { setTimeout as pause } from 'node:timers/promises';
import { DeleteBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beginDeletion } from '../../cloud/stack-changes.ts';
import { isAtWork, stackState } from '../../cloud/stack-state.ts';
import { messageOf } from '../../lambdas/aws/log.ts';
import { refused } from '../refused.ts';
import { ACCOUNT, CREDENTIALS, REGION } from './cdklocal.ts';

const ANSWER_MS = 20_000;
const DELETED_MS = 60_000;
const SETTLED_MS = 30_000;
const LOOK_EVERY_MS = 100;

const access = (endpoint: string) => ({
  endpoint,
  region: REGION,
  credentials: CREDENTIALS,
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
});

export const s3Of = (endpoint: string): S3Client => new S3Client({ ...access(endpoint), forcePathStyle: true });

export const secretsOf = (endpoint: string): SecretsManagerClient => new SecretsManagerClient(access(endpoint));

/** What the emulator answers, or a sentence that says what it would not do. */
export async function asked<T>(endpoint: string, what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw refused(
      `the emulator at ${endpoint} did not ${what}: ${messageOf(cause)}. Look at its log, and type the same again`,
      cause,
    );
  }
}

/** CloudFormation's word for the state of a stack; undefined when there is none of that name. */
export const stackStatus = async (endpoint: string, stackName: string): Promise<string | undefined> =>
  (await stackState({ stackName }, access(endpoint)))?.status;

/** The state of a stack that nobody is at work on any more; what has not ended within some seconds will not. */
export async function settledStatus(endpoint: string, stackName: string): Promise<string | undefined> {
  const deadlineMs = Date.now() + SETTLED_MS;
  for (;;) {
    const status = await stackStatus(endpoint, stackName);
    if (status === undefined || !isAtWork(status) || Date.now() > deadlineMs) return status;
    await pause(LOOK_EVERY_MS);
  }
}

/** Resolves when the stack is gone. */
export async function deleteStack(endpoint: string, stackName: string): Promise<void> {
  await beginDeletion({ stackName }, access(endpoint));
  const deadlineMs = Date.now() + DELETED_MS;
  for (;;) {
    const status = await stackStatus(endpoint, stackName);
    if (status === undefined) return;
    if (Date.now() > deadlineMs || status === 'DELETE_FAILED') {
      throw refused(
        `the emulator does not delete the stack ${stackName} (${status}); start the emulator afresh and deploy again`,
      );
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** The bucket of `cdk bootstrap` refuses plain HTTP, which is how an emulator with AUTH=true is spoken to. */
export async function allowPlainHttp(endpoint: string): Promise<void> {
  const s3 = s3Of(endpoint);
  const command = new DeleteBucketPolicyCommand({ Bucket: `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}` });
  await asked(endpoint, 'open the bucket of cdk bootstrap', s3.send(command));
  s3.destroy();
}
