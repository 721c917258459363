import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { deployedStack, outputOf } from '../../cloud/deployed-stack.ts';
import { isAmphoras } from '../../cloud/own-stack.ts';
import { settledState, stackState } from '../../cloud/stack-state.ts';
import { type AwsPeer, askAt, awsPeer, noStack, refusal, stack, stackArn, xml } from './aws-peer.ts';

let peer: AwsPeer;
beforeAll(async () => {
  peer = await awsPeer();
});
afterAll(() => peer.close());
beforeEach(() => askAt(peer));

const BOATS = { stackName: 'Boats' };

describe('a deployed stack', () => {
  test('is told with its place and what it gives out', async () => {
    peer.answer('DescribeStacks', stack('Boats', { status: 'UPDATE_COMPLETE', outputs: { TopicRoot: 'boats' } }));
    expect(await deployedStack(BOATS)).toEqual({
      stackName: 'Boats',
      region: 'eu-central-1',
      partition: 'aws',
      account: '123456789012',
      status: 'UPDATE_COMPLETE',
      outputs: { TopicRoot: 'boats' },
    });
  });

  test('that is not there is one sentence with the region that was looked in', async () => {
    peer.answer('DescribeStacks', noStack('Boats'));
    await expect(deployedStack(BOATS)).rejects.toThrow(
      /^there is no stack Boats in region eu-central-1 .*--region .*npm run deploy -- -c stackName=Boats deploys it$/,
    );
  });

  test.each(['no such/stack', '', '--yes', 'a'.repeat(101), "x'; rm"])(
    'of the name %j cannot be, and nobody is asked',
    async (stackName) => {
      const before = peer.asked.length;
      await expect(deployedStack({ stackName })).rejects.toThrow(
        `a stack's name is letters, digits and -, a letter first, at most 100, not '${stackName}'`,
      );
      expect(peer.asked).toHaveLength(before);
    },
  );

  test('that may not be looked at is told from one that is not there', async () => {
    peer.answer('DescribeStacks', refusal('AccessDenied', 'not authorized', 403));
    await expect(deployedStack(BOATS)).rejects.toThrow(/may not do that/);
  });

  test.each([
    ['UPDATE_COMPLETE', /no output PageUrl: it was deployed by an older Amphora/],
    ['REVIEW_IN_PROGRESS', /is not whole \(REVIEW_IN_PROGRESS\); finish its deploy/],
    ['ROLLBACK_COMPLETE', /is not whole \(ROLLBACK_COMPLETE\); finish its deploy/],
  ])('in state %s without an output says why', async (status, sentence) => {
    peer.answer('DescribeStacks', stack('Boats', { status }));
    const boats = await deployedStack(BOATS);
    expect(() => outputOf(boats, 'PageUrl')).toThrow(sentence);
  });
});

describe('the state of a stack', () => {
  test('that was deleted is that of none, though its ARN still leads to it', async () => {
    peer.answer('DescribeStacks', stack('Boats', { status: 'DELETE_COMPLETE' }));
    expect(await stackState({ stackName: stackArn('Boats') })).toBeUndefined();
  });

  test('is waited for while CloudFormation is at work, and that is told once', async () => {
    const atWork = stack('Boats', { status: 'UPDATE_IN_PROGRESS' });
    const cleaning = stack('Boats', { status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' });
    peer.answer('DescribeStacks', atWork, cleaning, stack('Boats', { status: 'UPDATE_COMPLETE' }));
    const told: string[] = [];
    const state = await settledState(BOATS, { onWait: ({ status }) => told.push(status) });
    expect([state?.status, told]).toEqual(['UPDATE_COMPLETE', ['UPDATE_IN_PROGRESS']]);
  });

  test('is not waited for when a change set was made and never carried out', async () => {
    peer.answer('DescribeStacks', stack('Boats', { status: 'REVIEW_IN_PROGRESS' }));
    expect((await settledState(BOATS))?.status).toBe('REVIEW_IN_PROGRESS');
  });

  test('is no longer waited for when that is stopped', async () => {
    peer.answer('DescribeStacks', stack('Boats', { status: 'UPDATE_IN_PROGRESS' }));
    const stop = new AbortController();
    const waiting = settledState(BOATS, {
      signal: stop.signal,
      onWait: () => stop.abort(new Error('stopped as asked')),
    });
    await expect(waiting).rejects.toThrow('stopped as asked');
  });
});

describe('a stack is Amphora’s', () => {
  const isOurs = async (description: string): Promise<boolean> => {
    peer.answer('DescribeStacks', stack('Boats', { status: 'CREATE_COMPLETE', description }));
    const state = await stackState(BOATS);
    return state !== undefined && isAmphoras(BOATS, state);
  };

  test('by its description', async () => {
    expect(await isOurs('Amphora: battery telemetry')).toBe(true);
    expect(await isOurs('Somebody’s shop')).toBe(false);
  });

  test('where an emulator forgot the description, by that of its template', async () => {
    peer.answer('GetTemplate', xml('GetTemplate', '<TemplateBody>{ "Description": "Amphora: x" }</TemplateBody>'));
    expect(await isOurs('')).toBe(true);
    peer.answer('GetTemplate', xml('GetTemplate', '<TemplateBody>{ "Resources": {} }</TemplateBody>'));
    expect(await isOurs('')).toBe(false);
  });
});
