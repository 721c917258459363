/** A topic rule that hands every message of a topic filter, as it came, to the writer; what the rule cannot hand over to SQS. */
import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IDependable } from 'constructs';
import type { FailureQueue } from './failure-queue.ts';

export type TelemetryRuleProps = {
  /** What the rule listens to, as in `battery/+/telemetry`. */
  readonly topicFilter: string;
  /** The rule's name within the stack; account-wide it gets the stack's in front. */
  readonly name: string;
  readonly writer: IFunction;
  /** How a failing writer is retried. It must stand before the first message comes. */
  readonly writerRetries: IDependable;
  /** Where a message goes that the rule could not hand to the writer. */
  readonly errors: FailureQueue;
};

// An opaque envelope: the writer parses, so that a payload that is no JSON reaches it too, with its original bytes, where
// the rules engine would only count a ParseError.
const ENVELOPE = [
  "encode(*, 'base64') AS payload",
  'topic() AS topic',
  'clientid() AS clientId',
  'principal() AS principal',
  'timestamp() AS receivedAt',
  'traceid() AS traceId',
].join(', ');

export class TelemetryRule extends Construct {
  /** Account-wide, with the stack's in front. */
  readonly ruleName: string;

  constructor(scope: Construct, id: string, props: TelemetryRuleProps) {
    super(scope, id);
    const { account, stackName } = Stack.of(this);
    // A rule's name has letters, digits and _ only.
    const ruleName = `${stackName.replaceAll('-', '_')}_${props.name}`;
    this.ruleName = ruleName;
    const ruleArn = Stack.of(this).formatArn({ service: 'iot', resource: 'rule', resourceName: ruleName });

    // Without the account, a rule of any account with this name could call the writer.
    const permission = new CfnPermission(this, 'MayCallWriter', {
      action: 'lambda:InvokeFunction',
      functionName: props.writer.functionArn,
      principal: 'iot.amazonaws.com',
      sourceAccount: account,
      sourceArn: ruleArn,
    });

    const errorRole = new Role(this, 'ErrorRole', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': ruleArn } },
      }),
      inlinePolicies: { own: new PolicyDocument({ statements: [props.errors.sendStatement()] }) },
    });

    const rule = new CfnTopicRule(this, 'Rule', {
      ruleName,
      topicRulePayload: {
        sql: `SELECT ${ENVELOPE} FROM '${props.topicFilter}'`,
        awsIotSqlVersion: '2016-03-23',
        actions: [{ lambda: { functionArn: props.writer.functionArn } }],
        errorAction: { sqs: { queueUrl: props.errors.queueUrl, roleArn: errorRole.roleArn, useBase64: false } },
        ruleDisabled: false,
      },
    });
    // A rule listens from its first second on: what it needs must be there before.
    rule.node.addDependency(permission, props.writerRetries);
  }
}
