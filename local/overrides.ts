/** The one table of what differs from the deployed template. What is not here runs as deployed. */

export type OverrideInput = {
  readonly sqliteFile: string;
  readonly iotPort: number;
  readonly demoClientId: string;
  readonly region: string;
};

export type Override = { readonly subject: string; readonly deployed: string; readonly here: string };

/** Variables set over those of the template, in every function's environment. */
export function functionEnv({
  sqliteFile,
  iotPort,
  demoClientId,
  region,
}: OverrideInput): Readonly<Record<string, string>> {
  const endpoint = `http://127.0.0.1:${iotPort}`;
  return {
    SQLITE_FILE: sqliteFile,
    AWS_ENDPOINT_URL_IOT_DATA_PLANE: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    DEMO_CLIENT_ID: demoClientId,
  };
}

export type RunFacts = {
  /** Routes that the template authorizes. */
  readonly authorized: number;
  readonly retryDelaysMs: readonly [number, number];
  /** Environments at most, of a function called over HTTP and of one that rules call. */
  readonly environments: readonly [number, number];
};

export function overrides({ iotPort }: OverrideInput, facts: RunFacts): readonly Override[] {
  const { authorized, retryDelaysMs, environments } = facts;
  return [
    { subject: 'database', deployed: 'InfluxDB', here: 'SQLite in the data folder' },
    {
      subject: 'sign-in',
      deployed: `${authorized} routes authorized`,
      here: 'none on loopback; Host and Origin are checked',
    },
    { subject: 'IoT and SQS', deployed: "the account's endpoints", here: `http://127.0.0.1:${iotPort}` },
    { subject: 'failure queues', deployed: 'SQS, 14 days', here: 'kept.ndjson in the data folder, for ever' },
    {
      subject: 'concurrency',
      deployed: "the account's; more is throttled",
      here: `${environments.join(' and ')} environments of an HTTP and a rule function; more waits`,
    },
    {
      subject: 'retries after',
      deployed: '60 s and 120 s',
      here: retryDelaysMs.map((delayMs) => `${delayMs / 1000} s`).join(' and '),
    },
    { subject: 'battery demo', deployed: 'none', here: 'simulated while nothing real is; DELETE /batteries/demo' },
    { subject: 'GET /health', deployed: 'status and version', here: 'also stored, waiting, kept, collided' },
    { subject: 'page', deployed: 'S3 bucket, config.json of the deploy', here: 'this port, config.json of this run' },
  ];
}
