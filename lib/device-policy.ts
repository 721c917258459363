/**
 * What a device may do at the broker: two policies, which a device's certificate gets when it is registered. They name no
 * device: whose certificate it is, and by which client id it comes, decides for each.
 */
import { Stack } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import { commandAckTopic, commandTopic, demoTopic, statusTopic, telemetryTopic } from '../lambdas/telemetry/topics.ts';

export type DevicePoliciesProps = { readonly topicRoot: string };

/** The thing that the certificate is attached to; `${iot:ClientId}` would be whatever a client says that it is. */
const THING = '${iot:Connection.Thing.ThingName}';

// Who connects by a thing's name without its certificate attached to that thing is refused, and publishes nothing either.
// "Thing policy variables" in AWS IoT's developer guide.
const ATTACHED = { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } };

export class DevicePolicies extends Construct {
  /** For every device: its own topics, and a client id that is its name. */
  readonly deviceName: string;
  /** Besides, for the device that sends the original demo's topics. */
  readonly demoTopicsName: string;

  constructor(scope: Construct, id: string, { topicRoot }: DevicePoliciesProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const arn = (resource: string, resourceName: string): string =>
      stack.formatArn({ service: 'iot', resource, resourceName });
    const topic = (name: string): string => arn('topic', name);
    const command = commandTopic(topicRoot, THING);
    const published = [telemetryTopic, statusTopic, commandAckTopic].map((named) => named(topicRoot, THING));
    const allow = (action: string, resources: readonly string[]) => ({
      Effect: 'Allow',
      Action: action,
      Resource: resources,
      Condition: ATTACHED,
    });
    const policy = (id: string, name: string, statements: readonly unknown[]): string => {
      const policyName = `${stack.stackName}-${name}`;
      const policyDocument = { Version: '2012-10-17', Statement: statements };
      new CfnPolicy(this, id, { policyName, policyDocument });
      return policyName;
    };

    this.deviceName = policy('Device', 'device', [
      allow('iot:Connect', [arn('client', THING)]),
      // Publishing without iot:RetainPublish: a retained message would be replayed to whoever listens, as if it were new.
      allow('iot:Publish', published.map(topic)),
      allow('iot:Subscribe', [arn('topicfilter', command)]),
      allow('iot:Receive', [topic(command)]),
    ]);
    this.demoTopicsName = policy('DemoTopics', 'demo-topics', [
      allow('iot:Publish', [demoTopic(topicRoot, 'charge'), demoTopic(topicRoot, 'discharge')].map(topic)),
    ]);
  }
}
