/** How people and scripts sign in, as settings of the stack. */
import { type ContextReader, TRUE_OR_FALSE, trueOrFalse } from './context-reader.ts';

export const SIGN_IN_KINDS = ['cognito', 'none'] as const;
export type SignInKind = (typeof SIGN_IN_KINDS)[number];

export const MFA_KINDS = ['off', 'required'] as const;
export type Mfa = (typeof MFA_KINDS)[number];

export type SignInSettings = {
  /** Start of the sign-in page's address. Default: made of the stack's name and the account's number. */
  readonly domainPrefix?: string;
  /** Whether scripts get a client of their own, with a secret. Default no: AWS bills each such client by the month. */
  readonly machineClient: boolean;
  /**
   * A code of an authenticator app besides the password. Cognito's sign-in page has no choice between the two: where a code is
   * not required, it lets nobody set one up. Default `off`.
   */
  readonly mfa: Mfa;
  /** Where a browser finds the emulator, which serves page and sign-in; on stage emulator only. */
  readonly emulatorUrl?: string;
};

export const SIGN_IN_KEYS = ['signIn', 'signInDomainPrefix', 'signInMfa', 'machineClient', 'emulatorUrl'] as const;

type Setting = { readonly stage: string; readonly stackName: string };

/** Undefined when nobody signs in, and when there is a problem. */
export function readSignIn(reader: ContextReader, { stage, stackName }: Setting): SignInSettings | undefined {
  const isEmulator = stage === 'emulator';
  const kind = reader.read<SignInKind>(
    'signIn',
    isEmulator ? 'none' : 'cognito',
    (text) => SIGN_IN_KINDS.find((one) => one === text),
    SIGN_IN_KINDS.join(' or '),
  );
  if (kind === 'none') {
    if (!isEmulator)
      return problem(reader, "setting signIn is 'none', but only stage emulator may be open to everybody");
    const [without] = SIGN_IN_KEYS.filter((key) => key !== 'signIn' && reader.isGiven(key));
    return without === undefined
      ? undefined
      : problem(reader, `setting ${without} is of use only together with signIn=cognito`);
  }
  if (isEmulator && !reader.isGiven('emulatorUrl'))
    return problem(
      reader,
      "setting signIn=cognito on stage emulator needs emulatorUrl, the emulator's address in a browser",
    );
  if (!isEmulator && reader.isGiven('emulatorUrl'))
    return problem(reader, `setting emulatorUrl is for stage emulator, but stage is ${stage}`);

  const emulatorUrl = reader.read(
    'emulatorUrl',
    '',
    origin,
    'an address such as http://127.0.0.1:4566, without a path',
  );
  const domainPrefix = reader.read('signInDomainPrefix', '', signInDomainPrefix, PREFIX_WANTED);
  if (
    !reader.isGiven('signInDomainPrefix') &&
    signInDomainPrefix(defaultPrefix(stackName, '123456789012')) === undefined
  )
    return problem(
      reader,
      `setting stackName is '${stackName}', of which no sign-in address can be made; set signInDomainPrefix too: ${PREFIX_WANTED}`,
    );
  return {
    machineClient: reader.read('machineClient', false, trueOrFalse, TRUE_OR_FALSE),
    mfa: reader.read<Mfa>('signInMfa', 'off', (text) => MFA_KINDS.find((one) => one === text), MFA_KINDS.join(' or ')),
    ...(domainPrefix === '' ? {} : { domainPrefix }),
    ...(emulatorUrl === '' ? {} : { emulatorUrl }),
  };
}

/** Of the region's addresses, which all accounts share: the account's number makes it one of a kind. */
export const defaultPrefix = (stackName: string, account: string): string =>
  `amphora-${stackName.toLowerCase()}-${account}`;

function problem(reader: ContextReader, sentence: string): undefined {
  reader.problems.push(sentence);
}

// "Configuring a user pool domain" in Cognito's developer guide; the pattern is CreateUserPoolDomain's.
const PREFIX_WANTED =
  'lower-case letters, digits and -, at most 63, neither first nor last a -, and without aws, amazon and cognito';
const signInDomainPrefix = (text: string): string | undefined =>
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text) && !/aws|amazon|cognito/.test(text) ? text : undefined;

function origin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href && url.username === '';
  return isPlain ? url.origin : undefined;
}
