import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { account } from '../../cloud/account.ts';
import { asked, awsErrorMessage, awsErrorName, isNotFound } from '../../cloud/aws-problem.ts';
import { clientOptions, homeRegion } from '../../cloud/client-options.ts';
import { freePort } from '../local/peers.ts';
import { type Answer, type AwsPeer, askAt, awsPeer, CALLER, jsonRefusal, noStack, refusal } from './aws-peer.ts';

let peer: AwsPeer;
beforeAll(async () => {
  peer = await awsPeer();
});
afterAll(() => peer.close());

beforeEach(() => askAt(peer));

async function look(): Promise<unknown> {
  const client = new CloudFormationClient({ ...clientOptions(), maxAttempts: 1 });
  return asked('look at the stack Boats', client.send(new DescribeStacksCommand({ StackName: 'Boats' }))).finally(() =>
    client.destroy(),
  );
}

const sentenceOf = async (question: () => Promise<unknown>): Promise<string> =>
  question().then(
    () => 'it was answered',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe('a question that AWS refuses is one sentence with the next step', () => {
  const REFUSED: readonly (readonly [string, Answer, RegExp])[] = [
    [
      'an expired session',
      refusal('ExpiredToken', 'The security token included in the request is expired', 403),
      /have expired; sign in/,
    ],
    [
      'a key that AWS does not know',
      refusal('InvalidClientTokenId', 'The security token is invalid', 403),
      /does not know these credentials.*; sign in/,
    ],
    [
      'a wrong secret',
      refusal('SignatureDoesNotMatch', 'The request signature we calculated does not match', 403),
      /does not fit its key id; sign in/,
    ],
    [
      'a missing right',
      refusal('AccessDenied', 'User: x is not authorized to perform: y', 403),
      /may not do that \(User: x is not authorized to perform: y\); ask the owner/,
    ],
    ['too many questions', refusal('Throttling', 'Rate exceeded'), /fewer questions; wait a minute/],
    [
      'a quota that is used up',
      refusal('LimitExceededException', 'The number of user pools is at its limit of 1000'),
      /a quota of the account is used up \(The number of user pools .*\); .*Service Quotas/,
    ],
    [
      'too many attempts, which Cognito calls by the same name',
      refusal('LimitExceededException', 'Attempt limit exceeded, please try after some time.'),
      /fewer questions; wait/,
    ],
    ['something that is not there', noStack('Boats'), /Stack with id Boats does not exist; /],
    [
      'anything else',
      refusal('ValidationError', 'No updates are to be performed.'),
      /: No updates are to be performed; mend that/,
    ],
    ['no answer', 'hang-up', /no answer came/],
  ];

  test.each(REFUSED)('%s', async (_, answer, sentence) => {
    peer.answer('DescribeStacks', answer);
    const said = await sentenceOf(look);
    expect(said).toMatch(/^AWS could not look at the stack Boats: [^\n]+; [^\n]+$/);
    expect(said).toMatch(sentence);
  });

  test('an hour on the wrong clock, which no new signature mends', async () => {
    peer.answer(
      'DescribeStacks',
      refusal('SignatureDoesNotMatch', 'Signature expired: 20261126T000000Z is now earlier than 20261126T010000Z', 403),
    );
    expect(await sentenceOf(look)).toContain("this machine's clock is wrong; set it");
  });

  test('nobody at the address', async () => {
    process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${await freePort()}`;
    expect(await sentenceOf(look)).toMatch(/nothing answers at its address .*; check AWS_ENDPOINT_URL/);
  });

  test('a host that no name server knows, as that of a region that does not exist', async () => {
    process.env['AWS_ENDPOINT_URL'] = 'http://cloudformation.eu-central-9.invalid';
    expect(await sentenceOf(look)).toMatch(
      /there is no host cloudformation\.eu-central-9\.invalid.*; check the region/,
    );
  });
});

describe('what is missing on this side', () => {
  test('no credentials', async () => {
    delete process.env['AWS_ACCESS_KEY_ID'];
    expect(await sentenceOf(() => account())).toMatch(/^there are no AWS credentials here: sign in .*AWS_PROFILE/);
  });

  test('neither a region nor credentials, both at once', async () => {
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_REGION'];
    expect(await sentenceOf(() => account())).toMatch(
      /no region is named; give --region .*AWS_REGION\. And there are no AWS credentials here: sign in/,
    );
  });

  test('a profile that nobody made', async () => {
    delete process.env['AWS_ACCESS_KEY_ID'];
    process.env['AWS_PROFILE'] = 'boats';
    expect(await sentenceOf(() => account())).toMatch(/profile 'boats' gives no credentials; check the name/);
  });

  test('no region', async () => {
    delete process.env['AWS_REGION'];
    expect(await sentenceOf(() => account())).toMatch(/no region is named; give --region/);
  });

  test('a region that is none', async () => {
    expect(await sentenceOf(() => account('eu central'))).toMatch(/the region is not written as one/);
  });
});

describe('where AWS is asked', () => {
  test('is the region that was given, else AWS_REGION, else AWS_DEFAULT_REGION', async () => {
    process.env['AWS_DEFAULT_REGION'] = 'eu-west-1';
    expect([await homeRegion('us-west-2'), await homeRegion()]).toEqual(['us-west-2', 'eu-central-1']);
    delete process.env['AWS_REGION'];
    expect(await homeRegion()).toBe('eu-west-1');
  });

  test('is told with the account and who asks', async () => {
    expect(await account()).toEqual({
      account: '123456789012',
      region: 'eu-central-1',
      arn: CALLER,
      endpoint: peer.url,
    });
  });
});

describe('an error that was made a sentence', () => {
  test('still tells its name, and whether something was not there', async () => {
    peer.answer('DescribeStacks', noStack('Boats'));
    const error: unknown = await look().catch((thrown: unknown) => thrown);
    expect([awsErrorName(error), awsErrorMessage(error), isNotFound(error)]).toEqual([
      'ValidationError',
      'Stack with id Boats does not exist',
      true,
    ]);
    peer.answer('DescribeStacks', jsonRefusal('ValidationError', 'no', 400));
    expect(isNotFound(await look().catch((thrown: unknown) => thrown))).toBe(false);
  });
});
