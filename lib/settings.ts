/**
 * The stack's settings: CDK context keys, read once. Set them in cdk.json (`context`) or with `cdk deploy -c key=value`.
 * The command line hands over text, cdk.json numbers too; both are taken.
 */

export const STORE_KINDS = ['influxdb', 'sqlite'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

export type Settings = {
  /** Which database adapter the functions carry. Default `influxdb`; `sqlite` is for the local runtime. */
  readonly store: StoreKind;
  /** First level of every topic, account-wide: two stacks in one account need two. Default `battery`, the demo's. */
  readonly topicRoot: string;
  /** The stack, and the start of its rules' names, which are account-wide too. Default `Amphora`. */
  readonly stackName: string;
  /** How long logs are kept. Default 30: a month to look into something, and no bill that grows for ever. */
  readonly logRetentionDays: number;
  /** Most writers at once. Default: no bound, because reserving concurrency fails to deploy in new accounts. */
  readonly writerConcurrency?: number;
  /** HTTP requests a second, all clients together. Default 100: the 50 messages that direct mode takes, and as many reads. */
  readonly apiRateLimit: number;
  /** HTTP requests taken at once before the rate counts. Default 200: two seconds' worth. */
  readonly apiBurstLimit: number;
};

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly reason: string };

type Key = keyof Settings;
const KEYS: readonly Key[] = [
  'store',
  'topicRoot',
  'stackName',
  'logRetentionDays',
  'writerConcurrency',
  'apiRateLimit',
  'apiBurstLimit',
];

/** All of the app's context to settings, or the sentence that says which one is wrong and what it may be. */
export function readSettings(context: Readonly<Record<string, unknown>>): SettingsResult {
  const problems = misspelt(context);

  const read = <T>(key: Key, fallback: T, parse: (text: string) => T | undefined, wanted: string): T => {
    const given = context[key];
    if (given === undefined) return fallback;
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const value = parse(text);
    if (value === undefined) problems.push(`setting ${key} is '${text}', but must be ${wanted}`);
    return value ?? fallback;
  };

  const settings = {
    store: read<StoreKind>('store', 'influxdb', storeKind, STORE_KINDS.join(' or ')),
    topicRoot: read('topicRoot', 'battery', topicRoot, 'one topic level: letters, digits, - and _, at most 64'),
    stackName: read('stackName', 'Amphora', stackName, 'letters, digits and -, a letter first, at most 100'),
    logRetentionDays: read('logRetentionDays', 30, retentionDays, `one of ${RETENTION_DAYS.join(', ')}`),
    writerConcurrency: read<number | undefined>('writerConcurrency', undefined, atLeastOne, ONE_OR_MORE),
    apiRateLimit: read('apiRateLimit', 100, atLeastOne, ONE_OR_MORE),
    apiBurstLimit: read('apiBurstLimit', 200, atLeastOne, ONE_OR_MORE),
  };
  const { writerConcurrency, ...rest } = settings;
  const [reason] = problems;
  if (reason !== undefined) return { ok: false, reason };
  return { ok: true, settings: writerConcurrency === undefined ? rest : { ...rest, writerConcurrency } };
}

// CDK's own context keys all contain one of `@ : /`; a person's slip is letters and dashes.
function misspelt(context: Readonly<Record<string, unknown>>): string[] {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');
  return Object.keys(context).flatMap((name) => {
    const meant = KEYS.find((key) => key !== name && plain(key) === plain(name));
    return meant === undefined ? [] : [`there is no setting '${name}'; did you mean ${meant}?`];
  });
}

const storeKind = (text: string): StoreKind | undefined => STORE_KINDS.find((kind) => kind === text);

// Nothing that means something in a topic filter, in a policy's resource or in the rules' SQL.
const topicRoot = (text: string): string | undefined => (/^[A-Za-z0-9_-]{1,64}$/.test(text) ? text : undefined);

// CloudFormation's pattern; its 128 characters less what a rule's name adds.
const stackName = (text: string): string | undefined => (/^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(text) ? text : undefined);

// What CloudWatch Logs takes (PutRetentionPolicy).
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const retentionDays = (text: string): number | undefined => RETENTION_DAYS.find((days) => String(days) === text);

const ONE_OR_MORE = 'a whole number from 1 to 10000';
const atLeastOne = (text: string): number | undefined =>
  /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 10_000 ? Number(text) : undefined;
