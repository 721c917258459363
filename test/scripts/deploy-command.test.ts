/** `npm run deploy` and `npm run destroy` as processes, with AWS at its wire: what they refuse before anything is changed. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  ACCOUNT,
  type Answer,
  type AwsPeer,
  awsPeer,
  NOTHING_OF_THIS_MACHINE,
  noStack,
  refusal,
  stack,
  xml,
} from '../cloud/aws-peer.ts';
import { type Process, runProcess } from '../end-to-end/process.ts';
import { until } from '../end-to-end/until.ts';
import { KEYS, pressedAtQuestion } from './at-terminal.ts';

// Each test starts a process that loads the AWS SDK; on a busy machine that alone takes seconds.
jest.setTimeout(30_000);
// The question comes after `cdk synth`.
const SYNTH_MS = 120_000;

let peer: AwsPeer;
beforeEach(async () => {
  peer = await awsPeer();
});
afterEach(() => peer.close());

type Script = 'deploy' | 'destroy';
const start = (script: Script, words: readonly string[], env: Readonly<Record<string, string>> = {}): Process =>
  runProcess(process.execPath, [`scripts/${script}.ts`, ...words], { ...NOTHING_OF_THIS_MACHINE, ...peer.env, ...env });

async function run(script: Script, words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { ended, out, err } = start(script, words, env);
  const { code } = await ended;
  return { code, out: out(), err: err() };
}

const rule = (ruleName: string, topicPattern: string): Answer => ({
  status: 200,
  body: { rules: [{ ruleName, ruleArn: `arn:aws:iot:eu-central-1:${ACCOUNT}:rule/${ruleName}`, topicPattern }] },
});

describe('settings are judged before AWS is asked anything', () => {
  test.each([
    ['deploy', ['-c', 'topicRoot=a/b'], /setting topicRoot is 'a\/b', but must be one topic level/],
    ['deploy', ['-c', 'influxToken=secret'], /a token goes into the secret, never into a setting/],
    ['deploy', ['-c', 'topicRoot'], /-c is 'topicRoot', but must be a setting: -c key=value/],
    ['deploy', ['-c', 'domain=boats.example.org'], /setting domain needs certificateArn/],
    ['deploy', ['-c', 'retention=1'], /there is no setting 'retention'; docs\/settings\.md lists them/],
    ['destroy', ['-c', 'stack-name=x'], /there is no setting 'stack-name'; did you mean stackName\?/],
    [
      'deploy',
      ['influxUrl=https://x.example'],
      /a setting needs -c: -c influxUrl=https:\/\/x\.example; npm run deploy --/,
    ],
    ['deploy', ['--yes', 'v1.2'], /unexpected argument 'v1\.2'; npm run deploy --/],
    ['deploy', ['--profile'], /^amphora: --profile needs a value; npm run deploy --/],
    ['deploy', ['-c'], /^amphora: -c needs a value; /],
    ['destroy', ['--region', '--yes'], /^amphora: --region needs a value; /],
    ['destroy', ['--yes=1'], /'--yes' does not take an argument; /],
    ['destroy', ['--profil', 'x'], /--profil.*npm run destroy -- --help tells the flags/],
  ] as const)('%s %j', async (script, words, sentence) => {
    const { code, out, err } = await run(script, words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^amphora: [^\n]+\n$/);
    expect(err).toMatch(sentence);
    expect(peer.asked).toEqual([]);
  });

  test.each(['deploy', 'destroy'] as const)('and %s --help tells the flags without asking either', async (script) => {
    expect(await run(script, ['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('--region R'),
      err: '',
    });
    expect(peer.asked).toEqual([]);
  });
});

test('deploy --help names the list of settings', async () => {
  const { out } = await run('deploy', ['--help']);
  expect(out).toContain('docs/settings.md lists them');
  expect(out).not.toContain('README');
});

describe('an account that cannot be worked in is one sentence, and nothing is changed', () => {
  const refusedWith = async (script: Script, given: Parameters<typeof run>[2], words: readonly string[] = []) => {
    const { code, err } = await run(script, words, given);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^amphora: [^\n]+\n$/) });
    expect(peer.deeds()).toEqual([]);
    return err;
  };

  test('without credentials', async () => {
    expect(await refusedWith('destroy', { AWS_ACCESS_KEY_ID: '' })).toMatch(
      /^amphora: there are no AWS credentials here: sign in/,
    );
  });

  test('with a profile that nobody made, though the environment has keys', async () => {
    const err = await refusedWith('deploy', {}, ['--profile', 'boats']);
    expect(err).toMatch(/profile 'boats' gives no credentials/);
  });

  test('with credentials that have expired', async () => {
    peer.answer('GetCallerIdentity', refusal('ExpiredToken', 'The security token is expired', 403));
    expect(await refusedWith('deploy', {})).toMatch(/the credentials have expired; sign in/);
  });

  test('without a region', async () => {
    expect(await refusedWith('deploy', { AWS_REGION: '' })).toMatch(/no region is named; give --region/);
  });

  test.each(['deploy', 'destroy'] as const)('%s where somebody else has a stack of that name', async (script) => {
    peer.answer('DescribeStacks', stack('Amphora', { status: 'CREATE_COMPLETE', description: 'A shop' }));
    expect(await refusedWith(script, {})).toMatch(/not of Amphora .*'A shop'/);
  });
});

describe('npm run deploy', () => {
  test('says first that the database is not serverless', async () => {
    const { out } = await run('deploy', [], { AWS_ACCESS_KEY_ID: '' });
    expect(out).toMatch(/^The database is not serverless/);
  });

  test('deploys nothing that is open into an account of AWS, and nothing for AWS into an emulator', async () => {
    const open = await run('deploy', ['-c', 'stage=emulator']);
    expect(open).toMatchObject({
      code: 2,
      err: expect.stringMatching(/routes are open, but account 123456789012 is one of AWS/),
    });
    peer.answer('GetCallerIdentity', xml('GetCallerIdentity', '<Account>000000000000</Account><Arn>arn:x</Arn>'));
    const closed = await run('deploy');
    expect(closed).toMatchObject({
      code: 2,
      err: expect.stringMatching(/leads to an emulator.*-c stage=emulator or npm run deploy:local/),
    });
    expect(peer.deeds()).toEqual([]);
  });

  test('is refused where a rule of another stack hears the same topic root', async () => {
    peer.answer('GET /rules', rule('Boats_telemetry', 'battery/+/telemetry'));
    peer.answer('GET /tags', { status: 200, body: { tags: [] } });
    const { code, err } = await run('deploy');
    expect(code).toBe(2);
    expect(err).toMatch(
      /^amphora: topics below 'battery' are heard already .*Boats_telemetry \('battery\/\+\/telemetry'\), of Boats\..*-c topicRoot=battery2/,
    );
    expect(peer.deeds()).toEqual([]);
  });

  test.each(KEYS)(
    'changes nothing when the answer at the terminal is %s',
    async (_, key) => {
      for (const name of ['Amphora', 'CDKToolkit']) peer.answer('DescribeStacks', noStack(name));
      const env = { ...NOTHING_OF_THIS_MACHINE, ...peer.env };
      const { code, out } = await pressedAtQuestion(key, ['scripts/deploy.ts'], env, AbortSignal.timeout(SYNTH_MS));
      expect({ code, out }).toEqual({
        code: 2,
        out: expect.stringMatching(/^amphora: not answered; nothing more was changed\r?$/m),
      });
      expect(out).not.toMatch(/AbortError|\n +at /);
      expect(peer.deeds()).toEqual([]);
    },
    SYNTH_MS,
  );

  test('that waits for CloudFormation stops at a Ctrl-C, with what to type again', async () => {
    peer.answer('DescribeStacks', stack('Amphora', { status: 'UPDATE_IN_PROGRESS' }));
    const script = start('deploy', ['--yes']);
    await until('the waiting', () => script.out().includes('waiting for its end'));
    const { code } = await script.end('SIGINT');
    expect({ code, err: script.err() }).toEqual({
      code: 2,
      err: expect.stringMatching(/^amphora: stopped as asked; [^\n]+\n$/),
    });
    expect(peer.deeds()).toEqual([]);
  });
});
