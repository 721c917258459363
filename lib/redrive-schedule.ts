/** When the redrive function looks after the failure queues by itself. */
import { Duration } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnEventInvokeConfig, CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

// An outage is over for a quarter of an hour at most before what waited is on its way.
const EVERY = Duration.minutes(15);

export class RedriveSchedule extends Construct {
  constructor(scope: Construct, id: string, redrive: IFunction) {
    super(scope, id);
    // The next run is the retry. One that has waited so long (for an account's concurrency, for whatever) is not run beside it:
    // Lambda keeps events for six hours and EventBridge for a day, and all of them would begin at once.
    const maximumEventAgeInSeconds = EVERY.toSeconds();
    new CfnEventInvokeConfig(this, 'NoRetries', {
      functionName: redrive.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds,
    });
    const rule = new CfnRule(this, 'Rule', {
      description: 'What waits in the failure queues, to the store',
      scheduleExpression: `rate(${EVERY.toMinutes()} minutes)`,
      targets: [{ id: 'redrive', arn: redrive.functionArn, retryPolicy: { maximumEventAgeInSeconds } }],
    });
    new CfnPermission(this, 'MayCall', {
      action: 'lambda:InvokeFunction',
      functionName: redrive.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
    });
  }
}
