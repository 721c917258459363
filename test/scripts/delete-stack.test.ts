/** How long a deletion is begun again for a policy that AWS IoT holds on to, and what ends it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { deleteToTheEnd } from '../../scripts/deploy/delete-stack.ts';
import { type AwsPeer, askAt, awsPeer, REGION, resources, stack, xml } from '../cloud/aws-peer.ts';

let peer: AwsPeer;
beforeEach(async () => {
  peer = await awsPeer();
  askAt(peer);
  peer.answer('DeleteStack', xml('DeleteStack'));
  peer.answer('DescribeStacks', stack('Boats', { status: 'DELETE_FAILED' }));
  const reason = 'The policy cannot be deleted as the policy is attached to one or more principals (name=Boats-device)';
  peer.answer(
    'ListStackResources',
    resources({ id: 'Device', type: 'AWS::IoT::Policy', status: 'DELETE_FAILED', reason }),
  );
});
afterEach(() => peer.close());

const place = { stackName: 'Boats', region: REGION };

describe('a policy that AWS IoT never lets go of', () => {
  test('is waited for as long as the patience lasts, and is then what is stuck', async () => {
    const said: string[] = [];
    const left = await deleteToTheEnd(place, {
      say: (line) => said.push(line),
      signal: new AbortController().signal,
      patience: { forMs: 60, lookEveryMs: 20 },
    });
    expect(left).toMatchObject({ state: { status: 'DELETE_FAILED' }, stuck: [{ logicalId: 'Device' }] });
    expect(peer.deeds().length).toBeGreaterThan(1);
    expect(said).toEqual([expect.stringContaining('AWS IoT has not let go of the policy physical-Device yet')]);
  });

  test('is not waited for any longer when somebody stops it', async () => {
    const controller = new AbortController();
    const ended = deleteToTheEnd(place, {
      say: () => controller.abort(new Error('stopped as asked')),
      signal: controller.signal,
      patience: { forMs: 3_600_000, lookEveryMs: 3_600_000 },
    });
    await expect(ended).rejects.toThrow('stopped as asked');
    expect(peer.deeds()).toEqual(['DeleteStack']);
  });
});
