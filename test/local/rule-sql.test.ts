import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate, type RuleMessage } from '../../local/rule-sql/evaluate.ts';
import { parseRule, type Rule } from '../../local/rule-sql/parse.ts';

type Golden = {
  readonly messages: Record<string, Omit<RuleMessage, 'payload'> & { readonly payload: string }>;
  readonly evaluated: readonly {
    readonly title: string;
    readonly sql: string;
    readonly message: string;
    readonly filter: string;
    readonly result?: Record<string, unknown>;
    readonly resultText?: string;
  }[];
  readonly refused: readonly [sql: string, reason: string][];
};

const golden: Golden = JSON.parse(readFileSync(new URL('../golden/rule-sql.json', import.meta.url), 'utf8'));
const VERSION = { awsIotSqlVersion: '2016-03-23' };

function ruleOf(sql: string): Rule {
  const parsed = parseRule(sql, VERSION);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.rule;
}

function goldenMessage(name: string): RuleMessage {
  const message = golden.messages[name];
  if (message === undefined) throw new Error(`no message ${name}`);
  return { ...message, payload: Buffer.from(message.payload) };
}

describe('evaluate', () => {
  test.each(golden.evaluated)('$title', ({ sql, message, filter, result, resultText }) => {
    const rule = ruleOf(sql);
    const evaluated = evaluate(rule, goldenMessage(message));
    expect(rule.filter).toBe(filter);
    if (result !== undefined) expect(evaluated).toStrictEqual(result);
    if (resultText !== undefined) expect(JSON.stringify(evaluated)).toBe(resultText);
  });

  test('any payload comes back from its base64, byte by byte, and wherever it lies in its buffer', () => {
    const rule = ruleOf("SELECT encode(*, 'base64') AS payload FROM '#'");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(7), (bytes, offset) => {
        const around = new Uint8Array(bytes.length + 16);
        around.set(bytes, offset);
        const payload = around.subarray(offset, offset + bytes.length);
        const { payload: encoded } = evaluate(rule, { ...goldenMessage('mqtt'), payload });
        expect([...Buffer.from(String(encoded), 'base64')]).toEqual([...bytes]);
      }),
    );
  });
});

describe('parseRule', () => {
  test.each(golden.refused)('refuses %j by name and position', (sql, reason) => {
    expect(parseRule(sql, VERSION)).toEqual({ ok: false, reason });
  });

  test.each(['2015-10-08', 'beta', '', undefined])('refuses the version %j', (awsIotSqlVersion) => {
    const parsed = parseRule("SELECT topic() AS t FROM 'a'", { awsIotSqlVersion });
    expect(parsed).toEqual({ ok: false, reason: expect.stringContaining('only 2016-03-23 is supported') });
  });

  test('never throws, and each refusal names a position inside the text or just after it', () => {
    const words = ['SELECT', 'FROM', 'AS', 'topic', 'encode', "'base64'", "'a/#'", 'x', '1'];
    const signs = ['(', ')', '*', ',', "'", '-', ' ', '\0'];
    const piece = fc.constantFrom(...words, ...signs);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const sql = pieces.join(' ');
        const parsed = parseRule(sql, VERSION);
        if (parsed.ok) return;
        const [, position] = /position (\d+)/.exec(parsed.reason) ?? [];
        expect(Number(position)).toBeGreaterThanOrEqual(1);
        expect(Number(position)).toBeLessThanOrEqual(sql.length + 1);
      }),
    );
  });
});
