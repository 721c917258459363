import { describe, expect, test } from '@jest/globals';
import type { AsyncInvoke } from '../../local/async-invoke.ts';
import { wireRules } from '../../local/rules.ts';
import type { TemplateRule } from '../../local/template.ts';

const RULE: TemplateRule = {
  name: 'amphora_charge',
  sql: "SELECT topic() AS topic FROM 'battery/charge'",
  sqlVersion: '2016-03-23',
  functionIds: ['Writer'],
};

const writer: AsyncInvoke = async () => true;
const invokeOf = (id: string): AsyncInvoke | undefined => (id === 'Writer' ? writer : undefined);

function refusal(rule: Partial<TemplateRule>): string {
  try {
    wireRules([{ ...RULE, ...rule }], invokeOf);
    return 'wired';
  } catch (error) {
    expect(error).toMatchObject({ code: 'setting-invalid', retry: false });
    return String(Object(error).message);
  }
}

describe('wiring of rules', () => {
  test('a rule is parsed, with its functions beside it', () => {
    expect(wireRules([RULE], invokeOf)).toEqual([
      {
        rule: { filter: 'battery/charge', columns: [{ alias: 'topic', expression: { kind: 'topic' } }] },
        invokes: [writer],
      },
    ]);
  });

  test.each([
    [{ sql: "SELECT * FROM 'battery/charge'" }, "encode(*, 'base64')"],
    [{ sql: "SELECT topic() AS topic FROM 'battery/charge' WHERE charge > 5" }, 'WHERE'],
    [{ sqlVersion: '2015-10-08' }, 'only 2016-03-23 is supported'],
    [{ sqlVersion: '' }, 'not set, which on AWS means 2015-10-08'],
    [{ functionIds: ['Writer', 'Gone'] }, 'calls a function that is not in the template: Gone'],
  ])('%j is an error at the start, by the name of its rule', (rule, reason) => {
    expect(refusal(rule)).toMatch(/^topic rule amphora_charge/);
    expect(refusal(rule)).toContain(reason);
  });
});
