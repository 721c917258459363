/** `npm run destroy` with AWS at its wire: what goes first, what is asked, and what is told of what stays. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  type AwsPeer,
  awsPeer,
  events,
  NOTHING_OF_THIS_MACHINE,
  noStack,
  type PeerResource,
  type PeerStack,
  refusal,
  resources,
  stack,
  stackArn,
  xml,
} from '../cloud/aws-peer.ts';
import { runProcess } from '../end-to-end/process.ts';
import { KEYS, pressedAtQuestion } from './at-terminal.ts';

jest.setTimeout(30_000);
const PATIENCE_MS = 20_000;
const WORDS = ['scripts/destroy.ts', '-c', 'stackName=Boats'];

const WHOLE: PeerStack = { status: 'UPDATE_COMPLETE', isProtected: true };
const ATTACHED = 'The policy cannot be deleted as the policy is attached to one or more principals (name=Boats-device)';
const POLICY: PeerResource = { id: 'Device', type: 'AWS::IoT::Policy', status: 'CREATE_COMPLETE' };

let peer: AwsPeer;
beforeEach(async () => {
  peer = await awsPeer();
  peer.answer('GET /things', { status: 200, body: { things: [] } });
  peer.answer('ListStackResources', resources(POLICY));
  peer.answer('POST /policy-targets/physical-Device', { status: 200, body: { targets: [] } });
  for (const deed of ['UpdateTerminationProtection', 'DeleteStack']) peer.answer(deed, xml(deed));
  peer.answer('DescribeStackEvents', events());
});
afterEach(() => peer.close());

const env = () => ({ ...NOTHING_OF_THIS_MACHINE, ...peer.env });

async function destroy(...words: readonly string[]) {
  const { ended, out, err } = runProcess(
    process.execPath,
    ['scripts/destroy.ts', '-c', 'stackName=Boats', ...words],
    env(),
  );
  const { code } = await ended;
  return { code, out: out(), err: err() };
}

/** At a terminal, with this typed into it. */
async function destroyAtTerminal(typed: string) {
  const command = `${process.execPath} scripts/destroy.ts -c stackName=Boats`;
  const { child, ended, out } = runProcess('sh', ['-c', `echo '${typed}' | script -qec '${command}' /dev/null`], env());
  const { code } = await ended;
  return { code, child, out: out() };
}

const isThereThenGone = (): void => peer.answer('DescribeStacks', stack('Boats', WHOLE), noStack('Boats'));

describe('npm run destroy', () => {
  test('where there is nothing changes nothing, and is done', async () => {
    peer.answer('DescribeStacks', noStack('Boats'));
    const { code, out, err } = await destroy('--yes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^There is no stack Boats in eu-central-1 .*; nothing was changed\.$/m);
    expect(peer.deeds()).toEqual([]);
  });

  test('asks, and without a terminal and --yes changes nothing', async () => {
    peer.answer('DescribeStacks', stack('Boats', WHOLE));
    const { code, out, err } = await destroy();
    expect(code).toBe(2);
    expect(out).toContain('the stack Boats (UPDATE_COMPLETE, protected from deletion)');
    expect(err).toMatch(
      /nobody is at a terminal to answer 'Remove all of this, its protection from deletion too\?'; nothing more was changed/,
    );
    expect(peer.deeds()).toEqual([]);
  });

  test('changes nothing when the answer at the terminal is not yes', async () => {
    peer.answer('DescribeStacks', stack('Boats', WHOLE));
    const { code, out } = await destroyAtTerminal('no');
    expect({ code, out }).toEqual({
      code: 2,
      out: expect.stringContaining('not answered with yes; nothing more was changed'),
    });
    expect(peer.deeds()).toEqual([]);
  });

  test.each(KEYS)('changes nothing when the answer is %s', async (_, key) => {
    peer.answer('DescribeStacks', stack('Boats', WHOLE));
    const { code, out } = await pressedAtQuestion(key, WORDS, env(), AbortSignal.timeout(PATIENCE_MS));
    expect({ code, out }).toEqual({
      code: 2,
      out: expect.stringMatching(/^amphora: not answered; nothing more was changed\r?$/m),
    });
    expect(out).not.toMatch(/AbortError|\n +at /);
    expect(peer.deeds()).toEqual([]);
  });

  test('goes on when it is', async () => {
    isThereThenGone();
    const { code, out } = await destroyAtTerminal('y');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('The stack Boats is deleted.') });
  });

  test('switches the protection off and deletes, and says that the stack of cdk bootstrap stays', async () => {
    isThereThenGone();
    const { code, out } = await destroy('--yes');
    expect({ code, deeds: peer.deeds().filter((deed) => !deed.startsWith('POST ')) }).toEqual({
      code: 0,
      deeds: ['UpdateTerminationProtection', 'DeleteStack'],
    });
    expect(out).toContain('The stack CDKToolkit of cdk bootstrap stays');
  });

  test('shuts the devices out before anything else goes', async () => {
    isThereThenGone();
    const attributes = { amphoraStack: 'Boats' };
    peer.answer('GET /things', { status: 200, body: { things: [{ thingName: 'garage', attributes }] } });
    peer.answer('GET /things/garage', { status: 200, body: { thingName: 'garage', attributes } });
    peer.answer('GET /things/garage/principals', { status: 200, body: { principals: [] } });
    peer.answer('DELETE /things/garage', { status: 200, body: {} });
    const { code, out } = await destroy('--yes');
    expect(code).toBe(0);
    expect(out).toMatch(/the device garage, certificates: none/);
    expect(peer.deeds()[0]).toBe('DELETE /things/garage');
  });

  test('of devices alone is what is left after the stack went first', async () => {
    peer.answer('DescribeStacks', noStack('Boats'));
    const attributes = { amphoraStack: 'Boats' };
    peer.answer('GET /things', { status: 200, body: { things: [{ thingName: 'garage', attributes }] } });
    peer.answer('GET /things/garage', { status: 200, body: { thingName: 'garage', attributes } });
    peer.answer('GET /things/garage/principals', { status: 200, body: { principals: [] } });
    peer.answer('DELETE /things/garage', { status: 200, body: {} });
    expect(await destroy('--yes')).toMatchObject({ code: 0, err: '' });
    expect(peer.deeds()).toEqual(['DELETE /things/garage']);
  });

  test('takes the policies from certificates that somebody else gave them to', async () => {
    isThereThenGone();
    const stranger = 'arn:aws:iot:eu-central-1:123456789012:cert/ab';
    peer.answer('POST /policy-targets/physical-Device', { status: 200, body: { targets: [stranger] } });
    peer.answer('POST /target-policies/physical-Device', { status: 200, body: {} });
    const { code, out } = await destroy('--yes');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining(`${stranger} is of no device of this stack`),
    });
    expect(peer.deeds().indexOf('POST /target-policies/physical-Device')).toBeLessThan(
      peer.deeds().indexOf('DeleteStack'),
    );
  });

  test('that CloudFormation cannot finish is told with its reasons and what to type, and is repeated', async () => {
    const failed = { ...WHOLE, isProtected: false, status: 'DELETE_FAILED' };
    peer.answer('DescribeStacks', stack('Boats', WHOLE), stack('Boats', failed));
    const reason = 'resource sg-1 has a dependent object';
    const group: PeerResource = { id: 'Group', type: 'AWS::EC2::SecurityGroup', status: 'DELETE_FAILED', reason };
    const policy = { ...POLICY, status: 'DELETE_FAILED', reason: ATTACHED };
    peer.answer('ListStackResources', resources(POLICY), resources(policy, group));
    const { code, err } = await destroy('--yes');
    expect(code).toBe(2);
    expect(err).toContain(`Group (AWS::EC2::SecurityGroup): ${reason}`);
    expect(err).toMatch(/type it again: npm run destroy -- -c stackName=Boats --yes\n$/);
    peer.answer('DescribeStacks', stack('Boats', failed), noStack('Boats'));
    expect(await destroy('--yes')).toMatchObject({ code: 0, err: '' });
  });

  test('begins again while AWS IoT has not yet let go of a policy, and says so', async () => {
    const failed = stack('Boats', { ...WHOLE, isProtected: false, status: 'DELETE_FAILED' });
    peer.answer('DescribeStacks', stack('Boats', WHOLE), failed, failed, noStack('Boats'));
    peer.answer(
      'ListStackResources',
      resources(POLICY),
      resources({ ...POLICY, status: 'DELETE_FAILED', reason: ATTACHED }),
    );
    const { code, out, err } = await destroy('--yes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.match(/^AWS IoT has not let go of .* physical-Device yet; .*$/gm)).toHaveLength(1);
    expect(peer.deeds().filter((deed) => deed === 'DeleteStack')).toHaveLength(3);
  });

  test('does not wait for a policy that may not be deleted', async () => {
    peer.answer('DescribeStacks', stack('Boats', WHOLE), stack('Boats', { ...WHOLE, status: 'DELETE_FAILED' }));
    const reason = 'User: x is not authorized to perform: iot:DeletePolicy';
    peer.answer('ListStackResources', resources(POLICY), resources({ ...POLICY, status: 'DELETE_FAILED', reason }));
    const { code, err } = await destroy('--yes');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`Device (AWS::IoT::Policy): ${reason}`) });
    expect(peer.deeds().filter((deed) => deed === 'DeleteStack')).toHaveLength(1);
  });

  test('removes a stack that was only ever planned, which has no description and no template', async () => {
    const planned = stack('Boats', { status: 'REVIEW_IN_PROGRESS', description: '' });
    peer.answer('DescribeStacks', planned, noStack('Boats'));
    peer.answer('GetTemplate', refusal('ValidationError', 'Stack with id Boats does not have a template'));
    peer.answer('ListStackResources', resources());
    const { code, out, err } = await destroy('--yes');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('  the stack Boats (REVIEW_IN_PROGRESS: it was only planned, and holds nothing)');
  });

  test('names each of two queues that one logical id had, the older one too', async () => {
    isThereThenGone();
    const queue: PeerResource = { id: 'Queue', type: 'AWS::SQS::Queue', status: 'DELETE_SKIPPED' };
    peer.answer('DescribeStackEvents', events(queue, { ...queue, physicalId: 'older' }));
    peer.answer('GetQueueAttributes', { status: 200, body: { Attributes: { ApproximateNumberOfMessages: '2' } } });
    const { out } = await destroy('--yes');
    expect(out).toMatch(/--queue-url physical-Queue\n[^]*--queue-url older\n/);
  });

  test('lists what was kept on purpose, with the line that deletes it', async () => {
    isThereThenGone();
    const kept = (id: string, type: string): PeerResource => ({ id, type, status: 'DELETE_SKIPPED' });
    peer.answer(
      'DescribeStackEvents',
      events(kept('Queue', 'AWS::SQS::Queue'), kept('Pool', 'AWS::Cognito::UserPool')),
    );
    const Attributes = { ApproximateNumberOfMessages: '2', ApproximateNumberOfMessagesNotVisible: '1' };
    peer.answer('GetQueueAttributes', { status: 200, body: { Attributes } });
    const { code, out } = await destroy('--yes');
    expect(code).toBe(0);
    expect(out).toContain(
      '  Queue: a queue with 3 messages\n    aws sqs delete-queue --region eu-central-1 --queue-url physical-Queue\n',
    );
    expect(out).toMatch(
      / {2}Pool: the user pool physical-Pool with its users\n {4}aws cognito-idp update-user-pool .* delete-user-pool /,
    );
    const [question] = peer.asked.filter(({ operation }) => operation === 'DescribeStackEvents');
    expect(question?.fields['StackName']).toBe(stackArn('Boats'));
  });
});
