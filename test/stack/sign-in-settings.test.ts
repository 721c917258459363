import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readSettings } from '../../lib/settings.ts';
import { EMULATOR, EMULATOR_WITH_SIGN_IN } from './combinations.ts';

const PREFIX =
  'lower-case letters, digits and -, at most 63, neither first nor last a -, and without aws, amazon and cognito';

function signInOf(context: Readonly<Record<string, unknown>>): unknown {
  const read = readSettings(context);
  return read.ok ? read.settings.signIn : read.reason;
}

describe('the settings of the sign-in', () => {
  test('are always there on AWS, and on the emulator when asked for', () => {
    expect(signInOf({})).toEqual({ machineClient: false, mfa: 'off' });
    expect(signInOf({ signIn: 'cognito' })).toEqual(signInOf({}));
    expect(signInOf(EMULATOR)).toBeUndefined();
    expect(signInOf({ ...EMULATOR, signIn: 'none' })).toBeUndefined();
    expect(signInOf(EMULATOR_WITH_SIGN_IN)).toEqual({
      machineClient: true,
      mfa: 'off',
      emulatorUrl: 'http://127.0.0.1:4566',
    });
  });

  test('are all taken as they are given, from text and from cdk.json', () => {
    const given = { signInDomainPrefix: 'anna-2', signInMfa: 'required' };
    const settings = { machineClient: true, mfa: 'required', domainPrefix: 'anna-2' };
    expect(signInOf({ ...given, machineClient: 'true' })).toEqual(settings);
    expect(signInOf({ ...given, machineClient: true })).toEqual(settings);
  });

  test.each<[context: Readonly<Record<string, unknown>>, reason: string]>([
    [{ signIn: 'none' }, "setting signIn is 'none', but only stage emulator may be open to everybody"],
    [{ signIn: 'auth0' }, "setting signIn is 'auth0', but must be cognito or none"],
    [{ machineClient: 'yes' }, "setting machineClient is 'yes', but must be true or false"],
    [{ signInMfa: 'sms' }, "setting signInMfa is 'sms', but must be off or required"],
    [{ signInDomainPrefix: 'Anna' }, `setting signInDomainPrefix is 'Anna', but must be ${PREFIX}`],
    [{ signInDomainPrefix: 'my-aws-battery' }, `setting signInDomainPrefix is 'my-aws-battery', but must be ${PREFIX}`],
    [{ signInDomainPrefix: '-anna' }, `setting signInDomainPrefix is '-anna', but must be ${PREFIX}`],
    [
      { stackName: 'Cognito-Test' },
      `setting stackName is 'Cognito-Test', of which no sign-in address can be made; set signInDomainPrefix too: ${PREFIX}`,
    ],
    [
      { stackName: 'a'.repeat(43) },
      `setting stackName is '${'a'.repeat(43)}', of which no sign-in address can be made; set signInDomainPrefix too: ${PREFIX}`,
    ],
    [{ emulatorUrl: 'http://127.0.0.1:4566' }, 'setting emulatorUrl is for stage emulator, but stage is aws'],
    [
      { ...EMULATOR, signIn: 'cognito' },
      "setting signIn=cognito on stage emulator needs emulatorUrl, the emulator's address in a browser",
    ],
    [{ ...EMULATOR, machineClient: 'true' }, 'setting machineClient is of use only together with signIn=cognito'],
    [{ ...EMULATOR, emulatorUrl: 'http://a' }, 'setting emulatorUrl is of use only together with signIn=cognito'],
    [
      { ...EMULATOR_WITH_SIGN_IN, emulatorUrl: 'http://127.0.0.1:4566/path' },
      'setting emulatorUrl must be an address such as http://127.0.0.1:4566, without a path',
    ],
    [{ 'sign-in': 'cognito' }, "there is no setting 'sign-in'; did you mean signIn?"],
  ])('%j are refused in one sentence', (context, reason) => {
    expect(signInOf(context)).toBe(reason);
  });

  test('a name of a stack that makes no address is taken with an address of its own', () => {
    expect(signInOf({ stackName: 'Aws-House', signInDomainPrefix: 'house' })).toMatchObject({ domainPrefix: 'house' });
    expect(signInOf({ stackName: 'a'.repeat(42) })).toEqual(signInOf({}));
  });

  test('whatever is given, an address taken is one that Cognito takes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{0,70}$/), (signInDomainPrefix) => {
        const read = readSettings({ signInDomainPrefix });
        const prefix = read.ok ? read.settings.signIn?.domainPrefix : undefined;
        if (prefix === undefined) return;
        expect(prefix).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
        expect(prefix).not.toMatch(/aws|amazon|cognito/);
      }),
    );
  });
});
