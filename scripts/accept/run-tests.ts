/** The tests of the acceptance: jest in a process of its own, told of the stack by its environment. */
import { join } from 'node:path';
import type { DeployedStack } from '../../cloud/deployed-stack.ts';
import { stopSignal } from '../command-line.ts';
import { startGroup } from '../process-group.ts';
import { refused } from '../refused.ts';
import type { OwnStack } from './own-stack.ts';

export type TestRun = {
  readonly stack: DeployedStack;
  readonly token: string | undefined;
  /** Begins the ids of this run's batteries. */
  readonly prefix: string;
  readonly usesDefault: boolean;
  /** Where the stack was made for the run: the whole end-to-end suite runs. */
  readonly own: OwnStack | undefined;
};

const ROOT = join(import.meta.dirname, '..', '..');
const MINUTE_MS = 60_000;

/** Longer than everything takes, by far: most of it is waiting, for new certificates to be known and for logs to be written. */
export const testsMs = (isOwn: boolean): number => (isOwn ? 55 : 20) * MINUTE_MS;

/** Whether all is well. */
export async function runTests({ stack, token, prefix, usesDefault, own }: TestRun): Promise<boolean> {
  const { PATH = '/usr/bin:/bin', HOME = '/', ...rest } = process.env;
  const aws = Object.entries(rest).filter((entry): entry is [string, string] => entry[0].startsWith('AWS_'));
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const group = await startGroup(process.execPath, [...jest, '--config', 'jest.accept.config.js', '--verbose'], {
    cwd: ROOT,
    env: {
      PATH,
      HOME,
      ...Object.fromEntries(aws),
      AMPHORA_TARGET: own === undefined ? 'aws-in-use' : 'aws',
      AMPHORA_ACCEPT: JSON.stringify({ ...stack, prefix, usesDefault, own }),
      ...(token === undefined ? {} : { AMPHORA_TOKEN: token }),
    },
    onLine: (line) => void process.stdout.write(`${line}\n`),
  });
  const stop = AbortSignal.any([stopSignal(), AbortSignal.timeout(testsMs(own !== undefined))]);
  const stopped = new Promise<'stopped'>((done) =>
    stop.addEventListener('abort', () => done('stopped'), { once: true }),
  );
  const how = await Promise.race([group.ended, stopped]);
  await group.end();
  if (how === 'stopped')
    throw refused(
      `the tests were stopped before their end; a device of theirs may be left: ./amphora list-batteries --stack ${stack.stackName} shows it, remove-battery removes it`,
    );
  return how === 0;
}
