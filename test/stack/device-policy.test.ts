import { beforeAll, describe, expect, test } from '@jest/globals';
import { CASES, type Synthesized, synthesizedCombinations } from './all-templates.ts';
import { allowed, nameOf, ofType, SYNTHESIS_TIMEOUT_MS, type Template, textOf } from './templates.ts';

let all: readonly Synthesized[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
}, SYNTHESIS_TIMEOUT_MS);

// AWS IoT Core's quota for a policy document, white space left out.
const MAX_POLICY = 2048;
const LONGEST = { 'AWS::Partition': 'aws-us-gov', 'AWS::Region': 'ap-southeast-1', 'AWS::AccountId': '123456789012' };

describe.each(CASES)('$title', ({ i, settings }) => {
  const template = (): Template => all[i]?.template ?? { Resources: {}, Outputs: {} };
  const policies = () => ofType(template(), 'AWS::IoT::Policy');
  const thing = '${iot:Connection.Thing.ThingName}';
  const arn = (resource: string): string => `arn:\${AWS::Partition}:iot:\${AWS::Region}:\${AWS::AccountId}:${resource}`;
  const root = settings.topicRoot;

  test('a device may connect under its own name, send on its own topics and hear its own commands', () => {
    const rights = allowed(template()).filter(({ id }) => nameOf(id) === 'DevicesDevice');
    expect(rights.map(({ actions, resources }) => [actions, resources])).toEqual([
      [['iot:Connect'], [arn(`client/${thing}`)]],
      [['iot:Publish'], ['telemetry', 'status', 'command/ack'].map((last) => arn(`topic/${root}/${thing}/${last}`))],
      [['iot:Subscribe'], [arn(`topicfilter/${root}/${thing}/command`)]],
      [['iot:Receive'], [arn(`topic/${root}/${thing}/command`)]],
    ]);
  });

  test('one that is allowed the original demo’s topics may send on those two besides, and no more', () => {
    const rights = allowed(template()).filter(({ id }) => nameOf(id) === 'DevicesDemoTopics');
    expect(rights.map(({ actions, resources }) => [actions, resources])).toEqual([
      [['iot:Publish'], [arn(`topic/${root}/charge`), arn(`topic/${root}/discharge`)]],
    ]);
  });

  test('whose certificate is not attached to the thing it names may do nothing', () => {
    for (const [id, { Properties }] of policies()) {
      const statements = [Properties['PolicyDocument']?.['Statement']].flat();
      expect(statements.length).toBeGreaterThan(0);
      for (const statement of statements)
        expect([id, statement?.['Condition']]).toEqual([id, { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } }]);
    }
  });

  test('no policy has a wildcard, or a variable that a client makes up', () => {
    expect(policies()).toHaveLength(2);
    for (const [, { Properties }] of policies()) {
      const text = JSON.stringify(Properties['PolicyDocument']);
      expect(text).not.toMatch(/[*?]|iot:ClientId|iot:RetainPublish/);
    }
  });

  test('each is as short as AWS IoT takes it, with the longest topic root in the longest region', () => {
    for (const [, { Properties }] of policies()) {
      const document = JSON.stringify(Properties['PolicyDocument'], (_, value: unknown) =>
        typeof value === 'object' && value !== null && 'Fn::Join' in value ? textOf(value) : value,
      );
      const filled = Object.entries(LONGEST).reduce(
        (text, [name, value]) => text.replaceAll(`\${${name}}`, value),
        document.replaceAll(`/${root}/`, `/${'x'.repeat(64)}/`),
      );
      expect(filled).not.toContain('${AWS::');
      expect(filled.length).toBeLessThanOrEqual(MAX_POLICY);
    }
  });

  test('the outputs name both, and the topic root', () => {
    const names = policies().map(([, { Properties }]) => textOf(Properties['PolicyName']));
    expect(names).toEqual([`${settings.stackName}-device`, `${settings.stackName}-demo-topics`]);
    const { DevicePolicyName, DemoTopicsPolicyName, TopicRoot } = template().Outputs;
    expect([DevicePolicyName, DemoTopicsPolicyName, TopicRoot].map((one) => one?.['Value'])).toEqual([...names, root]);
  });
});
