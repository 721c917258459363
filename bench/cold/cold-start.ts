/** One cold start: a fresh process of Lambda's own runtime client, from its start to the answer of the first invocation. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startRuntimeApi } from './runtime-api.ts';

export type Subject = {
  readonly name: string;
  /** With index.js, as it would lie in /var/task. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: unknown;
  /** Whether this is the answer that is wanted: what refuses quickly is not measured. */
  readonly isAnswer: (answer: string) => boolean;
};

const LIMIT_MS = 60_000;

export async function coldStartMs(
  runtimeClient: string,
  { name, folder, environment, event, isAnswer }: Subject,
): Promise<number> {
  const api = await startRuntimeApi(event);
  const startMs = performance.now();
  const child = spawn(process.execPath, [runtimeClient], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    // Nothing of this process's own: no compile cache, no options of Node.
    env: {
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      _HANDLER: 'index.handler',
      LAMBDA_TASK_ROOT: folder,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      AWS_SESSION_TOKEN: 'a-session-token',
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      ...environment,
    },
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    words += part;
  });
  const exited = once(child, 'exit');
  const ended = exited.then(
    () => ({ ok: false, reason: `it ended without an answer: ${words.slice(-1_000)}` }) as const,
  );
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const outcome = await Promise.race([api.outcome, ended]);
  clearTimeout(limit);
  child.kill('SIGKILL');
  await exited;
  api.close();
  if (!outcome.ok) throw new Error(`cold start of ${name}: ${outcome.reason}`);
  if (!isAnswer(outcome.body)) throw new Error(`cold start of ${name}: it answered ${outcome.body.slice(0, 500)}`);
  return outcome.atMs - startMs;
}
