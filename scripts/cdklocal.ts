/** `cdk` against the emulator (the package aws-cdk-local), bounded in time, and ended with all its children when asked. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startGroup } from './process-group.ts';
import { refused } from './refused.ts';

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
const LINES_TOLD = 8;

/** Throws a sentence with its last lines when it fails, or does not end in time. */
export async function cdklocal(args: readonly string[], options: CdkLocal): Promise<void> {
  const { root, endpoint, onLine = () => {}, signal } = options;
  signal.throwIfAborted();
  const home = join(root, 'build', 'emulator', 'cdk');
  await mkdir(home, { recursive: true });
  const script = join(root, 'node_modules', 'aws-cdk-local', 'bin', 'cdklocal');
  const group = await startGroup(process.execPath, [script, ...args, '--ci', '--no-notices'], {
    cwd: root,
    env: { ...cleanEnvironment(), ...emulatorEnvironment(endpoint, home) },
    onLine,
  });
  const timer = new AbortController();
  const limit = AbortSignal.any([signal, timer.signal]);
  const late = pause(LIMIT_MS, 'late' as const, { signal: limit }).catch(() => 'left' as const);
  const how = await Promise.race([group.ended, late]);
  timer.abort();
  // Its children too, whatever became of itself.
  await group.end();
  signal.throwIfAborted();
  if (how === 0) return;
  const what = how === 'late' ? `did not end within ${LIMIT_MS / 1000} s` : `ended with ${how}`;
  const lines = group.lastLines().filter((line) => line.trim() !== '');
  throw refused(
    [
      `cdklocal ${args[0]} ${what}; its last lines:`,
      ...lines.slice(-LINES_TOLD).map((line) => `  ${line}`),
      'What is half done is mended by the same command typed again.',
    ].join('\n'),
  );
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
