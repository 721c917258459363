/** `npm run accept:aws` as far as an emulator goes, and what it says where it cannot begin. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { putMessage, queueDepth } from '../emulator/queue.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from '../emulator/running.ts';
import { type Finished, runScript } from '../emulator/scripts.ts';
import { storedSamples } from '../end-to-end/influx-bucket.ts';

const START_MS = 120_000;
const RUN_MS = 240_000;

// The other files of the suite are about the local runtime's own process, ports and folders.
const SUITE = 'bad-bounds bad-fields bad-input contract demo differences fuzz injection mqtt order replay'.split(' ');
const WHOLE_MS = 900_000;

let emulator: RunningEmulator;
let stack: RunningStack;

beforeAll(async () => {
  emulator = await startEmulator();
  stack = await emulator.deploy({ hasSignIn: true });
}, START_MS);
afterAll(() => emulator?.end());

const accept = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> =>
  runScript('accept-aws', words, {
    AWS_ENDPOINT_URL: emulator.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...env,
  });

describe('the acceptance', () => {
  test(
    'of a stack in the emulator passes, leaves out what only AWS has, and tells how fast it was',
    async () => {
      const { code, out, err } = await accept(['--stack', 'Amphora', '--use-default-battery', '--readings', '10']);
      if (code !== 0) throw new Error(`exit code ${code}: ${out}${err}`);
      expect(out).toMatch(/Tests: +\d+ skipped, \d+ passed, \d+ total/);
      for (const left of ['iot:TestAuthorization', 'TLS with client certificates', 'behind CloudFront'])
        expect(out).toContain(left);
      expect(out).toMatch(/POST until it is shown +p50 \d+ ms +p95 \d+ ms +max \d+ ms +\(10\)/);
      expect(out).toMatch(/Ingest +\d+ invocations/);
      expect(out).toMatch(/Left behind: readings of the batteries accept-\w+-…/);
      process.stdout.write(`${out.slice(out.indexOf('How long it takes'))}\n`);
    },
    RUN_MS,
  );

  test(
    'takes no stack for its own that holds a reading, and deletes none',
    async () => {
      const before = await storedSamples(stack.influx);
      expect(before).toBeGreaterThan(0);
      const { code, err } = await accept(['--stack', 'Amphora', '--empty-stack']);
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringMatching(/^amphora: the bucket \S+ of the stack Amphora is not empty, and [^\n]+\n$/),
      });
      expect(await storedSamples(stack.influx)).toBe(before);
    },
    RUN_MS,
  );

  test(
    'of a stack made for it runs the whole end-to-end suite, and leaves nothing',
    async () => {
      await emulator.deploy({ stackName: 'Empty', bucket: 'empty', hasSignIn: true });
      const { code, out, err } = await accept(['--stack', 'Empty', '--empty-stack', '--readings', '10']);
      process.stdout.write(out.slice(out.indexOf('Test Suites:')));
      if (code !== 0) throw new Error(`exit code ${code}: ${out}${err}`);
      for (const name of SUITE) expect(out).toContain(`PASS test/end-to-end/${name}.test.ts`);
      expect(out).toContain(
        'Nothing is left behind: the bucket empty, the quarantine and the failure queues are empty again.',
      );
    },
    WHOLE_MS,
  );

  test.each(['UnwrittenReadingsUrl', 'DeadMessagesUrl'])(
    'takes no stack for its own whose queue %s holds a message, and leaves it there',
    async (output) => {
      const stackName = `Kept-${output}`;
      const bucket = stackName.toLowerCase();
      const { outputs } = await emulator.deploy({ stackName, bucket, topicRoot: 'battery', ingest: 'buffered' });
      const queueUrl = outputs[output] ?? '';
      await putMessage(emulator.url, queueUrl, '{}');
      const { code, err } = await accept(['--stack', stackName, '--empty-stack']);
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringMatching(/^amphora: the queue \S+ holds 1 messages? that could not be stored, and [^\n]+\n$/),
      });
      expect(err).toContain(queueUrl);
      expect(await queueDepth(emulator.url, queueUrl)).toBe(1);
    },
    RUN_MS,
  );

  test.each([
    ['no stack is named', [], {}, /which stack\?/],
    ['there is no such stack', ['--stack', 'Nobody'], {}, /there is no stack Nobody in region us-east-1/],
    ['nobody answers', ['--stack', 'Amphora'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, /AWS could not/],
    ['a flag has no sense', ['--stack', 'Amphora', '--only', 'half'], {}, /--only is 'half'/],
    [
      'a stack is both in use and not',
      ['--stack', 'Amphora', '--empty-stack', '--use-default-battery'],
      {},
      /leave --use-default-battery out/,
    ],
    ['a number is none', ['--stack', 'Amphora', '--readings', '0'], {}, /--readings is '0'/],
  ])('where %s says so and ends with 2', async (_, words, env, sentence) => {
    const { code, err } = await accept(words, env);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^amphora: [^\n]+\n$/) });
    expect(err).toMatch(sentence);
  });

  test('with a token that is none finds what is wrong, and ends with 1', async () => {
    const { code, out } = await accept(['--stack', 'Amphora', '--only', 'tests'], { AMPHORA_TOKEN: 'a.b.c' });
    expect(code).toBe(1);
    expect(out).toMatch(/✕ with the run’s own token it answers/);
  });
});
