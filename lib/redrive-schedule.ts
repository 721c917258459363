/** When the redrive function looks after the failure queues by itself. */
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnEventInvokeConfig, CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

// An outage is over for a quarter of an hour at most before what waited is on its way.
const EVERY = 'rate(15 minutes)';

export class RedriveSchedule extends Construct {
  constructor(scope: Construct, id: string, redrive: IFunction) {
    super(scope, id);
    // The next run is the retry.
    new CfnEventInvokeConfig(this, 'NoRetries', {
      functionName: redrive.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 0,
    });
    const rule = new CfnRule(this, 'Rule', {
      description: 'What waits in the failure queues, to the store',
      scheduleExpression: EVERY,
      targets: [{ id: 'redrive', arn: redrive.functionArn }],
    });
    new CfnPermission(this, 'MayCall', {
      action: 'lambda:InvokeFunction',
      functionName: redrive.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
    });
  }
}
