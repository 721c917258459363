/** A topic rule that hands every message of a topic filter, as it came, to the writer or to the queue before it; what the rule cannot hand over to SQS. */
import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IDependable } from 'constructs';
import type { FailureQueue } from './failure-queue.ts';
import type { IngestBuffer } from './ingest-buffer.ts';

export type TelemetryRuleProps = {
  /** What the rule listens to, as in `battery/+/telemetry`. */
  readonly topicFilter: string;
  /** The rule's name within the stack; account-wide it gets the stack's in front. */
  readonly name: string;
  readonly to: RuleTarget;
  /** Where a message goes that the rule could not hand over. */
  readonly errors: FailureQueue;
};

export type RuleTarget =
  | {
      readonly kind: 'function';
      readonly writer: IFunction;
      /** How a failing writer is retried. It must stand before the first message comes. */
      readonly writerRetries: IDependable;
    }
  | { readonly kind: 'queue'; readonly buffer: IngestBuffer };

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

    const role = (roleId: string, statement: PolicyStatement): Role =>
      new Role(this, roleId, {
        assumedBy: new ServicePrincipal('iot.amazonaws.com', {
          conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': ruleArn } },
        }),
        inlinePolicies: { own: new PolicyDocument({ statements: [statement] }) },
      });

    const { to } = props;
    const before: IDependable[] = [];
    const action = (): CfnTopicRule.ActionProperty => {
      if (to.kind === 'queue') {
        const { roleArn } = role('SendRole', to.buffer.sendStatement());
        return { sqs: { queueUrl: to.buffer.queueUrl, roleArn, useBase64: false } };
      }
      // Without the account, a rule of any account with this name could call the writer.
      const permission = new CfnPermission(this, 'MayCallWriter', {
        action: 'lambda:InvokeFunction',
        functionName: to.writer.functionArn,
        principal: 'iot.amazonaws.com',
        sourceAccount: account,
        sourceArn: ruleArn,
      });
      before.push(permission, to.writerRetries);
      return { lambda: { functionArn: to.writer.functionArn } };
    };

    const errorRole = role('ErrorRole', props.errors.sendStatement());
    const rule = new CfnTopicRule(this, 'Rule', {
      ruleName,
      topicRulePayload: {
        sql: `SELECT ${ENVELOPE} FROM '${props.topicFilter}'`,
        awsIotSqlVersion: '2016-03-23',
        actions: [action()],
        errorAction: { sqs: { queueUrl: props.errors.queueUrl, roleArn: errorRole.roleArn, useBase64: false } },
        ruleDisabled: false,
      },
    });
    // A rule listens from its first second on: what it needs must be there before.
    rule.node.addDependency(...before);
  }
}
