import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../lib/settings.ts';
import { ALARMS, BUDGET, EMULATOR, SITE } from './combinations.ts';

type Given = Readonly<Record<string, unknown>>;

function readOf(context: Given, what: 'site' | 'budget' | 'alarms' | 'removalPolicy'): unknown {
  const read = readSettings(context);
  return read.ok ? read.settings[what] : read.reason;
}

const { domain, certificateArn, webAclArn } = SITE;
const CERTIFICATE = 'the ARN of a certificate in us-east-1, such as arn:aws:acm:us-east-1:123456789012:certificate/…';
const WEB_ACL =
  'the ARN of a global web ACL (scope CLOUDFRONT), such as arn:aws:wafv2:us-east-1:123456789012:global/webacl/NAME/ID';

describe('the settings of the page’s address', () => {
  test('are none by default, and all taken as they are given', () => {
    expect(readOf({}, 'site')).toEqual({});
    expect(readOf(SITE, 'site')).toEqual({ domain: { name: domain, certificateArn }, webAclArn });
    expect(readOf({ webAclArn }, 'site')).toEqual({ webAclArn });
  });

  const elsewhere = certificateArn.replace('us-east-1', 'eu-central-1');
  const regional = webAclArn.replace('us-east-1', 'eu-central-1').replace('global', 'regional');
  test.each<[context: Given, reason: string]>([
    [
      { domain },
      "setting domain needs certificateArn, a certificate for it in us-east-1, where CloudFront's have to be",
    ],
    [{ certificateArn }, 'setting certificateArn is of use only together with domain, the name that it is for'],
    [
      { domain: 'https://battery.example.org', certificateArn },
      "setting domain is 'https://battery.example.org', but must be a name such as battery.example.org, in lower case",
    ],
    [
      { domain: 'localhost', certificateArn },
      "setting domain is 'localhost', but must be a name such as battery.example.org, in lower case",
    ],
    [{ domain, certificateArn: elsewhere }, `setting certificateArn is '${elsewhere}', but must be ${CERTIFICATE}`],
    [{ webAclArn: regional }, `setting webAclArn is '${regional}', but must be ${WEB_ACL}`],
    [{ ...EMULATOR, webAclArn }, 'setting webAclArn is for AWS, but stage is emulator, which has no CloudFront'],
    [{ Domain: domain, certificateArn }, "there is no setting 'Domain'; did you mean domain?"],
  ])('%j are refused in one sentence', (context, reason) => {
    expect(readOf(context, 'site')).toBe(reason);
  });
});

describe('the settings of the bill’s alarm', () => {
  test('are none by default, and taken as they are given, from text and from cdk.json', () => {
    expect(readOf({}, 'budget')).toBeUndefined();
    expect(readOf(BUDGET, 'budget')).toEqual({ monthlyUsd: 20, email: 'anna@example.org' });
    expect(readOf({ ...BUDGET, monthlyBudgetUsd: '12.50' }, 'budget')).toMatchObject({ monthlyUsd: 12.5 });
  });

  const dollars = 'US dollars from 1 to 1000000, such as 20 or 12.50';
  test.each<[context: Given, reason: string]>([
    [{ monthlyBudgetUsd: 20 }, 'setting monthlyBudgetUsd is of use only together with alarmEmail'],
    [{ ...BUDGET, monthlyBudgetUsd: 0 }, `setting monthlyBudgetUsd is '0', but must be ${dollars}`],
    [{ ...BUDGET, monthlyBudgetUsd: '20 EUR' }, `setting monthlyBudgetUsd is '20 EUR', but must be ${dollars}`],
    [
      { ...BUDGET, alarmEmail: 'anna' },
      "setting alarmEmail is 'anna', but must be one mail address, such as you@example.org",
    ],
    [
      { ...EMULATOR, monthlyBudgetUsd: 20 },
      'setting monthlyBudgetUsd is for AWS, but stage is emulator, which sends no bill',
    ],
  ])('%j are refused in one sentence', (context, reason) => {
    expect(readOf(context, 'budget')).toBe(reason);
  });
});

describe('the settings of the alarms', () => {
  test('are alarms that mail nobody by default, in an emulator too; and as they are given, from text and from cdk.json', () => {
    for (const context of [{}, EMULATOR, { alarms: true }, { alarms: 'true' }])
      expect(readOf(context, 'alarms')).toEqual({});
    expect(readOf(ALARMS.mailed, 'alarms')).toEqual({ email: 'anna@example.org' });
    expect(readOf(BUDGET, 'alarms')).toEqual({ email: 'anna@example.org' });
    for (const context of [ALARMS.none, { alarms: false }, { ...BUDGET, alarms: false }])
      expect(readOf(context, 'alarms')).toBeUndefined();
    expect(readOf({ ...BUDGET, alarms: false }, 'budget')).toMatchObject({ email: 'anna@example.org' });
  });

  test.each<[context: Given, reason: string]>([
    [{ alarms: 'yes' }, "setting alarms is 'yes', but must be true or false"],
    [{ alarmEmail: 'anna' }, "setting alarmEmail is 'anna', but must be one mail address, such as you@example.org"],
    [
      { ...ALARMS.mailed, ...ALARMS.none },
      'setting alarmEmail is of use only together with monthlyBudgetUsd, or with alarms=true',
    ],
    [{ ...EMULATOR, ...ALARMS.mailed }, 'setting alarmEmail is for AWS, but stage is emulator, which sends no mail'],
  ])('%j are refused in one sentence', (context, reason) => {
    expect(readOf(context, 'alarms')).toBe(reason);
  });
});

describe('what becomes of the data when the stack goes', () => {
  test('is that it stays, unless the setting says otherwise', () => {
    expect(readOf({}, 'removalPolicy')).toBe('retain');
    expect(readOf({ removalPolicy: 'destroy' }, 'removalPolicy')).toBe('destroy');
    expect(readOf({ removalPolicy: 'snapshot' }, 'removalPolicy')).toBe(
      "setting removalPolicy is 'snapshot', but must be retain or destroy",
    );
  });
});
