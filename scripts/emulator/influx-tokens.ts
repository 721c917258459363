/** What the stack needs of an InfluxDB: its bucket, a token that may write it, and one that may read it. */
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { influxManagement } from '../../lambdas/store/influxdb-management.ts';
import { refused } from '../refused.ts';

export type InfluxOfStack = {
  /** As this process sees it. */
  readonly urlHere: string;
  readonly org: string;
  readonly bucket: string;
  /** May make tokens. */
  readonly adminToken: string;
};

export type InfluxTokens = { readonly write: string; readonly read: string };

/** The same tokens as the last time, for the same stack and bucket. */
export async function influxTokens(influx: InfluxOfStack, stackName: string): Promise<InfluxTokens> {
  const { urlHere: url, org, bucket, adminToken: token } = influx;
  const management = influxManagement({ url, org, bucket, token });
  const version = await told(management.version(), NOT_THERE);
  if (!/^v?2\./.test(version)) {
    throw refused(`the stack needs an InfluxDB 2, and at ${url} is version ${version || 'unknown'}. ${NOT_THERE}`);
  }
  const make = async (): Promise<InfluxTokens> => {
    if (!(await management.hasBucket(bucket))) await management.createBucket(bucket);
    const tokenFor = (access: 'write' | 'read'): Promise<string> =>
      management.createToken({ description: `${stackName}: ${access} ${bucket}`, access, bucket });
    return { write: await tokenFor('write'), read: await tokenFor('read') };
  };
  return told(make(), NOT_OURS);
}

const NOT_THERE =
  'Start one with docker compose -f docker-compose.localstack.yml up -d or with npm run influxd, or name it with --influx-url';
const NOT_OURS =
  'The token that may make tokens goes into INFLUX_ADMIN_TOKEN, its organisation and bucket into --influx-org and --influx-bucket';

async function told<T>(done: Promise<T>, next: string): Promise<T> {
  try {
    return await done;
  } catch (cause) {
    throw cause instanceof AmphoraError
      ? refused(`the stack needs an InfluxDB: ${cause.message}. ${next}`, cause)
      : cause;
  }
}
