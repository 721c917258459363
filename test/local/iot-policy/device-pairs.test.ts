/** Our own policies, as they are synthesized, against who a device may say that it is and where it may try to go. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Action, judgeOf, type Verdict } from '../../../local/iot-policy/evaluate.ts';
import { type Policy, parsePolicy } from '../../../local/iot-policy/policy.ts';
import { IOT_ARN_PREFIX, readTemplate } from '../../../local/template.ts';
import { SYNTHESIS_TIMEOUT_MS, synthesizeAll } from '../../stack/templates.ts';

type Pair = {
  readonly clientId: string;
  /** That the certificate is attached to. */
  readonly thing: string | null;
  /** As iot:TestAuthorization names it. */
  readonly action: 'CONNECT' | 'PUBLISH' | 'SUBSCRIBE' | 'RECEIVE';
  /** Empty of a CONNECT. */
  readonly topic: string;
  /** Whether the policy of the original demo's topics is attached, too. */
  readonly demoTopics?: true;
  readonly expect: 'ALLOWED' | 'DENIED';
};

const pairs: readonly Pair[] = JSON.parse(
  readFileSync(new URL('../../golden/device-pairs.json', import.meta.url), 'utf8'),
);

const ACTIONS = {
  CONNECT: { action: 'iot:Connect', kind: 'client' },
  PUBLISH: { action: 'iot:Publish', kind: 'topic' },
  SUBSCRIBE: { action: 'iot:Subscribe', kind: 'topicfilter' },
  RECEIVE: { action: 'iot:Receive', kind: 'topic' },
} as const satisfies Readonly<Record<Pair['action'], { readonly action: Action; readonly kind: string }>>;

let policies: ReadonlyMap<string, Policy>;

beforeAll(async () => {
  const [template] = await synthesizeAll([{ context: { store: 'sqlite' } }]);
  const Resources = Object.fromEntries(
    Object.entries(template?.Resources ?? {}).filter(([, { Type }]) => Type === 'AWS::IoT::Policy'),
  );
  const source = { template: { Resources }, assets: {}, folder: '', queueUrl: (id: string) => id };
  const { devicePolicies } = readTemplate(source);
  policies = new Map(devicePolicies.map(({ name, document }) => [name, parsePolicy(name, document)]));
}, SYNTHESIS_TIMEOUT_MS);

function verdict({ clientId, thing, action, topic, demoTopics }: Pair, more?: Action): Verdict {
  const names = demoTopics === true ? ['Amphora-device', 'Amphora-demo-topics'] : ['Amphora-device'];
  const attached = names.flatMap((name) => policies.get(name) ?? []);
  expect(attached).toHaveLength(names.length);
  const judge = judgeOf(attached, {
    clientId,
    ...(thing === clientId ? { thing: { name: thing, attributes: {} } } : {}),
  });
  const { action: name, kind } = ACTIONS[action];
  const resource = `${IOT_ARN_PREFIX}${kind}/${action === 'CONNECT' ? clientId : topic}`;
  return judge({ action: more ?? name, resource, ...(action === 'CONNECT' ? { connect: { attributes: [] } } : {}) });
}

describe('the policies of the synthesized stack', () => {
  test('are tried with at least 30 hostile pairs and 10 good ones', () => {
    expect(pairs.filter((pair) => pair.expect === 'DENIED').length).toBeGreaterThanOrEqual(30);
    expect(pairs.filter((pair) => pair.expect === 'ALLOWED').length).toBeGreaterThanOrEqual(10);
  });

  test.each(pairs.map((pair) => [pair.expect, pair.action, pair.topic, pair.clientId, pair.thing, pair] as const))(
    '%s: %s %j by the client %j with the certificate of %j',
    (expected, _action, _topic, _clientId, _thing, pair) => {
      expect(verdict(pair) === 'ALLOWED' ? 'ALLOWED' : 'DENIED').toBe(expected);
    },
  );

  test('let no device leave a retained message', () => {
    const good = pairs.filter((pair) => pair.expect === 'ALLOWED' && pair.action === 'PUBLISH');
    expect(good.map((pair) => verdict(pair, 'iot:RetainPublish'))).toEqual(good.map(() => 'IMPLICIT_DENY'));
  });
});
