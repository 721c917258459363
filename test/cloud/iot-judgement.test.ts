import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deployedStack } from '../../cloud/deployed-stack.ts';
import { judgedByIot } from '../../cloud/iot-judgement.ts';
import { type AwsPeer, askAt, awsPeer, stack } from './aws-peer.ts';

let peer: AwsPeer;
beforeAll(async () => {
  peer = await awsPeer();
  askAt(peer);
});
afterAll(() => peer.close());

test.each(['aws', 'aws-cn', 'aws-us-gov'])(
  'AWS IoT is asked of resources in the partition of the stack, %s',
  async (partition) => {
    peer.answer('DescribeStacks', stack('Boats', { status: 'CREATE_COMPLETE', partition }));
    peer.answer('POST /test-authorization', { status: 200, body: { authResults: [{ authDecision: 'ALLOWED' }] } });
    const boats = await deployedStack({ stackName: 'Boats' });
    const attempts = [{ action: 'PUBLISH', on: 'boats/garage/telemetry' }] as const;
    const judged = await judgedByIot(boats, { certificateId: 'ab', clientId: 'garage' }, attempts);
    expect(judged).toEqual([{ action: 'PUBLISH', on: 'boats/garage/telemetry', isAllowed: true }]);
    expect(JSON.parse(peer.asked.at(-1)?.body ?? '')).toMatchObject({
      principal: `arn:${partition}:iot:eu-central-1:123456789012:cert/ab`,
      authInfos: [{ resources: [`arn:${partition}:iot:eu-central-1:123456789012:topic/boats/garage/telemetry`] }],
    });
  },
);
