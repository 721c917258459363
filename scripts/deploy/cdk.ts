/** `cdk` into the account of the credentials at hand; `cdklocal` where an emulator answers instead of AWS. */
import { join } from 'node:path';
import type { Account } from '../../cloud/account.ts';
import { cdkEnvironment, cdklocalEnvironment, runCdk } from '../cdk-process.ts';

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
    env: environment(account),
    limitMs: LIMIT_MS,
    onLine,
    signal,
  });
}

const environment = ({ region, endpoint }: Account): Readonly<Record<string, string>> =>
  cdkEnvironment(NOTHING, {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(endpoint === undefined ? {} : cdklocalEnvironment(endpoint)),
  });

// The credentials of the account are in there.
const NOTHING = /^$/;
