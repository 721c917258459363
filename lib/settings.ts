/** The stack's settings: CDK context keys, read once. Set them in cdk.json (`context`) or with `cdk deploy -c key=value`. */
import { ALARM_KEYS, type AlarmSettings, readAlarmEmail, readAlarms } from './alarm-settings.ts';
import { BUDGET_KEYS, type BudgetSettings, readBudget } from './budget-settings.ts';
import { type Context, contextReader } from './context-reader.ts';
import { DATABASE_KEYS, type DatabaseSettings, readDatabase } from './database-settings.ts';
import { readSignIn, SIGN_IN_KEYS, type SignInSettings } from './sign-in-settings.ts';
import { readSite, SITE_KEYS, type SiteSettings } from './site-settings.ts';

export const STORE_KINDS = ['influxdb', 'sqlite'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

export const STAGES = ['aws', 'emulator'] as const;
export type Stage = (typeof STAGES)[number];

export const INGEST_MODES = ['direct', 'buffered'] as const;
export type IngestMode = (typeof INGEST_MODES)[number];

export const REMOVAL_POLICIES = ['retain', 'destroy'] as const;
export type Removal = (typeof REMOVAL_POLICIES)[number];

export type Settings = {
  /** Which database adapter the functions carry. Default `influxdb`; `sqlite` is for the local runtime. */
  readonly store: StoreKind;
  /** Default `aws`. `emulator` is for an emulator of AWS on this machine: its routes are open to whoever reaches them. */
  readonly stage: Stage;
  /** First level of every topic, account-wide: two stacks in one account need two. Default `battery`, the demo's. */
  readonly topicRoot: string;
  /** The stack, and the start of its rules' names, which are account-wide too. Default `Amphora`. */
  readonly stackName: string;
  /** How long logs are kept. Default 30: a month to look into something, and no bill that grows for ever. */
  readonly logRetentionDays: number;
  /** Whether the rules call the writer for each message, or a queue between them hands it batches. Default `direct`. */
  readonly ingest: IngestMode;
  /**
   * Most writers at once. Default with ingest=direct: no bound, because reserving concurrency fails to deploy in new
   * accounts; with ingest=buffered: two, the least.
   */
  readonly writerConcurrency?: number;
  /** HTTP requests a second, all clients together. Default 100: the 50 messages that direct mode takes, and as many reads. */
  readonly apiRateLimit: number;
  /** HTTP requests taken at once before the rate counts. Default 200: two seconds' worth. */
  readonly apiBurstLimit: number;
  /** What becomes of what holds data (users, readings that could not be stored) when the stack goes. Default `retain`. */
  readonly removalPolicy: Removal;
  /** How long what could not be stored waits in quarantine. Default 365: a season of somebody's absence, and another. */
  readonly quarantineDays: number;
  readonly site: SiteSettings;
  /** Default: none, and the functions say so. */
  readonly database?: DatabaseSettings;
  /** Always there on AWS; on stage emulator, where it is absent, every route is open. */
  readonly signIn?: SignInSettings;
  /** By default there are alarms, and a dashboard beside them. */
  readonly alarms?: AlarmSettings;
  /** Default: none. */
  readonly budget?: BudgetSettings;
};

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly reason: string };

/** Every one there is; docs/settings.md tells of each. */
export const SETTING_KEYS: readonly string[] = [
  'store',
  'stage',
  'topicRoot',
  'stackName',
  'logRetentionDays',
  'ingest',
  'writerConcurrency',
  'apiRateLimit',
  'apiBurstLimit',
  'removalPolicy',
  'quarantineDays',
  ...DATABASE_KEYS,
  ...SIGN_IN_KEYS,
  ...SITE_KEYS,
  ...ALARM_KEYS,
  ...BUDGET_KEYS,
];

/** All of the app's context to settings, or the sentence that says which one is wrong and what it may be. */
export function readSettings(context: Context): SettingsResult {
  const reader = contextReader(context);
  reader.problems.push(...misspelt(context));
  const store = reader.read<StoreKind>('store', 'influxdb', storeKind, STORE_KINDS.join(' or '));
  const stage = reader.read<Stage>('stage', 'aws', stageName, STAGES.join(' or '));
  const ingest = reader.read<IngestMode>('ingest', 'direct', ingestMode, INGEST_MODES.join(' or '));
  const writerConcurrency =
    ingest === 'direct'
      ? reader.read<number | undefined>('writerConcurrency', undefined, atLeastOne, ONE_OR_MORE)
      : reader.read<number | undefined>('writerConcurrency', undefined, batchesAtOnce, BATCHES_AT_ONCE);
  const stackName = reader.read(
    'stackName',
    'Amphora',
    nameOfStack,
    'letters, digits and -, a letter first, at most 100',
  );
  const settings = {
    store,
    stage,
    stackName,
    ingest,
    topicRoot: reader.read('topicRoot', 'battery', topicRoot, 'one topic level: letters, digits, - and _, at most 64'),
    logRetentionDays: reader.read('logRetentionDays', 30, retentionDays, `one of ${RETENTION_DAYS.join(', ')}`),
    apiRateLimit: reader.read('apiRateLimit', 100, atLeastOne, ONE_OR_MORE),
    apiBurstLimit: reader.read('apiBurstLimit', 200, atLeastOne, ONE_OR_MORE),
    removalPolicy: reader.read<Removal>('removalPolicy', 'retain', removal, REMOVAL_POLICIES.join(' or ')),
    quarantineDays: reader.read('quarantineDays', 365, days, 'a whole number of days, 1 to 3650'),
    site: readSite(reader, stage),
    ...(writerConcurrency === undefined ? {} : { writerConcurrency }),
  };
  const database = readDatabase(reader, { store, stage });
  const signIn = readSignIn(reader, { stage, stackName });
  const email = readAlarmEmail(reader, stage);
  const alarms = readAlarms(reader, email);
  const budget = readBudget(reader, { stage, email });
  const [reason] = reader.problems;
  if (reason !== undefined) return { ok: false, reason };
  return {
    ok: true,
    settings: {
      ...settings,
      ...(database === undefined ? {} : { database }),
      ...(signIn === undefined ? {} : { signIn }),
      ...(alarms === undefined ? {} : { alarms }),
      ...(budget === undefined ? {} : { budget }),
    },
  };
}

// CDK's own context keys all contain one of `@ : /`; a person's slip is letters and dashes.
function misspelt(context: Context): string[] {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');
  return Object.keys(context).flatMap((name) => {
    if (SETTING_KEYS.includes(name)) return [];
    const meant = SETTING_KEYS.find((key) => plain(key) === plain(name));
    if (meant !== undefined) return [`there is no setting '${name}'; did you mean ${meant}?`];
    // Every name that begins so is ours: left out in silence, the database would not be the one that was meant.
    if (!/^(influx|vpc)[\w-]*$/i.test(name)) return [];
    const tokens = /token/i.test(name) ? '; a token goes into the secret, never into a setting' : '';
    return [`there is no setting '${name}'; those of the database are ${DATABASE_KEYS.join(', ')}${tokens}`];
  });
}

const storeKind = (text: string): StoreKind | undefined => STORE_KINDS.find((kind) => kind === text);

const stageName = (text: string): Stage | undefined => STAGES.find((stage) => stage === text);

const ingestMode = (text: string): IngestMode | undefined => INGEST_MODES.find((mode) => mode === text);

const removal = (text: string): Removal | undefined => REMOVAL_POLICIES.find((one) => one === text);

// Nothing that means something in a topic filter, in a policy's resource or in the rules' SQL.
const topicRoot = (text: string): string | undefined => (/^[A-Za-z0-9_-]{1,64}$/.test(text) ? text : undefined);

// CloudFormation's pattern; its 128 characters less what a rule's name adds.
const nameOfStack = (text: string): string | undefined =>
  /^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(text) ? text : undefined;

// What CloudWatch Logs takes (PutRetentionPolicy).
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const retentionDays = (text: string): number | undefined => RETENTION_DAYS.find((days) => String(days) === text);

const ONE_OR_MORE = 'a whole number from 1 to 10000';
const atLeastOne = (text: string): number | undefined =>
  /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 10_000 ? Number(text) : undefined;

const days = (text: string): number | undefined =>
  /^[1-9][0-9]{0,3}$/.test(text) && Number(text) <= 3650 ? Number(text) : undefined;
// What Lambda takes as the maximum concurrency of a queue's event source mapping.
const BATCHES_AT_ONCE = 'a whole number from 2 to 1000 with ingest=buffered';
const batchesAtOnce = (text: string): number | undefined => {
  const count = atLeastOne(text);
  return count !== undefined && count >= 2 && count <= 1000 ? count : undefined;
};
