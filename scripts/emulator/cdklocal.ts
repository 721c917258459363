/** `cdk` against the emulator (the package aws-cdk-local). */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cdkEnvironment, cdklocalEnvironment, runCdk } from '../cdk-process.ts';

export type CdkLocal = {
  readonly root: string;
  /** The emulator's address. */
  readonly endpoint: string;
  /** Told of every line that it prints. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Ends it, with the reason that the signal gives. */
  readonly signal: AbortSignal;
};

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

// The slowest, a deploy with bundling and synthesis, takes some seconds.
const LIMIT_MS = 5 * 60_000;

/** Throws a sentence with its last lines when it fails, or does not end in time. */
export async function cdklocal(args: readonly string[], { root, endpoint, onLine, signal }: CdkLocal): Promise<void> {
  const home = join(root, 'build', 'emulator', 'cdk');
  await mkdir(home, { recursive: true });
  await runCdk({
    name: 'cdklocal',
    script: join(root, 'node_modules', 'aws-cdk-local', 'bin', 'cdklocal'),
    args,
    cwd: root,
    env: cdkEnvironment(ELSEWHERE, { ...cdklocalEnvironment(endpoint), CDK_HOME: home }),
    limitMs: LIMIT_MS,
    onLine,
    signal,
  });
}

// What leads the AWS tools elsewhere.
const ELSEWHERE = /^(AWS_|CDK_)/;
