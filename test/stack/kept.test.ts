import { beforeAll, describe, expect, test } from '@jest/globals';
import { CASES, type Synthesized, stackIn, synthesizedCombinations } from './all-templates.ts';
import { allowed, JOIN_VPC, nameOf, ofType, SYNTHESIS_TIMEOUT_MS, type Template, textOf } from './templates.ts';

const DAY_S = 86_400;
const BUFFER = 'BufferedMessages6D066B4A';
/** Ten days; three minutes of a batch's own, six times the writer's; and fifty hours of them before it is a dead letter. */
const BUFFERING = {
  MessageRetentionPeriod: 10 * DAY_S,
  VisibilityTimeout: 180,
  RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadMessages69EF323C', 'Arn'] }, maxReceiveCount: 1000 },
  SqsManagedSseEnabled: true,
};

let all: readonly Synthesized[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
}, SYNTHESIS_TIMEOUT_MS);

describe.each(CASES)('$title', ({ i, settings }) => {
  const template = (): Template => all[i]?.template ?? { Resources: {}, Outputs: {} };
  const isOnAws = settings.stage === 'aws';
  const isKept = isOnAws && settings.removalPolicy === 'retain';
  const isBuffered = settings.ingest === 'buffered';

  test('what could not be stored is kept for 14 days, encrypted, over TLS only, and outlives the stack unless the setting says no', () => {
    const queues = ofType(template(), 'AWS::SQS::Queue');
    expect(queues).toHaveLength(isBuffered ? 4 : 2);
    for (const [id, queue] of queues) {
      expect(queue.Properties).toEqual(
        id === BUFFER ? BUFFERING : { MessageRetentionPeriod: 14 * DAY_S, SqsManagedSseEnabled: true },
      );
      // A stack that could not be made leaves no empty queue.
      expect([queue.DeletionPolicy, queue.UpdateReplacePolicy]).toEqual(
        isKept ? ['RetainExceptOnCreate', 'Retain'] : ['Delete', 'Delete'],
      );
      expect(deniedWithoutTls(template(), 'AWS::SQS::QueuePolicy').includes(id)).toBe(isOnAws);
    }
  });

  test('what is in quarantine is private, encrypted, over TLS only, expires when the setting says, and outlives the stack unless another says no', () => {
    const [id, bucket] = ofType(template(), 'AWS::S3::Bucket').find(([one]) => one.startsWith('Quarantine')) ?? [];
    expect(bucket?.Properties['PublicAccessBlockConfiguration']).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(JSON.stringify(bucket?.Properties['BucketEncryption'])).toContain('"SSEAlgorithm":"AES256"');
    expect(bucket?.Properties['LifecycleConfiguration']).toEqual({
      Rules: [{ ExpirationInDays: settings.quarantineDays, Status: 'Enabled' }],
    });
    expect([bucket?.DeletionPolicy, bucket?.UpdateReplacePolicy]).toEqual(
      isKept ? ['RetainExceptOnCreate', 'Retain'] : ['Delete', 'Delete'],
    );
    expect(deniedWithoutTls(template(), 'AWS::S3::BucketPolicy').includes(id ?? '')).toBe(isOnAws);
  });

  test('the people outlive the stack unless the setting says no, and cannot be deleted by a slip', () => {
    for (const [, pool] of ofType(template(), 'AWS::Cognito::UserPool')) {
      expect([pool.DeletionPolicy, pool.UpdateReplacePolicy]).toEqual(
        isKept ? ['Retain', 'Retain'] : ['Delete', 'Delete'],
      );
      expect(pool.Properties['DeletionProtection']).toBe(isKept ? 'ACTIVE' : 'INACTIVE');
    }
  });

  test('nothing else outlives it', () => {
    const kept = Object.entries(template().Resources).filter(([, resource]) =>
      `${resource.DeletionPolicy} ${resource.UpdateReplacePolicy}`.includes('Retain'),
    );
    expect(kept.map(([id]) => nameOf(id)).toSorted()).toEqual(
      isKept
        ? [
            ...(isBuffered ? ['BufferedMessages', 'DeadMessages'] : []),
            'Quarantine',
            'SignInUsers',
            'UndeliveredMessages',
            'UnwrittenReadings',
          ]
        : [],
    );
  });

  test('on AWS it cannot be deleted before somebody says so twice', () => {
    expect(stackIn(all[i]?.folder ?? '').terminationProtection === true).toBe(isOnAws);
  });

  test('what holds data keeps its logical id, for with another it would be replaced by an empty one', () => {
    const stateful = ['AWS::SQS::Queue', 'AWS::S3::Bucket', 'AWS::Cognito::UserPool'].flatMap((type) =>
      ofType(template(), type).map(([id]) => id),
    );
    const users = settings.signIn === undefined ? [] : ['SignInUsers5CD4D0C2'];
    expect(stateful).toEqual([
      'UnwrittenReadingsCCD825B3',
      'UndeliveredMessages60CED835',
      ...(isBuffered ? ['DeadMessages69EF323C', BUFFER] : []),
      'Quarantine23FF09FE',
      'SiteFiles975A43CF',
      ...users,
    ]);
  });

  test('the only wildcards are the battery in a topic, what Lambda needs to join a VPC, and files and records with a hash as their name', () => {
    const wild = allowed(template()).flatMap(({ actions, resources }) =>
      actions.every((action) => JOIN_VPC.includes(action)) ? [] : resources.filter((one) => one.includes('*')),
    );
    const topic = `arn:\${AWS::Partition}:iot:\${AWS::Region}:\${AWS::AccountId}:topic/${settings.topicRoot}/*/telemetry`;
    const siteFiles = '${SiteFiles975A43CF.Arn}/*';
    const records = '${Quarantine23FF09FE.Arn}/quarantine/*';
    // Of the writer, of the redrive, and of who manages them.
    const emulated = [topic, records, records, records];
    const deployed = [
      ...emulated,
      // The emptier, of a bucket that goes with the stack.
      ...(isKept ? [] : ['${Quarantine23FF09FE.Arn}/*']),
      // CloudFront reads, the emptier deletes, the uploader writes.
      siteFiles,
      siteFiles,
      siteFiles,
      'arn:${AWS::Partition}:s3:::cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/*',
    ];
    expect(wild.toSorted()).toEqual((isOnAws ? deployed : emulated).toSorted());
    expect(JSON.stringify(ofType(template(), 'AWS::IAM::Role'))).not.toContain('ManagedPolicyArns');
  });

  test('the only actions with a wildcard are those of the function that empties the bucket', () => {
    const actions = allowed(template()).flatMap((statement) => statement.actions.filter((one) => one.includes('*')));
    const ofEmptier = ['s3:DeleteObject*', 's3:GetBucket*', 's3:List*'];
    // Of one bucket, or of two.
    const buckets = isOnAws ? (isKept ? 1 : 2) : 0;
    expect(actions.toSorted()).toEqual(
      Array.from({ length: buckets }, () => ofEmptier)
        .flat()
        .toSorted(),
    );
  });

  test('IoT calls the writer only for rules of this account, and a role is assumed only for them', () => {
    const rules = ofType(template(), 'AWS::IoT::TopicRule').map(([, { Properties }]) => textOf(Properties['RuleName']));
    const arns = rules.map((name) => `arn:\${AWS::Partition}:iot:\${AWS::Region}:\${AWS::AccountId}:rule/${name}`);
    const permissions = ofType(template(), 'AWS::Lambda::Permission')
      .map(([, { Properties }]) => Properties)
      .filter((one) => textOf(one['Principal']) === 'iot.amazonaws.com');
    expect(permissions.map((one) => textOf(one['SourceArn']))).toEqual(isBuffered ? [] : arns);
    for (const { SourceAccount } of permissions) expect(SourceAccount).toEqual({ Ref: 'AWS::AccountId' });
    const trusted = ofType(template(), 'AWS::IAM::Role')
      .map(([, { Properties }]) => JSON.stringify(Properties['AssumeRolePolicyDocument']))
      .filter((text) => text.includes('iot.amazonaws.com'));
    for (const text of trusted) {
      expect(text).toContain('"StringEquals":{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}');
      expect(text).toContain('"ArnLike":{"aws:SourceArn":');
    }
    expect(trusted).toHaveLength(isBuffered ? 2 * rules.length : rules.length);
  });

  test('every rule hands what it cannot deliver to the failure queue, in the SQL of 2016-03-23', () => {
    for (const [, { Properties }] of ofType(template(), 'AWS::IoT::TopicRule')) {
      const { ErrorAction, AwsIotSqlVersion } = Properties['TopicRulePayload'] ?? {};
      expect(AwsIotSqlVersion).toBe('2016-03-23');
      expect(ErrorAction?.['Sqs']?.['QueueUrl']).toEqual({ Ref: 'UndeliveredMessages60CED835' });
    }
  });
});

/** Logical ids that a policy of this type closes to whoever comes without TLS. */
function deniedWithoutTls(template: Template, policyType: string): readonly string[] {
  return ofType(template, policyType).flatMap(([, { Properties }]) => {
    const text = JSON.stringify(Properties['PolicyDocument']);
    const denies = text.includes('"Effect":"Deny"') && text.includes('"aws:SecureTransport":"false"');
    const targets = [Properties['Queues'] ?? Properties['Bucket'] ?? []].flat();
    return denies ? targets.map((target) => textOf(target).slice(2, -1)) : [];
  });
}
