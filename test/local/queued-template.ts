/** Small templates with queues: of direct mode, of buffered mode, and with a redrive. */
import { type LocalTemplate, readTemplate } from '../../local/template.ts';
import { assets, RESOURCES } from './template-resources.ts';

const TOPIC_RULE = RESOURCES.Rule.Properties.TopicRulePayload;

export const templateOf = (resources: object): LocalTemplate =>
  readTemplate({
    template: { Resources: resources },
    assets,
    folder: '/out',
    queueUrl: (id) => `http://127.0.0.1:1/0/${id}`,
  });

/** A function that is told of the failure queue, each quarter of an hour. */
const REDRIVE = {
  Sweep: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      ...RESOURCES.Bare.Properties,
      Environment: { Variables: { UNWRITTEN_READINGS_URL: { Ref: 'Failures' } } },
    },
  },
  Schedule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      ScheduleExpression: 'rate(15 minutes)',
      Targets: [{ Id: 't', Arn: { 'Fn::GetAtt': ['Sweep', 'Arn'] } }],
    },
  },
};

export const DIRECT = templateOf({ ...RESOURCES, ...REDRIVE });

export const BUFFERED = templateOf({
  ...RESOURCES,
  ...REDRIVE,
  Rule: {
    ...RESOURCES.Rule,
    Properties: {
      ...RESOURCES.Rule.Properties,
      TopicRulePayload: { ...TOPIC_RULE, Actions: [{ Sqs: { QueueUrl: { Ref: 'Buffer' } } }] },
    },
  },
  Buffer: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      VisibilityTimeout: 180,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
    },
  },
  Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
  Feed: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Buffer', 'Arn'] },
      FunctionName: { 'Fn::GetAtt': ['Writer', 'Arn'] },
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
});
