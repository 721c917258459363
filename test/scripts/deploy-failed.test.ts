/** What is told of the stack when `cdk deploy` failed. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { failedDeploy } from '../../scripts/deploy/failed-deploy.ts';
import { refused } from '../../scripts/refused.ts';
import { type Answer, type AwsPeer, askAt, awsPeer, noStack, refusal, stack } from '../cloud/aws-peer.ts';

let peer: AwsPeer;
beforeEach(async () => {
  peer = await awsPeer();
  askAt(peer);
});
afterEach(() => peer.close());

describe('after a deploy that failed', () => {
  const typed = 'npm run deploy -- -c stackName=Boats';
  const place = { stackName: 'Boats', region: 'eu-central-1' };
  const told = async (): Promise<string> => {
    const signal = new AbortController().signal;
    const error = await failedDeploy(refused('cdk deploy ended with 1'), place, { typed, signal });
    return error instanceof Error ? error.message : String(error);
  };

  test('what could not be looked at is not called gone', async () => {
    peer.answer('DescribeStacks', refusal('ExpiredToken', 'The security token is expired', 403));
    const text = await told();
    expect(text).toMatch(/^cdk deploy ended with 1\nWhat became of the stack could not be looked at \(.*expired/);
    expect(text).toContain(`Typed again, this waits for CloudFormation's end and goes on: ${typed}`);
    expect(text).not.toContain('nothing was made');
  });

  test.each<readonly [string, Answer, RegExp]>([
    ['is not there', noStack('Boats'), /There is no such stack: nothing was made\.$/],
    ['was only planned', stack('Boats', { status: 'REVIEW_IN_PROGRESS' }), /only planned: nothing was made\.$/],
    ['was taken back', stack('Boats', { status: 'ROLLBACK_COMPLETE' }), /taken back what it had made/],
    ['is as it was', stack('Boats', { status: 'UPDATE_ROLLBACK_COMPLETE' }), /the stack is as it was, and works\.$/],
    ['is in another state', stack('Boats', { status: 'UPDATE_FAILED' }), /The stack is now UPDATE_FAILED\.$/],
  ])('the stack that %s is told so', async (_, answer, sentence) => {
    peer.answer('DescribeStacks', answer);
    expect(await told()).toMatch(sentence);
  });
});
