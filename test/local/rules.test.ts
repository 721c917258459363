import { describe, expect, test } from '@jest/globals';
import type { AsyncInvoke } from '../../local/async-invoke.ts';
import { type RuleTargets, wireRules } from '../../local/rules.ts';
import type { TemplateRule } from '../../local/template.ts';

const RULE: TemplateRule = {
  name: 'amphora_charge',
  sql: "SELECT topic() AS topic FROM 'battery/charge'",
  sqlVersion: '2016-03-23',
  functionIds: ['Writer'],
  queueIds: [],
};

const writer: AsyncInvoke = async () => true;
const fill: AsyncInvoke = async () => true;
const TARGETS: RuleTargets = {
  invokeOf: (id) => (id === 'Writer' ? writer : undefined),
  fillOf: (id) => (id === 'Buffer' ? fill : undefined),
  functionsBehind: (id) => (id === 'Buffer' ? ['Writer'] : []),
};

function refusal(rule: Partial<TemplateRule>): string {
  try {
    wireRules([{ ...RULE, ...rule }], TARGETS);
    return 'wired';
  } catch (error) {
    expect(error).toMatchObject({ code: 'setting-invalid', retry: false });
    return String(Object(error).message);
  }
}

describe('wiring of rules', () => {
  test('a rule is parsed, with its functions beside it', () => {
    expect(wireRules([RULE], TARGETS)).toEqual([
      {
        rule: { filter: 'battery/charge', columns: [{ alias: 'topic', expression: { kind: 'topic' } }] },
        targets: [{ name: 'amphora_charge Writer', invoke: writer }],
        unbuffered: [{ name: 'amphora_charge Writer', invoke: writer }],
      },
    ]);
  });

  test('a rule that fills a queue knows the functions behind it, for what is not to wait', () => {
    expect(wireRules([{ ...RULE, functionIds: [], queueIds: ['Buffer'] }], TARGETS)).toEqual([
      expect.objectContaining({
        targets: [{ name: 'amphora_charge Buffer', invoke: fill }],
        unbuffered: [{ name: 'amphora_charge Writer', invoke: writer }],
      }),
    ]);
  });

  test.each([
    [{ sql: "SELECT * FROM 'battery/charge'" }, "encode(*, 'base64')"],
    [{ sql: "SELECT topic() AS topic FROM 'battery/charge' WHERE charge > 5" }, 'WHERE'],
    [{ sqlVersion: '2015-10-08' }, 'only 2016-03-23 is supported'],
    [{ sqlVersion: '' }, 'not set, which on AWS means 2015-10-08'],
    [{ functionIds: ['Writer', 'Gone'] }, 'calls a function that is not in the template: Gone'],
    [{ queueIds: ['Gone'] }, 'fills a queue that is not in the template: Gone'],
  ])('%j is an error at the start, by the name of its rule', (rule, reason) => {
    expect(refusal(rule)).toMatch(/^topic rule amphora_charge/);
    expect(refusal(rule)).toContain(reason);
  });
});
