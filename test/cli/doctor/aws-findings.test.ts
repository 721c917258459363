/** `./amphora doctor --stack`, with AWS and the deployed web at their wires. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Finding } from '../../../local/finding.ts';
import { CALLER, jsonRefusal, NOTHING_OF_THIS_MACHINE, noStack, refusal } from '../../cloud/aws-peer.ts';
import { folderOfTest } from '../folder-of-test.ts';
import { runCli } from '../run-cli.ts';
import { type Boats, boats, json, RULE, rule, secret } from './aws-fixture.ts';

jest.setTimeout(30_000);

let stack: Boats;
beforeEach(async () => {
  stack = await boats();
});
afterEach(() => stack.close());

describe('doctor, of a stack on AWS', () => {
  test('finds everything well that is; that an emulator has no device is no matter', async () => {
    const findings = await stack.look();
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(findings).toContainEqual({ subject: 'devices', level: 'ok', sentence: 'no device is registered' });
    expect([...new Set(findings.map(({ subject }) => subject))]).toEqual([
      'credentials',
      'stack',
      'outputs',
      'MQTT',
      'devices',
      'rules',
      'queues',
      'quarantine',
      'database',
      'functions',
      'clock',
      'API',
      'sign-in',
      'page',
    ]);
    expect(findings[0]?.sentence).toBe(`AWS takes them: ${CALLER} of account 123456789012`);
    expect(stack.peer.deeds().filter((deed) => deed !== 'ReceiveMessage')).toEqual([]);
  });

  test('stops at credentials that AWS refuses', async () => {
    stack.peer.answer('GetCallerIdentity', refusal('ExpiredToken', 'expired', 403));
    expect(await stack.look()).toEqual([
      {
        subject: 'credentials',
        level: 'unknown',
        sentence: expect.stringContaining('the credentials have expired; sign in'),
      },
    ]);
  });

  test('stops where there is no such stack', async () => {
    stack.peer.answer('DescribeStacks', noStack('Boats'));
    expect((await stack.look())[1]).toMatchObject({
      level: 'unknown',
      sentence: expect.stringContaining('--region looks in another'),
    });
  });

  test('looks on where one thing may not be looked at', async () => {
    stack.peer.answer('GET /2016-08-19/account-settings', jsonRefusal('AccessDeniedException', 'not authorized', 403));
    const findings = await stack.look();
    expect(findings.find(({ subject }) => subject === 'functions')).toMatchObject({
      level: 'unknown',
      sentence: expect.stringContaining('these credentials may not do that'),
    });
    expect(findings.at(-1)).toMatchObject({ subject: 'page', level: 'ok' });
  });

  const withoutPolicy = (): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(stack.outputs).filter(([name]) => name !== 'DevicePolicyName'));

  const PROBLEMS: readonly (readonly [string, string, () => void, RegExp, RegExp])[] = [
    [
      'a half-made stack',
      'stack',
      () => stack.is({ status: 'UPDATE_ROLLBACK_FAILED' }),
      /not whole \(UPDATE_ROLLBACK_FAILED\)/,
      /npm run deploy/,
    ],
    [
      'an older Amphora',
      'outputs',
      () => stack.is({ outputs: withoutPolicy() }),
      /no DevicePolicyName/,
      /npm run deploy/,
    ],
    [
      'a rule that is switched off',
      'rules',
      () => stack.peer.answer(`GET /rules/${RULE}`, rule({ ruleDisabled: true })),
      /switched off/,
      /aws iot enable-topic-rule .*--rule-name physical-ChargeRule/,
    ],
    [
      'a rule on another root',
      'rules',
      () => stack.peer.answer(`GET /rules/${RULE}`, rule({ sql: "SELECT * FROM 'battery/charge'" })),
      /hears 'battery\/charge', which is not below boats\//,
      /drift/,
    ],
    [
      'a rule without an error action',
      'rules',
      () => stack.peer.answer(`GET /rules/${RULE}`, rule({ errorAction: undefined })),
      /no error action/,
      /drift/,
    ],
    [
      'a rule that is gone',
      'rules',
      () => stack.peer.answer(`GET /rules/${RULE}`, jsonRefusal('UnauthorizedException', 'denied', 401)),
      /is not there/,
      /drift/,
    ],
    ['no database', 'database', () => stack.functionsHave({}), /no database is set/, /-c influxUrl=/],
    [
      'an empty secret',
      'database',
      () => stack.peer.answer('DescribeSecret', secret(false), secret(true)),
      /secret of the database's write token is empty/,
      /put-secret-value .*--secret-id arn:secret/,
    ],
    [
      'an API that does not answer',
      'API',
      () => (stack.web['/health'] = { status: 503 }),
      /\/health does not answer as Amphora \(status 503\)/,
      /CloudWatch/,
    ],
    [
      'an API that lets everybody in',
      'sign-in',
      () => (stack.web['/livedata'] = { status: 200 }),
      /answers 200 without a token, not 401/,
      /drift/,
    ],
    [
      'a page that is not there',
      'page',
      () => (stack.web['/'] = { status: 403 }),
      /does not show the page \(status 403\)/,
      /CloudFront/,
    ],
    [
      'a page without its headers',
      'page',
      () => (stack.web['/'] = { status: 200, headers: {} }),
      /without content-security-policy, strict-transport/,
      /CloudFront/,
    ],
    [
      'a page of another root',
      'page',
      () => (stack.web['/config.json'] = { status: 200, body: '{"topicRoot":"x"}' }),
      /names the topic root x, but it is boats/,
      /npm run deploy/,
    ],
  ];

  test.each(PROBLEMS)('calls %s a problem, with what to type', async (_, subject, makeWrong, sentence, next) => {
    makeWrong();
    expect(await stack.wrong(subject)).toEqual({
      subject,
      level: 'problem',
      sentence: expect.stringMatching(sentence),
      next: expect.stringMatching(next),
    });
  });

  test('names the stack whose rule hears the same root', async () => {
    const ruleArn = 'arn:aws:iot:eu-central-1:123456789012:rule/Old_charge';
    stack.peer.answer(
      'GET /rules',
      json({ rules: [{ ruleName: 'Old_charge', ruleArn, topicPattern: 'boats/charge' }] }),
    );
    stack.peer.answer('GET /tags', json({ tags: [] }));
    expect((await stack.wrong('rules'))?.sentence).toBe(
      "the rule Old_charge of Old hears 'boats/charge' too: every message is taken twice",
    );
  });
});

describe('./amphora doctor --stack', () => {
  const folder = folderOfTest();
  const doctor = (...words: readonly string[]) =>
    runCli(folder.path, ['doctor', ...words], { ...NOTHING_OF_THIS_MACHINE, ...stack.peer.env });

  test('says nothing of a runtime of this machine, and ends with 1 when there is a problem', async () => {
    stack.web['/health'] = { status: 503 };
    const { code, out } = await doctor('--stack', 'Boats', '--json');
    expect(code).toBe(1);
    const { findings } = JSON.parse(out);
    expect(findings.map(({ subject }: Finding) => subject)).not.toContain('runtime');
    expect(findings).toContainEqual(expect.objectContaining({ subject: 'API', level: 'problem' }));
  });

  test('ends with 2 where it could not look', async () => {
    stack.peer.answer('DescribeStacks', noStack('Boats'));
    const { code, out } = await doctor('--stack', 'Boats');
    expect({ code, out }).toEqual({
      code: 2,
      out: expect.stringMatching(/^unknown +stack +not looked at: there is no stack Boats/m),
    });
  });

  test.each([
    [['--region', 'eu-west-1'], /--region is for a stack on AWS; give --stack NAME/],
    [['--battery', 'garage'], /--battery is for a stack on AWS/],
    [['--stack', 'Boats', '--data', 'x'], /name two different Amphoras/],
    [['--stack', 'Boats', '--battery', 'Garage'], /did you mean 'garage'\?/],
  ])('%j is refused in one sentence', async (words, sentence) => {
    const { code, out, err } = await doctor(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
  });
});
