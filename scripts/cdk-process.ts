/** A run of the CDK's command line, bounded in time, and ended with all its children when asked. */
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startGroup } from './process-group.ts';
import { refused } from './refused.ts';

export type CdkRun = {
  /** As a person calls it: `cdk`, `cdklocal`. */
  readonly name: string;
  /** The file that Node runs. */
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of it: nothing of this process's own environment is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
  /** Told of every line that it prints. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Ends it, with the reason that the signal gives. */
  readonly signal: AbortSignal;
};

const LINES_TOLD = 8;

/**
 * The environment of a run, all of it: this process's without the variables that `dropped` knows, and with what this run is
 * to have. NODE_OPTIONS are meant for this process alone.
 */
export function cdkEnvironment(
  dropped: RegExp,
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[0] !== 'NODE_OPTIONS' && !dropped.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    // `cdk` runs the build and the app of cdk.json by the name `node`.
    PATH: [dirname(process.execPath), process.env['PATH'] ?? '/usr/bin:/bin'].join(':'),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DISABLE_VERSION_CHECK: 'true',
    NO_COLOR: '1',
    ...more,
  };
}

/** What `cdklocal` wants beside the emulator's address in AWS_ENDPOINT_URL. */
export const cdklocalEnvironment = (endpoint: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  // The template is checked once, in the build: each time it would take seconds.
  CDK_VALIDATION: 'false',
});

/** Throws a sentence with its last lines when it fails, or does not end in time. */
export async function runCdk(run: CdkRun): Promise<void> {
  const { name, script, args, cwd, env, limitMs, onLine = () => {}, signal } = run;
  signal.throwIfAborted();
  const group = await startGroup(process.execPath, [script, ...args, '--ci', '--no-notices'], { cwd, env, onLine });
  const timer = new AbortController();
  const limit = AbortSignal.any([signal, timer.signal]);
  const late = pause(limitMs, 'late' as const, { signal: limit }).catch(() => 'left' as const);
  const how = await Promise.race([group.ended, late]);
  timer.abort();
  // Its children too, whatever became of itself.
  await group.end();
  signal.throwIfAborted();
  if (how === 0) return;
  const what = how === 'late' ? `did not end within ${limitMs / 1000} s` : `ended with ${how}`;
  const lines = group.lastLines().filter((line) => line.trim() !== '');
  throw refused(
    [
      `${name} ${args[0]} ${what}; its last lines:`,
      ...lines.slice(-LINES_TOLD).map((line) => `  ${line}`),
      'What is half done is mended by the same command typed again.',
    ].join('\n'),
  );
}
