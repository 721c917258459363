/** The functions' environment, read here only. */
import { AmphoraError } from '../failures/amphora-error.ts';

export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export type FailureQueueUrls = {
  readonly UnwrittenReadings: string;
  readonly UndeliveredMessages: string;
  /** Absent in direct mode. */
  readonly DeadMessages?: string;
};

export const env = {
  topicRoot: (): string => process.env['TOPIC_ROOT'] ?? 'battery',
  /** The bucket of what could not be stored. */
  quarantineBucket: (): string => required('QUARANTINE_BUCKET'),
  /** Set by the local runtime, which has a folder for it. */
  quarantineFolder: (): string | undefined => given('QUARANTINE_FOLDER'),
  /** Of the SQLite adapter only. */
  sqliteFile: (): string | undefined => process.env['SQLITE_FILE'],
  /** Set by the local runtime, whose own client plays the battery `demo`. */
  demoClientId: (): string | undefined => process.env['DEMO_CLIENT_ID'],

  influxUrl: (): string =>
    required('INFLUX_URL', 'deploy the stack again with the setting influxUrl, the address of an InfluxDB'),
  influxOrg: (): string => process.env['INFLUX_ORG'] ?? 'ENI',
  influxBucket: (): string => process.env['INFLUX_BUCKET'] ?? 'battery1',
  /** Set by the local runtime only; a deployed function is told of a secret. */
  influxToken: (): string | undefined => given('INFLUX_TOKEN'),
  influxTokenSecret: (): string => required('INFLUX_TOKEN_SECRET'),

  /** Where another Secrets Manager than the region's own answers: an endpoint in a VPC, or an emulator. */
  secretsEndpoint: (): string | undefined => given('AWS_ENDPOINT_URL_SECRETS_MANAGER') ?? given('AWS_ENDPOINT_URL'),
  /** The same of S3. */
  s3Endpoint: (): string | undefined => given('AWS_ENDPOINT_URL_S3') ?? given('AWS_ENDPOINT_URL'),
  /** The same of SQS. */
  sqsEndpoint: (): string | undefined => given('AWS_ENDPOINT_URL_SQS') ?? given('AWS_ENDPOINT_URL'),
  /** The failure queues: what the writer failed on, what the rules could not hand over, and in buffered mode the dead letters. */
  failureQueueUrls: (): FailureQueueUrls => {
    const dead = given('DEAD_MESSAGES_URL');
    return {
      UnwrittenReadings: required('UNWRITTEN_READINGS_URL'),
      UndeliveredMessages: required('UNDELIVERED_MESSAGES_URL'),
      ...(dead === undefined ? {} : { DeadMessages: dead }),
    };
  },
  /** The queue before the writer; absent in direct mode. */
  bufferedMessagesUrl: (): string | undefined => given('BUFFERED_MESSAGES_URL'),
  region: (): string => required('AWS_REGION'),
  awsCredentials: (): AwsCredentials => {
    const keys = { accessKeyId: required('AWS_ACCESS_KEY_ID'), secretAccessKey: required('AWS_SECRET_ACCESS_KEY') };
    const sessionToken = given('AWS_SESSION_TOKEN');
    return sessionToken === undefined ? keys : { ...keys, sessionToken };
  },

  /** Where the user pool signs in, without a slash at its end. Absent, as the two after it, where nobody signs in. */
  signInUrl: (): string | undefined => given('SIGN_IN_URL'),
  /** The page's own client of the user pool. */
  signInClientId: (): string | undefined => given('SIGN_IN_CLIENT_ID'),
  /** The page's whole address, to which the user pool sends back. */
  pageUrl: (): string | undefined => given('PAGE_URL'),

  /** Absent where nobody collects metrics. */
  metricsNamespace: (): string | undefined => given('METRICS_NAMESPACE'),
  stackName: (): string => given('STACK_NAME') ?? 'Amphora',
  functionName: (): string => given('AWS_LAMBDA_FUNCTION_NAME') ?? 'unknown',
};

function given(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

function required(name: string, remedy = 'deploy the stack again'): string {
  const value = given(name);
  if (value !== undefined) return value;
  throw new AmphoraError('setting-invalid', `the environment variable ${name} is missing; ${remedy}`, {
    retry: false,
  });
}
