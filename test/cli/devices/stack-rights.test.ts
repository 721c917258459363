/** The commands of batteries on AWS, for somebody who may not ask for the account's MQTT endpoint. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type AwsPeer, awsPeer, jsonRefusal, NOTHING_OF_THIS_MACHINE, stack } from '../../cloud/aws-peer.ts';
import { runCli, temporaryFolder } from '../../end-to-end/process.ts';

jest.setTimeout(30_000);

let peer: AwsPeer;
beforeEach(async () => {
  peer = await awsPeer();
  const outputs = { TopicRoot: 'boats', DevicePolicyName: 'Boats-device' };
  peer.answer('DescribeStacks', stack('Boats', { status: 'CREATE_COMPLETE', outputs }));
  peer.answer('GET /endpoint', jsonRefusal('UnauthorizedException', 'iot:DescribeEndpoint is not yours', 403));
});
afterEach(() => peer.close());

async function amphora(...words: readonly string[]) {
  const { ended, out, err } = runCli([...words, '--stack', 'Boats'], { ...NOTHING_OF_THIS_MACHINE, ...peer.env });
  const { code } = await ended;
  return { code, out: out(), err: err() };
}

const thing = (owner: string): void => {
  const attributes = { amphoraStack: owner };
  peer.answer('GET /things', { status: 200, body: { things: [{ thingName: 'garage', attributes }] } });
  peer.answer('GET /things/garage', { status: 200, body: { thingName: 'garage', attributes } });
  peer.answer('GET /things/garage/principals', { status: 200, body: { principals: [] } });
};

describe('without the right to DescribeEndpoint', () => {
  test('batteries are listed and removed', async () => {
    thing('Boats');
    peer.answer('DELETE /things/garage', { status: 200, body: {} });
    expect(await amphora('list-batteries')).toMatchObject({ code: 0, out: expect.stringContaining('garage') });
    expect(await amphora('remove-battery', 'garage')).toMatchObject({ code: 0 });
    expect(peer.deeds()).toEqual(['DELETE /things/garage']);
  });

  test('add-battery says so before it makes a key or a thing', async () => {
    peer.answer('GET /things/garage', jsonRefusal('ResourceNotFoundException', 'no', 404));
    const out = join(temporaryFolder(), 'garage');
    const { code, err } = await amphora('add-battery', 'garage', '--out', out, '--wait', '0');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('iot:DescribeEndpoint is not yours') });
    expect(peer.deeds()).toEqual([]);
    expect(existsSync(join(out, 'garage.key.pem'))).toBe(false);
  });
});

test('a battery of a stack that may be gone is refused with the command that removes it then', async () => {
  thing('OldStack');
  const { code, err } = await amphora('remove-battery', 'garage');
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringMatching(
      /remove-battery garage --stack OldStack\. If that stack is gone, npm run destroy -- -c stackName=OldStack removes/,
    ),
  });
});
