/** Where the alarms go, and from there to whoever subscribes. */
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export type AlarmTopicProps = {
  /** Who gets a mail, once they have confirmed that they want it. Default: nobody. */
  readonly email: string | undefined;
  /** Whether to refuse who comes without TLS. */
  readonly tlsOnly: boolean;
};

export class AlarmTopic extends Topic {
  // Not encrypted with a key: CloudWatch cannot publish to a topic of the key alias/aws/sns, whose policy is AWS's, and a key of
  // our own costs $1 a month. What an alarm says are names and counts.
  constructor(scope: Construct, id: string, { email, tlsOnly }: AlarmTopicProps) {
    const { account, region, partition, stackName } = Stack.of(scope);
    // The mails' sender.
    super(scope, id, { enforceSSL: tlsOnly, displayName: stackName });
    // A topic with a policy has no default one, by which whatever is in the account could publish: without this no alarm would
    // reach it.
    this.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:${stackName}-*` },
        },
      }),
    );
    if (email !== undefined)
      new CfnSubscription(this, 'Email', { topicArn: this.topicArn, protocol: 'email', endpoint: email });
  }
}
