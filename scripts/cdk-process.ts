/** A run of the CDK's command line, bounded in time, and ended with all its children when asked. */
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
