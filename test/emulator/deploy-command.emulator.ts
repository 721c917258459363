/** `npm run deploy`, `npm run destroy` and `./amphora doctor --stack` with a whole AWS to work on, as far as MiniStack is one. */
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { stackStatus } from '../../scripts/emulator/emulator-api.ts';
import { type Emulator, startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { NOTHING_OF_THIS_MACHINE } from '../cloud/aws-peer.ts';
import { type Process, runCli, runProcess, temporaryFolder } from '../end-to-end/process.ts';
import { until } from '../end-to-end/until.ts';
import { stackOutputs } from './outputs.ts';
import { descendantsOf, stillRunning } from './processes.ts';
import { putMessage, takeMessages } from './queue.ts';
import { ROOT } from './root.ts';

// Each deploy starts `cdk` three or four times.
jest.setTimeout(240_000);
const STEP_MS = 120_000;

const KEYS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const BOATS = ['-c', 'stage=emulator', '-c', 'stackName=Boats', '-c', 'topicRoot=boats'];
const DATABASE = ['-c', 'influxUrl=http://127.0.0.1:1'];

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulatorProcess({ root: ROOT, port: 0, say: () => {} });
});
afterAll(() => emulator?.end());

const env = () => ({
  ...NOTHING_OF_THIS_MACHINE,
  ...KEYS,
  AWS_ENDPOINT_URL: emulator.url,
  TMPDIR: temporaryFolder(),
});

type Script = 'deploy' | 'destroy';
const start = (script: Script, words: readonly string[]): Process =>
  runProcess(process.execPath, [`scripts/${script}.ts`, ...words], env());

async function finished({ ended, out, err }: Process) {
  const { code } = await ended;
  return { code, out: out(), err: err() };
}
const run = (script: Script, ...words: readonly string[]) => finished(start(script, words));
const amphora = (...words: readonly string[]) => finished(runCli([...words, '--stack', 'Boats'], env()));

const DEPLOYED = /^The stack Boats is deployed in us-east-1, account 000000000000:$/m;
const pageIn = (out: string): string => /^ {2}page {2}(http\S+)$/m.exec(out)?.[1] ?? '';

describe('npm run deploy', () => {
  test('asks before it prepares the account, and without a terminal changes nothing', async () => {
    const { code, out, err } = await run('deploy', ...BOATS);
    expect(code).toBe(2);
    expect(out).toContain('is not prepared for the CDK yet.');
    expect(err).toMatch(
      /nobody is at a terminal to answer 'Prepare it .*nothing more was changed\. Type it again with --yes/,
    );
    expect(await stackStatus(emulator.url, 'CDKToolkit')).toBeUndefined();
  });

  test('shows the difference, prepares the account, and gives page, API, MQTT endpoint and the next commands', async () => {
    const { code, out, err } = await run('deploy', ...BOATS, ...DATABASE, '--yes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^\[\+\] AWS::SQS::Queue UnwrittenReadings /m);
    expect(out).toMatch(DEPLOYED);
    expect(out).toMatch(/^ {2}MQTT {2}\S+-ats\.iot\./m);
    expect(out).toMatch(/^ {2}\.\/amphora add-battery garage --stack Boats --region us-east-1$/m);
    expect((await fetch(pageIn(out))).status).toBe(200);
  });

  test('typed again, has nothing to deploy', async () => {
    const { code, out } = await run('deploy', ...BOATS, ...DATABASE, '--yes');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('there is nothing to deploy.') });
  });

  test('carries out just the change that it has shown', async () => {
    const { code, out } = await run('deploy', ...BOATS, ...DATABASE, '-c', 'logRetentionDays=60', '--yes');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/RetentionInDays[^]*\[-\] 30[^]*\[\+\] 60/) });
    expect(await stackStatus(emulator.url, 'Boats')).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
  });

  test('stops before it takes away what holds data, and goes on when that is named', async () => {
    // The settings without the database: the tokens' secrets would go.
    const stopped = await run('deploy', ...BOATS, '--yes');
    expect(stopped.code).toBe(2);
    expect(stopped.err).toMatch(/^amphora: this deploy would take away what holds data, so nothing was changed:\n/);
    expect(stopped.err.match(/^ {2}Database\w+ \(a secret, with its value; .*\) would be removed/gm)).toHaveLength(2);
    const flags = /If it may go: .*?((?: --replace \w+)+)\n$/.exec(stopped.err)?.[1]?.trim().split(' ') ?? [];
    expect(flags).toHaveLength(4);
    const gone = await run('deploy', ...BOATS, '--yes', ...flags);
    expect(gone).toMatchObject({ code: 0, err: '', out: expect.stringMatching(DEPLOYED) });
  });

  test('is refused on the topic root of another stack, which it names', async () => {
    const { code, err } = await run('deploy', '-c', 'stage=emulator', '-c', 'stackName=Other', '-c', 'topicRoot=boats');
    expect(code).toBe(2);
    expect(err).toMatch(
      /^amphora: topics below 'boats' are heard already .*Boats_charge \('boats\/charge'\).*, of Boats\./,
    );
    expect(await stackStatus(emulator.url, 'Other')).toBeUndefined();
  });

  test('cut off in the middle leaves no process behind, and typed again finishes', async () => {
    const words = ['-c', 'stage=emulator', '-c', 'stackName=Cut', '-c', 'topicRoot=cut', '--yes'];
    const script = start('deploy', words);
    await until('the deploy itself', () => script.out().includes('Deploying (cdk deploy'), STEP_MS);
    const below = descendantsOf(script.child.pid ?? 0);
    script.child.kill('SIGINT');
    const { code, err } = await finished(script);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^amphora: stopped as asked; .* npm run deploy -- /),
    });
    expect(stillRunning(below)).toEqual([]);
    expect(await run('deploy', ...words)).toMatchObject({ code: 0, err: '' });
    expect(await run('destroy', '-c', 'stackName=Cut', '--yes')).toMatchObject({ code: 0, err: '' });
  });

  test('makes anew what failed at its first deploy, protected from deletion as it is', async () => {
    const cloudFormation = new CloudFormationClient({
      endpoint: emulator.url,
      region: 'us-east-1',
      credentials: CREDENTIALS,
    });
    const broken = {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: 'nobody', Qualifier: '$LATEST' },
    };
    const TemplateBody = JSON.stringify({ Description: 'Amphora: half made', Resources: { Broken: broken } });
    await cloudFormation.send(new CreateStackCommand({ StackName: 'Half', TemplateBody }));
    await until('the failure', async () => (await stackStatus(emulator.url, 'Half')) === 'ROLLBACK_COMPLETE');
    const protection = { StackName: 'Half', EnableTerminationProtection: true };
    await cloudFormation.send(new UpdateTerminationProtectionCommand(protection));
    cloudFormation.destroy();
    const { code, out } = await run(
      'deploy',
      '-c',
      'stage=emulator',
      '-c',
      'stackName=Half',
      '-c',
      'topicRoot=half',
      '--yes',
    );
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining(
        'The first deploy of the stack Half failed (ROLLBACK_COMPLETE): removing what it left …',
      ),
    });
    expect(await stackStatus(emulator.url, 'Half')).toBe('CREATE_COMPLETE');
  });
});

describe('./amphora doctor --stack', () => {
  test('walks a deployed stack to its page', async () => {
    expect(await run('deploy', ...BOATS, ...DATABASE, '--yes')).toMatchObject({ code: 0 });
    const { code, out } = await amphora('doctor');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^ok +rules +3 rules are switched on and hear boats\/charge/m),
    });
    expect(out).toMatch(/^ok +queues +the failure queues are empty$/m);
    expect(out).toMatch(/^ok +quarantine +nothing is in it/m);
    expect(out).toMatch(/^ok +database +the functions store at http:\/\/127\.0\.0\.1:1, bucket battery1$/m);
    expect(out).toMatch(/^ok +API +\S+\/health answers$/m);
  });

  test('finds the device that was added, and says that the emulator judges no policy', async () => {
    const out = join(temporaryFolder(), 'garage');
    expect(await amphora('add-battery', 'garage', '--wait', '0', '--out', out)).toMatchObject({ code: 0 });
    const one = await amphora('doctor', '--battery', 'garage');
    expect(one.out).toMatch(/^ok +devices +garage has an active certificate with its policy, valid until 20/m);
    // MiniStack has no TestAuthorization.
    expect({ code: one.code, out: one.out }).toEqual({
      code: 2,
      out: expect.stringMatching(/^unknown +policy +not looked at: /m),
    });
  });
});

describe('npm run destroy', () => {
  test('says before it asks what waits in the queues, and is not in the database yet', async () => {
    const { UndeliveredMessagesUrl: url = '' } = await stackOutputs(emulator.url, 'Boats');
    await putMessage(emulator.url, url, '{}');
    const { code, out, err } = await run('destroy', '-c', 'stackName=Boats');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('nobody is at a terminal') });
    expect(out).toMatch(/not in the database yet:\n {2}UndeliveredMessages: 1 message\nAs long as the stack is there/);
    expect(await stackStatus(emulator.url, 'Boats')).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
    expect(await takeMessages(emulator.url, url)).toHaveLength(1);
  });

  test('leaves nothing: devices first, then the stack with its full bucket', async () => {
    const { code, out, err } = await run('destroy', '-c', 'stackName=Boats', '--yes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/the device garage, certificates: [0-9a-f]{12}…$/m);
    expect(out).toMatch(/^The device garage is removed\.\n[^]*^The stack Boats is deleted\.$/m);
    expect(out).not.toContain('Left in the account');
    expect(out).not.toContain('not in the database yet');
    expect(await stackStatus(emulator.url, 'Boats')).toBeUndefined();
    const again = await run('destroy', '-c', 'stackName=Boats', '--yes');
    expect(again).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^There is no stack Boats .*, and no device of it/),
    });
  });

  test('does not touch a stack that is not Amphora’s', async () => {
    const { code, err } = await run('destroy', '-c', 'stackName=CDKToolkit', '--yes');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('is not of Amphora') });
    expect(await stackStatus(emulator.url, 'CDKToolkit')).toBe('CREATE_COMPLETE');
  });
});
