/** The one table of what differs from the deployed template. What is not here runs as deployed. */
import type { RedriveFacts } from './schedules.ts';
import type { StoreChoice } from './store-choice.ts';

export type OverrideInput = {
  readonly store: StoreChoice;
  readonly sqliteFile: string;
  readonly quarantineFolder: string;
  readonly iotPort: number;
  readonly demoClientId: string;
  /** By which the port of the AWS services knows the functions. */
  readonly accessKeyId: string;
  readonly region: string;
  /** Absent: nobody signs in. */
  readonly signIn?: {
    /** Without a slash at its end. */
    readonly url: string;
    /** Known once the page's port is. */
    readonly pageUrl: () => string;
  };
};

export type Override = { readonly subject: string; readonly deployed: string; readonly here: string };

type Variables = Readonly<Record<string, string>>;

/** A function's environment here: that of the template, with what differs. */
export function functionEnv(template: Variables, input: OverrideInput): Variables {
  const endpoint = `http://127.0.0.1:${input.iotPort}`;
  return {
    ...signInEnv(quarantineEnv(databaseEnv(template, input), input), input),
    AWS_ENDPOINT_URL_IOT_DATA_PLANE: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_REGION: input.region,
    AWS_ACCESS_KEY_ID: input.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    DEMO_CLIENT_ID: input.demoClientId,
    METRICS_NAMESPACE: '',
  };
}

// The token goes to the functions that the template lets ask for it, and to no other.
function databaseEnv(template: Variables, { store, sqliteFile }: OverrideInput): Variables {
  if (store.kind === 'sqlite') return { ...template, SQLITE_FILE: sqliteFile };
  const { INFLUX_TOKEN_SECRET: secret, ...others } = template;
  if (secret === undefined) return template;
  const { url, org, bucket, token } = store;
  return { ...others, INFLUX_URL: url, INFLUX_ORG: org, INFLUX_BUCKET: bucket, INFLUX_TOKEN: token };
}

// A folder to the functions that the template gives the bucket to.
function quarantineEnv(variables: Variables, { quarantineFolder }: OverrideInput): Variables {
  const { QUARANTINE_BUCKET: bucket, ...others } = variables;
  return bucket === undefined ? variables : { ...others, QUARANTINE_FOLDER: quarantineFolder };
}

// To the one function that the template tells of the sign-in.
function signInEnv(variables: Variables, { signIn }: OverrideInput): Variables {
  const { SIGN_IN_URL: url, SIGN_IN_CLIENT_ID: clientId, PAGE_URL: _, ...others } = variables;
  if (url === undefined || clientId === undefined) return variables;
  if (signIn === undefined) return others;
  return { ...others, SIGN_IN_URL: signIn.url, SIGN_IN_CLIENT_ID: clientId, PAGE_URL: signIn.pageUrl() };
}

/** How long a message is hidden that was handed over and not answered for, or in vain. */
export type BufferFacts = { readonly deployedMs: number; readonly hereMs: number };

export type RunFacts = {
  /** Routes that the template authorizes. */
  readonly authorized: number;
  readonly retryDelaysMs: readonly [number, number];
  /** Beyond loopback, HTTP wants a token and the broker a password. */
  readonly isBeyondLoopback: boolean;
  /** Undefined: devices show no certificates. */
  readonly mqttsPort: number | undefined;
  /** Environments at most, of a function called over HTTP and of one that rules call. */
  readonly environments: readonly [number, number];
  /** Undefined: direct mode. */
  readonly buffer: BufferFacts | undefined;
  /** Undefined: nothing redrives by itself. */
  readonly redrive: RedriveFacts | undefined;
};

export function overrides(input: OverrideInput, facts: RunFacts): readonly Override[] {
  const { store, iotPort } = input;
  const { authorized, retryDelaysMs, environments, isBeyondLoopback, mqttsPort, buffer, redrive } = facts;
  const isOpen = isBeyondLoopback
    ? 'nobody signs in; every route but /health wants the access token of this data folder'
    : 'none on loopback; Host and Origin are checked';
  return [
    ...databaseRows(store),
    {
      subject: 'sign-in',
      deployed: `Cognito; ${authorized} routes want its token; a client for scripts with machineClient=true`,
      here:
        input.signIn === undefined
          ? isOpen
          : `${input.signIn.url}, people of users.json and a client for scripts; ${authorized} routes want its token, MQTT on loopback none`,
    },
    {
      subject: 'devices',
      deployed: 'a certificate each, judged by the policies of the stack',
      here:
        mqttsPort === undefined
          ? `${isBeyondLoopback ? 'on loopback nothing, from elsewhere a password' : 'nothing is asked'}; --device-auth asks`
          : `the same, on port ${mqttsPort}; without a certificate a client only listens`,
    },
    { subject: 'IoT and SQS', deployed: "the account's endpoints", here: `http://127.0.0.1:${iotPort}` },
    { subject: 'quarantine', deployed: 'S3, 365 days', here: 'quarantine/ in the data folder, for ever' },
    { subject: 'failure queues', deployed: 'SQS, 14 days', here: 'queues.sqlite in the data folder, for ever' },
    ...(redrive === undefined ? [] : [redriveRow(redrive)]),
    {
      subject: 'concurrency',
      deployed: "the account's; more is throttled",
      here: `${environments.join(' and ')} environments of an HTTP and a rule function; more waits`,
    },
    ...(buffer === undefined ? [retryRow(retryDelaysMs)] : bufferRows(buffer)),
    { subject: 'battery demo', deployed: 'none', here: 'simulated while nothing real is; DELETE /batteries/demo' },
    {
      subject: 'GET /health',
      deployed: 'status and version',
      here:
        store.kind === 'sqlite'
          ? 'also stored, collided, waiting, failed, quarantined'
          : 'also store, database (ok or away), waiting, failed, quarantined',
    },
    {
      subject: 'GET /status',
      deployed: 'waiting: of the queue, where there is one',
      here: 'waiting: of the journal too',
    },
    { subject: 'metrics', deployed: 'log lines for CloudWatch', here: 'none' },
    { subject: 'page', deployed: 'S3 bucket, config.json of the deploy', here: 'this port, config.json of this run' },
  ];
}

function redriveRow({ deployedMs, hereMs }: RedriveFacts): Override {
  return {
    subject: 'redrive',
    deployed: `every ${deployedMs / 60_000} min`,
    here: `every ${hereMs / 1000} s, while something waits in a failure queue`,
  };
}

function retryRow(retryDelaysMs: readonly [number, number]): Override {
  return {
    subject: 'retries after',
    deployed: '60 s and 120 s',
    here: retryDelaysMs.map((delayMs) => `${delayMs / 1000} s`).join(' and '),
  };
}

function bufferRows({ deployedMs, hereMs }: BufferFacts): readonly Override[] {
  return [
    {
      subject: 'queue',
      deployed: 'SQS, 10 days',
      here: 'queues.sqlite in the data folder, behind the journal; for ever',
    },
    { subject: 'retries after', deployed: `${deployedMs / 1000} s`, here: `${hereMs / 1000} s` },
  ];
}

function databaseRows(store: StoreChoice): readonly Override[] {
  if (store.kind === 'sqlite')
    return [{ subject: 'database', deployed: 'InfluxDB', here: 'SQLite in the data folder' }];
  const { url, bucket, tokenFile } = store;
  return [
    { subject: 'database', deployed: 'InfluxDB of the settings', here: `InfluxDB at ${url}, bucket ${bucket}` },
    {
      subject: 'its token',
      deployed: 'Secrets Manager; one to write, one to read',
      here: `${tokenFile ?? 'INFLUX_TOKEN'}; one for both`,
    },
  ];
}
