/** `cdk` into the account of the credentials at hand; `cdklocal` where an emulator answers instead of AWS. */
import { dirname, join } from 'node:path';
import type { Account } from '../../cloud/account.ts';
import { runCdk } from '../cdk-process.ts';

export type Cdk = {
  readonly root: string;
  /** Where it looks for a cdk.json. Default: the root. */
  readonly cwd?: string;
  readonly account: Account;
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal: AbortSignal;
};

// CloudFront needs minutes, functions in a VPC need most of an hour to go.
const LIMIT_MS = 120 * 60_000;

/** Throws a sentence with its last lines when it fails. */
export function cdk(args: readonly string[], { root, cwd = root, account, onLine, signal }: Cdk): Promise<void> {
  const isEmulator = account.endpoint !== undefined;
  const [name, ...path] = isEmulator
    ? ['cdklocal', 'aws-cdk-local', 'bin', 'cdklocal']
    : ['cdk', 'aws-cdk', 'bin', 'cdk'];
  return runCdk({
    name: name ?? 'cdk',
    script: join(root, 'node_modules', ...path),
    args,
    cwd,
    env: { ...inherited(), ...environment(account) },
    limitMs: LIMIT_MS,
    onLine,
    signal,
  });
}

function inherited(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== 'NODE_OPTIONS',
  );
  return Object.fromEntries(entries);
}

const environment = ({ region, endpoint }: Account): Record<string, string> => ({
  // `cdk` runs the build and the app of cdk.json by the name `node`.
  PATH: [dirname(process.execPath), process.env['PATH'] ?? '/usr/bin:/bin'].join(':'),
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  CDK_DISABLE_VERSION_CHECK: 'true',
  NO_COLOR: '1',
  // cdklocal wants both, and there the template's check, which takes seconds, was done in the build.
  ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL_S3: endpoint, CDK_VALIDATION: 'false' }),
});
