import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { filterOfSql, topicRootOwners } from '../../cloud/topic-root-owners.ts';
import { type Answer, type AwsPeer, askAt, awsPeer, jsonRefusal } from './aws-peer.ts';

let peer: AwsPeer;
beforeAll(async () => {
  peer = await awsPeer();
});
afterAll(() => peer.close());
beforeEach(() => {
  askAt(peer);
  peer.answer('GET /tags', json({ tags: [] }));
});

const json = (body: Readonly<Record<string, unknown>>): Answer => ({ status: 200, body });
const rule = (ruleName: string, topicPattern?: string, ruleDisabled = false) => ({
  ruleName,
  ruleArn: `arn:aws:iot:eu-central-1:123456789012:rule/${ruleName}`,
  ruleDisabled,
  ...(topicPattern === undefined ? {} : { topicPattern }),
});
const owners = () => topicRootOwners({ topicRoot: 'battery', stackName: 'Amphora' });

describe('who else hears a topic root', () => {
  test('is found on every page of the account’s rules', async () => {
    const first = json({ rules: [rule('Amphora_charge', 'battery/charge')], nextToken: 'more' });
    peer.answer('GET /rules', first, json({ rules: [rule('Boats_telemetry', 'battery/+/telemetry')] }));
    expect(await owners()).toEqual([
      { ruleName: 'Boats_telemetry', topicFilter: 'battery/+/telemetry', isDisabled: false, stackName: 'Boats' },
    ]);
  });

  test('is not this stack itself, and not who hears another root or everything', async () => {
    const others = [
      rule('x', 'boats/charge'),
      rule('archive', '#'),
      rule('all', '+/charge'),
      rule('b', 'battery2/charge'),
    ];
    peer.answer('GET /rules', json({ rules: [rule('Amphora_discharge', 'battery/discharge'), ...others] }));
    expect(await owners()).toEqual([]);
  });

  test('is a stack whose name only begins as this one’s', async () => {
    peer.answer('GET /rules', json({ rules: [rule('Amphora_2_charge', 'battery/charge')] }));
    expect(await owners()).toMatchObject([{ stackName: 'Amphora-2' }]);
  });

  test('is told by the tag of CloudFormation before the name', async () => {
    peer.answer('GET /rules', json({ rules: [rule('renamed', 'battery/#')] }));
    peer.answer('GET /tags', json({ tags: [{ Key: 'aws:cloudformation:stack-name', Value: 'Boats' }] }));
    expect(await owners()).toMatchObject([{ ruleName: 'renamed', stackName: 'Boats' }]);
  });

  test('is told without a stack where neither tag nor name leads to one', async () => {
    peer.answer('GET /tags', jsonRefusal('AccessDeniedException', 'no', 403));
    peer.answer('GET /rules', json({ rules: [rule('my_logger', 'battery/charge', true)] }));
    expect(await owners()).toEqual([{ ruleName: 'my_logger', topicFilter: 'battery/charge', isDisabled: true }]);
  });

  test('is known by the rule’s SQL where the list has no filter', async () => {
    peer.answer('GET /rules', json({ rules: [rule('mine')] }));
    peer.answer(
      'GET /rules/mine',
      json({ rule: { ruleName: 'mine', sql: "SELECT * FROM 'battery/charge' WHERE x > 1" } }),
    );
    expect(await owners()).toMatchObject([{ ruleName: 'mine', topicFilter: 'battery/charge' }]);
  });

  test('that may not be asked is a sentence', async () => {
    peer.answer('GET /rules', jsonRefusal('AccessDeniedException', 'not authorized', 403));
    await expect(owners()).rejects.toThrow(/could not list the account's topic rules: these credentials may not/);
  });
});

test.each([
  ["SELECT topic() AS topic FROM 'battery/+/telemetry'", 'battery/+/telemetry'],
  ["select * from 'a b/#' where x = 'y'", 'a b/#'],
  ['SELECT 1', ''],
])('the filter of %s is %s', (sql, filter) => {
  expect(filterOfSql(sql)).toBe(filter);
});
