/** What each type of resource of the stack has to do with the bill. A type that is not here is told of as not priced. */

export type BillPart =
  /** Its price is in the sum. */
  | { readonly kind: 'priced' }
  | { readonly kind: 'free' }
  /** It costs something, or may, and is not in the sum. */
  | { readonly kind: 'left-out'; readonly why: string };

const PRICED = { kind: 'priced' } as const;
const FREE = { kind: 'free' } as const;

const AT_A_DEPLOY = {
  kind: 'left-out',
  why: 'what runs only when the stack is deployed or destroyed: fractions of a cent each time',
} as const;

export const RESOURCE_TYPES: Readonly<Record<string, BillPart>> = {
  'AWS::ApiGatewayV2::Api': PRICED,
  'AWS::CloudFront::Distribution': PRICED,
  'AWS::CloudFront::Function': PRICED,
  'AWS::CloudWatch::Alarm': PRICED,
  'AWS::CloudWatch::Dashboard': PRICED,
  'AWS::Cognito::UserPool': PRICED,
  // One of a machine; those of people are free.
  'AWS::Cognito::UserPoolClient': PRICED,
  // An interface; a gateway is free.
  'AWS::EC2::VPCEndpoint': PRICED,
  // By the calls of its target: a rule with a schedule is free itself (aws.amazon.com/eventbridge/pricing).
  'AWS::Events::Rule': PRICED,
  'AWS::IoT::TopicRule': PRICED,
  'AWS::Lambda::EventSourceMapping': PRICED,
  'AWS::Lambda::Function': PRICED,
  'AWS::Logs::LogGroup': PRICED,
  'AWS::SQS::Queue': PRICED,
  'AWS::SecretsManager::Secret': PRICED,

  'AWS::ApiGatewayV2::Authorizer': FREE,
  'AWS::ApiGatewayV2::Integration': FREE,
  'AWS::ApiGatewayV2::Route': FREE,
  'AWS::ApiGatewayV2::Stage': FREE,
  // Without actions (aws.amazon.com/aws-cost-management/aws-budgets/pricing).
  'AWS::Budgets::Budget': FREE,
  'AWS::CDK::Metadata': FREE,
  'AWS::CloudFront::OriginAccessControl': FREE,
  'AWS::CloudFront::ResponseHeadersPolicy': FREE,
  'AWS::Cognito::UserPoolDomain': FREE,
  'AWS::Cognito::UserPoolResourceServer': FREE,
  'AWS::EC2::SecurityGroup': FREE,
  'AWS::IAM::Role': FREE,
  'AWS::IoT::Policy': FREE,
  'AWS::Lambda::EventInvokeConfig': FREE,
  'AWS::Lambda::Permission': FREE,
  'AWS::S3::BucketPolicy': FREE,
  'AWS::SNS::TopicPolicy': FREE,
  'AWS::SQS::QueuePolicy': FREE,

  'AWS::Lambda::LayerVersion': AT_A_DEPLOY,
  'Custom::CDKBucketDeployment': AT_A_DEPLOY,
  'Custom::S3AutoDeleteObjects': AT_A_DEPLOY,
  'AWS::S3::Bucket': {
    kind: 'left-out',
    why: "the buckets: the page's 200 kB and what CloudFront fetches of it, below a cent; the quarantine, which nothing goes into while all is well, then $5 for a million messages",
  },
  'AWS::SNS::Topic': {
    kind: 'left-out',
    why: 'what is told when something fails: mails of alarms beyond a thousand a month, messages that are tried again, metrics of what failed',
  },
  'AWS::SNS::Subscription': FREE,
};

/** Every type that is in a template and not here. */
export function unpricedTypes(types: Iterable<string>): readonly string[] {
  return [...new Set(types)].filter((type) => !Object.hasOwn(RESOURCE_TYPES, type)).sort();
}
