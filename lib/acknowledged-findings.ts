/** The findings of cdk-nag that stay, each with its reason; test/stack/checks.test.ts fails on any other, and on one that is no more. */
import { CfnResource, type Stack, Validations } from 'aws-cdk-lib';

export type AcknowledgedFinding = {
  /** As cdk-nag writes it, with what is found in brackets where it tells. */
  readonly id: string;
  /** Whether it stays on a resource: its path within the stack, without the `/Resource` that CDK adds. */
  readonly isAt: (path: string) => boolean;
  readonly reason: string;
};

const UPLOADER = 'Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C';
const FAILURE_QUEUES = ['UnwrittenReadings', 'UndeliveredMessages', 'DeadMessages'];
const FUNCTIONS = [
  'Writer',
  'Ingest',
  'DirectWrite',
  'Livedata',
  'Read',
  'Audit',
  'Health',
  'Session',
  'QuarantineApi',
  'Redrive',
  'Status',
  'Fallback',
];

const EVERYWHERE: readonly AcknowledgedFinding[] = [
  {
    id: 'AwsSolutions-APIG4',
    isAt: among('Http/GET --health', 'Http/GET --swagger.json', 'Http/Fallback'),
    reason: 'Public on purpose: they tell no reading and reach no other service.',
  },
  {
    id: 'AwsSolutions-APIG4',
    isAt: among('Http/POST --session', 'Http/POST --session--refresh', 'Http/DELETE --session'),
    reason:
      'They are the sign-in itself; the function checks Origin, and what it takes is a code or a cookie of Cognito.',
  },
  {
    id: 'AwsSolutions-SQS3',
    isAt: among(...FAILURE_QUEUES),
    reason: 'It is the last resort itself: nothing takes messages from it but a person or the redrive.',
  },
  {
    id: 'Serverless-SQSRedrivePolicy',
    isAt: among(...FAILURE_QUEUES),
    reason: 'It is the last resort itself: nothing takes messages from it but a person or the redrive.',
  },
  {
    id: 'Serverless-SNSRedrivePolicy',
    isAt: among('AlarmTopic/Email'),
    reason: 'A mail that does not arrive is no reading: the alarm itself stays in CloudWatch until it is over.',
  },
  {
    id: 'Serverless-LambdaEventSourceMappingDestination',
    isAt: among('BufferedMessages/Feed'),
    reason: "Of a queue Lambda takes none: where a message goes in the end is the queue's own setting, DeadMessages.",
  },
  {
    id: 'Serverless-LambdaDLQ',
    isAt: among('Writer'),
    reason: 'It has an on-failure destination, which keeps more than a dead-letter queue: the error beside the event.',
  },
  {
    id: 'Serverless-LambdaDLQ',
    isAt: among(...FUNCTIONS.filter((name) => name !== 'Writer' && name !== 'Redrive'), UPLOADER),
    reason: 'Its callers wait for its answer (API Gateway, CloudFormation): they are told, and no event is queued.',
  },
  ...[
    { id: 'Serverless-LambdaDLQ', path: 'Redrive' },
    { id: 'Serverless-LambdaAsyncFailureDestination', path: 'RedriveSchedule/NoRetries' },
    { id: 'Serverless-EventBusDLQ', path: 'RedriveSchedule/Rule' },
  ].map(({ id, path }) => ({
    id,
    isAt: among(path),
    reason:
      'The event of a schedule says nothing but that it is time: what waits stays in its queues, and the next run finds it.',
  })),
  {
    id: 'Serverless-LambdaTracing',
    isAt: among(...FUNCTIONS, UPLOADER),
    reason: 'A trace of every reading costs more than the reading; the logs tell request id, duration and outcome.',
  },
  ...['AwsSolutions-L1', 'Serverless-LambdaLatestVersion'].map((id) => ({
    id,
    isAt: among(UPLOADER),
    reason: "CDK's own function, whose runtime comes with each version of CDK.",
  })),
  {
    id: 'AwsSolutions-S1',
    isAt: among('Site/Files'),
    reason:
      'Everything in it is public, and only CloudFront may read it; access logs would cost a bucket that grows for ever.',
  },
  {
    id: 'AwsSolutions-S1',
    isAt: among('Quarantine'),
    reason:
      "Only the writer, the redrive and the functions behind GET /quarantine and GET /status, which sees names alone, reach it; the API's access log tells who asked those.",
  },
  {
    id: 'AwsSolutions-CFR1',
    isAt: among('Edge/Distribution'),
    reason: 'Where its owner may be on a journey is not for the stack to say.',
  },
  {
    id: 'AwsSolutions-CFR2',
    isAt: among('Edge/Distribution'),
    reason: 'A web ACL costs more by the month than all the rest; setting webAclArn takes one.',
  },
  {
    id: 'AwsSolutions-CFR3',
    isAt: among('Edge/Distribution'),
    reason:
      "The API's access log has every question, and by whom where somebody signed in; of the others it knows only CloudFront's address. The page itself is public, and a log of its visitors is personal data.",
  },
  {
    id: 'AwsSolutions-CFR4',
    isAt: among('Edge/Distribution'),
    reason: "At CloudFront's own name it takes TLS 1.0 too, whatever is set; with setting domain it is TLS 1.2.",
  },
  {
    id: 'AwsSolutions-COG2',
    isAt: among('SignIn/Users'),
    reason:
      'Setting signInMfa=required asks for it: with it, a household without an authenticator app could not sign in at all.',
  },
  {
    id: 'AwsSolutions-COG8',
    isAt: among('SignIn/Users'),
    reason:
      'The plus plan costs nearly four times as much a user; with no sign-up and few people there is little for it to watch.',
  },
  {
    id: 'AwsSolutions-SMG4',
    isAt: (path) => /^Database\/(Write|Read)Secret$/.test(path),
    reason:
      "InfluxDB's tokens cannot be rotated by Secrets Manager; docs/operations.md says how to change one by hand.",
  },
  ...['AwsSolutions-IAM5[Resource::*]', 'Serverless-LambdaStarPermissions'].map((id) => ({
    id,
    isAt: (path: string) => /^(Writer|DirectWrite|Livedata|Read|Audit|QuarantineApi|Redrive|Status)Role$/.test(path),
    reason:
      'Network interfaces of a VPC: these actions take no narrower resource, and a function itself is denied them.',
  })),
];

/** With those that name the topic root: a right on what has a name only once it is there has a wildcard for it. */
export function acknowledgedFindings(topicRoot: string): readonly AcknowledgedFinding[] {
  const wildcard = (resource: string): string => `AwsSolutions-IAM5[Resource::${resource}]`;
  return [
    ...EVERYWHERE,
    {
      id: wildcard(`arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:topic/${topicRoot}/*/telemetry`),
      isAt: among('IngestRole'),
      reason: "The wildcard is the battery's id: readings of every battery come over HTTP.",
    },
    {
      id: wildcard('arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*'),
      isAt: among('SiteFiles/Role'),
      reason: "Files of CDK's own bucket have a hash as their name, another one with each deploy.",
    },
    {
      id: wildcard('<SiteFiles975A43CF.Arn>/*'),
      isAt: among('SiteFiles/Role'),
      reason: "The site's own bucket, whose files have a hash in their names.",
    },
    {
      id: wildcard('<Quarantine23FF09FE.Arn>/quarantine/*'),
      isAt: among('WriterRole', 'QuarantineApiRole', 'RedriveRole'),
      reason: 'Records of the quarantine, which have the day and a hash as their names.',
    },
  ];
}

/** So that whoever runs cdk-nag over the app sees only what is new. */
export function acknowledgeFindings(stack: Stack, topicRoot: string): void {
  const findings = acknowledgedFindings(topicRoot);
  for (const construct of stack.node.findAll()) {
    if (!CfnResource.isCfnResource(construct)) continue;
    const path = construct.node.path.slice(stack.node.path.length + 1).replace(/\/Resource$/, '');
    for (const { id, isAt, reason } of findings) if (isAt(path)) Validations.of(construct).acknowledge({ id, reason });
  }
}

function among(...paths: readonly string[]): (path: string) => boolean {
  return (path) => paths.includes(path);
}
