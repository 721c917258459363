/** The states that a failed or interrupted deploy leaves a stack in, at CloudFormation's wire. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readyStack } from '../../scripts/deploy/ready-stack.ts';
import {
  type AwsPeer,
  askAt,
  awsPeer,
  events,
  noStack,
  type PeerStack,
  REGION,
  resources,
  stack,
  stackArn,
  xml,
} from '../cloud/aws-peer.ts';

let peer: AwsPeer;
beforeEach(async () => {
  peer = await awsPeer();
  askAt(peer);
  for (const deed of DEEDS) peer.answer(deed, xml(deed));
  peer.answer('DescribeStackEvents', events());
});
afterEach(() => peer.close());

const DEEDS = ['UpdateTerminationProtection', 'DeleteStack', 'RollbackStack', 'ContinueUpdateRollback'];

const isAt = (...states: readonly PeerStack[]): void =>
  peer.answer('DescribeStacks', ...states.map((state) => stack('Boats', state)));

async function ready() {
  const said: string[] = [];
  const signal = new AbortController().signal;
  const state = await readyStack({ stackName: 'Boats', region: REGION }, { say: (line) => said.push(line), signal });
  return { status: state?.status, said, deeds: peer.deeds() };
}

describe('nothing is done to a stack', () => {
  test('that is not there', async () => {
    peer.answer('DescribeStacks', noStack('Boats'));
    expect(await ready()).toEqual({ status: undefined, said: [], deeds: [] });
  });

  test('that was only ever planned: the deploy makes it', async () => {
    isAt({ status: 'REVIEW_IN_PROGRESS', description: '' });
    expect(await ready()).toEqual({ status: undefined, said: [], deeds: [] });
  });

  test.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'])('that is %s', async (status) => {
    isAt({ status });
    expect(await ready()).toEqual({ status, said: [], deeds: [] });
  });

  test('that CloudFormation is still at work on, until it has ended', async () => {
    isAt({ status: 'UPDATE_IN_PROGRESS' }, { status: 'UPDATE_COMPLETE' });
    const { status, said, deeds } = await ready();
    expect({ status, deeds }).toEqual({ status: 'UPDATE_COMPLETE', deeds: [] });
    expect(said).toEqual(['CloudFormation is at work on the stack Boats (UPDATE_IN_PROGRESS): waiting for its end …']);
  });

  test.each(['CREATE_COMPLETE', 'ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED'])(
    'that is somebody else’s, in state %s',
    async (status) => {
      isAt({ status, description: 'A shop' });
      await expect(ready()).rejects.toThrow(/a stack Boats that is not of Amphora .*'A shop'.*-c stackName=/);
      expect(peer.deeds()).toEqual([]);
    },
  );

  test('whose deletion failed: what to type is told', async () => {
    isAt({ status: 'DELETE_FAILED', reason: 'a policy is in use' });
    await expect(ready()).rejects.toThrow(
      /\(a policy is in use\); finish that with npm run destroy -- -c stackName=Boats/,
    );
    expect(peer.deeds()).toEqual([]);
  });

  test('in a state from which no deploy goes on', async () => {
    isAt({ status: 'IMPORT_ROLLBACK_FAILED' });
    await expect(ready()).rejects.toThrow(/in the state IMPORT_ROLLBACK_FAILED, from which no deploy goes on/);
  });
});

describe('a first deploy that failed', () => {
  test('and was rolled back is removed, protected as it is', async () => {
    const failed = { status: 'ROLLBACK_COMPLETE', isProtected: true };
    peer.answer(
      'DescribeStacks',
      stack('Boats', failed),
      stack('Boats', { ...failed, status: 'DELETE_IN_PROGRESS' }),
      noStack('Boats'),
    );
    peer.answer('ListStackResources', resources());
    expect(await ready()).toEqual({
      status: undefined,
      said: ['The first deploy of the stack Boats failed (ROLLBACK_COMPLETE): removing what it left …'],
      deeds: ['UpdateTerminationProtection', 'DeleteStack'],
    });
    const protection = peer.asked.find(({ operation }) => operation === 'UpdateTerminationProtection');
    expect(protection?.fields).toMatchObject({ StackName: 'Boats', EnableTerminationProtection: 'false' });
  });

  test('is told of with what it kept, and the line that deletes that', async () => {
    peer.answer('DescribeStacks', stack('Boats', { status: 'ROLLBACK_COMPLETE' }), noStack('Boats'));
    peer.answer('ListStackResources', resources());
    peer.answer(
      'DescribeStackEvents',
      events({ id: 'Pool', type: 'AWS::Cognito::UserPool', status: 'DELETE_SKIPPED' }),
    );
    const { said } = await ready();
    expect(said.slice(1)).toEqual([
      'It left this, which nothing uses, with the line that deletes it:',
      '  Pool: the user pool physical-Pool with its users',
      expect.stringContaining('aws cognito-idp delete-user-pool --region eu-central-1 --user-pool-id physical-Pool'),
    ]);
  });

  test('and could not be rolled back is removed when nothing of it can hold data', async () => {
    peer.answer('DescribeStacks', stack('Boats', { status: 'ROLLBACK_FAILED' }), noStack('Boats'));
    const gone = { id: 'Queue', type: 'AWS::SQS::Queue', status: 'DELETE_COMPLETE' };
    peer.answer('ListStackResources', resources({ id: 'Role', type: 'AWS::IAM::Role', status: 'DELETE_FAILED' }, gone));
    expect(await ready()).toMatchObject({ status: undefined, deeds: ['DeleteStack'] });
  });

  test.each(['CREATE_FAILED', 'ROLLBACK_FAILED'])(
    'is left alone in %s when what holds data is there',
    async (status) => {
      isAt({ status });
      peer.answer('ListStackResources', resources({ id: 'Queue', type: 'AWS::SQS::Queue', status: 'CREATE_COMPLETE' }));
      await expect(ready()).rejects.toThrow(/left what may hold data: Queue \(AWS::SQS::Queue\)\..*npm run destroy/);
      expect(peer.deeds()).toEqual([]);
    },
  );

  test('that cannot be removed is told with CloudFormation’s reasons', async () => {
    isAt({ status: 'ROLLBACK_COMPLETE' }, { status: 'DELETE_FAILED' });
    peer.answer('ListStackResources', resources());
    const stuck = { id: 'Role', type: 'AWS::IAM::Role', status: 'DELETE_FAILED', reason: 'it is in use' };
    peer.answer('DescribeStackEvents', events(stuck, { ...stuck, reason: 'an older reason' }));
    await expect(ready()).rejects.toThrow(
      /could not be removed \(DELETE_FAILED\): Role \(AWS::IAM::Role\): it is in use\. Remove/,
    );
    const [question] = peer.asked.filter(({ operation }) => operation === 'DescribeStackEvents');
    expect(question?.fields['StackName']).toBe(stackArn('Boats'));
  });
});

describe('an update that failed', () => {
  test.each([
    ['UPDATE_ROLLBACK_FAILED', 'ContinueUpdateRollback'],
    ['UPDATE_FAILED', 'RollbackStack'],
  ])('and is %s is undone, and the deploy goes on', async (status, deed) => {
    isAt({ status }, { status: 'UPDATE_ROLLBACK_IN_PROGRESS' }, { status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await ready()).toEqual({
      status: 'UPDATE_ROLLBACK_COMPLETE',
      said: ['The last update of the stack Boats failed half-way: undoing it …'],
      deeds: [deed],
    });
  });

  test('and cannot be undone is told with what is stuck, and no stack is deleted', async () => {
    isAt({ status: 'UPDATE_ROLLBACK_FAILED' });
    const stuck = {
      id: 'Site',
      type: 'AWS::CloudFront::Distribution',
      status: 'UPDATE_FAILED',
      reason: 'no right to do it',
    };
    peer.answer('DescribeStackEvents', events(stuck));
    await expect(ready()).rejects.toThrow(
      /cannot be undone \(UPDATE_ROLLBACK_FAILED\): Site \(AWS::CloudFront::Distribution\): no right to do it\..*npx cdk rollback Boats --orphan/,
    );
    expect(peer.deeds()).toEqual(['ContinueUpdateRollback']);
  });
});
