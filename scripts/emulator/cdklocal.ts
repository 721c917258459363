/** `cdk` against the emulator (the package aws-cdk-local). */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCdk } from '../cdk-process.ts';

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
    env: { ...cleanEnvironment(), ...emulatorEnvironment(endpoint, home) },
    limitMs: LIMIT_MS,
    onLine,
    signal,
  });
}

/** This process's environment without what leads the AWS tools elsewhere. */
function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(AWS_|CDK_|NODE_OPTIONS$)/.test(entry[0]),
  );
  return Object.fromEntries(kept);
}

const emulatorEnvironment = (endpoint: string, home: string): Record<string, string> => ({
  // `cdk` runs the build and the app of cdk.json by the name `node`.
  PATH: [dirname(process.execPath), process.env['PATH'] ?? '/usr/bin:/bin'].join(':'),
  // It wants both of them.
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  CDK_HOME: home,
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  CDK_DISABLE_VERSION_CHECK: 'true',
  // The template is checked once, in the build: each time it would take seconds.
  CDK_VALIDATION: 'false',
  NO_COLOR: '1',
});
