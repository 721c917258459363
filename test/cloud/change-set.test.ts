import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { changeSet } from '../../cloud/change-set.ts';
import { type Answer, type AwsPeer, askAt, awsPeer, refusal, xml } from './aws-peer.ts';

let peer: AwsPeer;
beforeAll(async () => {
  peer = await awsPeer();
});
afterAll(() => peer.close());
beforeEach(() => askAt(peer));

type Change = {
  readonly type: string;
  readonly action?: 'Modify' | 'Remove' | 'Add';
  readonly replacement?: 'True' | 'False' | 'Conditional';
  readonly policy?: string;
};

const change = ({ type, action = 'Modify', replacement = 'False', policy = '' }: Change): string =>
  `<member><Type>Resource</Type><ResourceChange><Action>${action}</Action><PolicyAction>${policy}</PolicyAction>` +
  `<LogicalResourceId>One</LogicalResourceId><PhysicalResourceId>one-1</PhysicalResourceId><ResourceType>${type}</ResourceType>` +
  `<Replacement>${replacement}</Replacement><Details><member><Target><Attribute>Properties</Attribute><Name>QueueName</Name>` +
  '<RequiresRecreation>Always</RequiresRecreation></Target></member><member><Target><Name>Tags</Name>' +
  '<RequiresRecreation>Never</RequiresRecreation></Target></member></Details></ResourceChange></member>';

const page = (status: string, changes: readonly Change[], next = ''): Answer =>
  xml(
    'DescribeChangeSet',
    `<Status>${status}</Status><Changes>${changes.map(change).join('')}</Changes>${next === '' ? '' : `<NextToken>${next}</NextToken>`}`,
  );

const look = () => changeSet({ stackName: 'Boats', changeSetName: 'amphora-deploy' });
const lost = async (one: Change) => {
  peer.answer('DescribeChangeSet', page('CREATE_COMPLETE', [one]));
  return (await look()).losses;
};

const QUEUE = 'AWS::SQS::Queue';

describe('a deploy takes away what holds data', () => {
  test('when a queue is replaced, by the properties that do it', async () => {
    expect(await lost({ type: QUEUE, replacement: 'True', policy: 'ReplaceAndRetain' })).toEqual([
      {
        logicalId: 'One',
        physicalId: 'one-1',
        what: 'a queue, with the messages in it',
        how: 'replaced',
        because: ['QueueName'],
        isKept: true,
      },
    ]);
  });

  test.each(['AWS::SQS::Queue', 'AWS::Cognito::UserPool', 'AWS::SecretsManager::Secret', 'AWS::IoT::Policy'])(
    'when a %s is removed, kept or not',
    async (type) => {
      expect(await lost({ type, action: 'Remove', policy: 'Delete' })).toMatchObject([
        { how: 'removed', isKept: false },
      ]);
      expect(await lost({ type, action: 'Remove', policy: 'Retain' })).toMatchObject([
        { how: 'removed', isKept: true },
      ]);
    },
  );

  test('when CloudFormation cannot say yet whether it replaces', async () => {
    expect(await lost({ type: QUEUE, replacement: 'Conditional' })).toMatchObject([{ how: 'perhaps replaced' }]);
  });

  test('when something goes that the stack retains, whatever it is', async () => {
    const losses = await lost({ type: 'AWS::DynamoDB::Table', action: 'Remove', policy: 'Retain' });
    expect(losses).toMatchObject([{ what: 'a resource of type AWS::DynamoDB::Table', isKept: true }]);
  });

  test('on any page of the change set', async () => {
    const changes = [{ type: QUEUE, replacement: 'True' }] as const;
    peer.answer('DescribeChangeSet', page('CREATE_COMPLETE', [], 'more'), page('CREATE_COMPLETE', changes));
    expect((await look()).losses).toHaveLength(1);
  });
});

describe('a deploy takes nothing away', () => {
  test.each([
    ['when a queue only changes', { type: QUEUE }],
    ['when a queue is added', { type: QUEUE, action: 'Add' }],
    ['when a function is replaced', { type: 'AWS::Lambda::Function', replacement: 'True' }],
    [
      'when the bucket of what is built again is',
      { type: 'AWS::S3::Bucket', replacement: 'True', policy: 'ReplaceAndDelete' },
    ],
  ] as const)('%s', async (_, one) => {
    expect(await lost(one)).toEqual([]);
  });

  test('and changes nothing when cdk has removed the change set, or CloudFormation found nothing to change', async () => {
    peer.answer('DescribeChangeSet', refusal('ChangeSetNotFound', 'ChangeSet [amphora-deploy] does not exist', 404));
    expect(await look()).toEqual({ isEmpty: true, losses: [] });
    peer.answer('DescribeChangeSet', page('FAILED', []));
    expect(await look()).toEqual({ isEmpty: true, losses: [] });
  });

  test('and is no empty one when only outputs change', async () => {
    peer.answer('DescribeChangeSet', page('CREATE_COMPLETE', []));
    expect(await look()).toEqual({ isEmpty: false, losses: [] });
  });
});
