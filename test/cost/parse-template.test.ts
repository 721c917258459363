import { beforeAll, describe, expect, test } from '@jest/globals';
import { leftOut } from '../../cost/left-out.ts';
import { parseTemplate, type StackInventory } from '../../cost/parse-template.ts';
import { RESOURCE_TYPES, unpricedTypes } from '../../cost/resource-types.ts';
import { CASES, type Synthesized, synthesizedCombinations } from '../stack/all-templates.ts';
import { SYNTHESIS_TIMEOUT_MS, type Template } from '../stack/templates.ts';
import { type Counted, countedStacks } from './inventories.ts';

let all: readonly Synthesized[] = [];
let stacks: readonly Counted[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
  stacks = await countedStacks();
}, SYNTHESIS_TIMEOUT_MS);

function inventoryOf(template: unknown): StackInventory {
  const parsed = parseTemplate(template);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.inventory;
}

describe('the types of a stack', () => {
  test('each has a price, is free, or is told of as left out, in every template; and each that is told of is in one', () => {
    const types = new Set(all.flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type)));
    expect(unpricedTypes(types)).toEqual([]);
    // CDK's own mark is switched off in our templates.
    const unseen = Object.keys(RESOURCE_TYPES).filter((type) => !types.has(type));
    expect(unseen).toEqual(['AWS::CDK::Metadata']);
  });

  test('one that nobody has priced is told of first', () => {
    const template: Template = {
      ...(all[0]?.template ?? { Resources: {}, Outputs: {} }),
    };
    const more = { ...template.Resources, New: { Type: 'AWS::DynamoDB::Table', Properties: {} } };
    expect(unpricedTypes(['AWS::DynamoDB::Table', 'AWS::SQS::Queue'])).toEqual(['AWS::DynamoDB::Table']);
    expect(leftOut(inventoryOf({ ...template, Resources: more }))[0]).toBe(
      'resources that nobody has priced yet: AWS::DynamoDB::Table',
    );
  });
});

describe('what is counted', () => {
  test('secrets, endpoints, machine clients, alarms, logs and the queue are as the settings say', () => {
    for (const { settings, inventory } of stacks) {
      const { database, signIn, alarms, ingest } = settings;
      const made = [database?.writeSecret, database?.readSecret].filter((arn) => arn === undefined).length;
      expect(inventory.secrets).toBe(database === undefined ? 0 : made);
      const endpoints = [database?.vpc?.creates.secretsManager, database?.vpc?.creates.sqs].filter(Boolean).length;
      expect(inventory.endpointZones).toBe(endpoints * (database?.vpc?.subnetIds.length ?? 0));
      expect(inventory.machineClients).toBe(signIn?.machineClient === true ? 1 : 0);
      expect(inventory.alarmedMetrics > 0).toBe(alarms !== undefined);
      expect(inventory.dashboards.length).toBe(alarms === undefined ? 0 : 1);
      expect(inventory.logRetentionDays).toBe(settings.logRetentionDays);
      expect(inventory.buffer).toEqual(ingest === 'direct' ? undefined : { batchMessages: 1000, windowS: 1 });
      expect(inventory.failureQueues).toBe(ingest === 'direct' ? 2 : 3);
      expect(inventory.redrivesPerMonth).toBe(2920);
      expect(inventory.actionsPerMessage).toBe(1);
      expect(inventory.edgeFunctionsPerRequest).toBe(1);
      for (const size of Object.values(inventory.functions))
        expect(size).toMatchObject({ memoryGb: 0.25, isArm: true });
      expect(inventory.functions.writer.isInVpc).toBe(database?.vpc !== undefined);
      expect(inventory.functions.ingest.isInVpc).toBe(false);
    }
  });

  test('a dashboard is of at most as many metrics as a free one may have', () => {
    const shown = stacks.flatMap(({ inventory }) => inventory.dashboards);
    expect(Math.min(...shown)).toBeGreaterThan(20);
    expect(Math.max(...shown)).toBeLessThanOrEqual(50);
  });

  test('the web ACL, the machine’s tokens and the endpoints’ bytes are told of where they are, and only there', () => {
    for (const { settings, inventory } of stacks) {
      const told = leftOut(inventory).join('\n');
      expect(/web ACL/.test(told)).toBe(settings.site.webAclArn !== undefined);
      expect(/the tokens of the machine: \$1\.64 a month/.test(told)).toBe(settings.signIn?.machineClient === true);
      expect(/\$0\.01 for each GB/.test(told)).toBe(inventory.endpointZones > 0);
    }
  });
});

describe('a template that is not understood', () => {
  const i = CASES.findIndex(({ settings }) => settings.stage === 'aws');
  const without = (type: string, changed: (properties: object) => object | undefined): unknown => ({
    Resources: Object.fromEntries(
      Object.entries(all[i]?.template.Resources ?? {}).flatMap(([id, resource]) => {
        if (resource.Type !== type) return [[id, resource]];
        const Properties = changed(resource.Properties);
        return Properties === undefined ? [] : [[id, { ...resource, Properties }]];
      }),
    ),
  });

  test.each([
    [
      'no functions',
      'AWS::Lambda::Function',
      () => undefined,
      /^no writer, ingest, livedata, read, status, session, redrive is in it$/,
    ],
    [
      'a schedule of a month',
      'AWS::Events::Rule',
      (properties: object) => ({ ...properties, ScheduleExpression: 'cron(0 0 1 * ? *)' }),
      /^the rhythm of its schedule is not understood$/,
    ],
    [
      'a schedule of another function',
      'AWS::Events::Rule',
      (properties: object) => ({ ...properties, Targets: [{ Arn: { 'Fn::GetAtt': ['Other', 'Arn'] } }] }),
      /^its schedule \w+ calls something that has no price here$/,
    ],
  ])('%s is a sentence, not a bill', (_, type, changed, reason) => {
    expect(parseTemplate(without(type, changed))).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  test.each([undefined, null, 'text', [], {}, { Resources: { A: null } }])('%j is one too', (template) => {
    expect(parseTemplate(template).ok).toBe(false);
  });

  test('a function without a named architecture is x86, without memory has 128 MB', () => {
    const plain = inventoryOf(
      without('AWS::Lambda::Function', ({ ...properties }) =>
        Object.fromEntries(Object.entries(properties).filter(([key]) => !/^(Architectures|MemorySize)$/.test(key))),
      ),
    );
    expect(plain.functions.writer).toEqual({ memoryGb: 0.125, isArm: false, isInVpc: false });
  });
});
