/** Whether a copy can be: who answers, what the token may, and the new bucket, made when it is not there. */
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { influxConnection } from '../../lambdas/store/influxdb-connection.ts';
import { type Check, type InfluxAddress, influxManagement } from '../../lambdas/store/influxdb-management.ts';
import { identify } from '../../local/influxdb-identity.ts';
import { quoted } from '../../local/shell-word.ts';
import { type Refusal, refusal } from '../command.ts';

const PATIENCE_MS = 5_000;

type Ready = { readonly ok: true; readonly isNew: boolean };

export async function prepare(from: InfluxAddress, to: InfluxAddress): Promise<Ready | Refusal> {
  const { url } = from;
  const identity = await identify(url, PATIENCE_MS);
  if (identity.kind === 'no-answer')
    return refusal(`no answer from InfluxDB at ${url}: ${identity.reason}; ${identity.next}`);
  if (identity.kind === 'other') return refusal(`what answers at ${url} is ${identity.what}; ${identity.next}`);
  try {
    // A write says more of what is missing than a question does; it carries nothing.
    const place = placeProblem(from, await influxManagement(from).canWrite());
    if (place !== undefined) return place;
    const read = await influxManagement(from).canRead();
    if (!read.ok) return refusal(`the token may not read bucket '${from.bucket}'; ${rightsNeeded(from, to)}`);
    return await prepareTarget(from, to);
  } catch (error) {
    if (error instanceof AmphoraError) return refusal(error.message);
    throw error;
  }
}

/** That the token may not write to the old bucket is no problem. */
function placeProblem({ url, org, bucket }: InfluxAddress, write: Check): Refusal | undefined {
  if (write.ok || write.status === 403) return undefined;
  if (write.status === 401)
    return refusal(`InfluxDB at ${url} does not know this token; influx auth list --host ${url} shows those it has`);
  if (write.status !== 404)
    return refusal(`InfluxDB at ${url} refused an empty write (${write.status}: ${write.words}); look into its log`);
  return /organi[sz]ation/i.test(write.words)
    ? refusal(`InfluxDB at ${url} has no organisation '${org}'; name one with --influx-org`)
    : refusal(`InfluxDB at ${url} has no bucket '${bucket}' in organisation '${org}'; name the old bucket with --from`);
}

async function prepareTarget(from: InfluxAddress, to: InfluxAddress): Promise<Ready | Refusal> {
  const management = influxManagement(to);
  const found = await management.canWrite();
  const isNew = !found.ok && found.status === 404;
  if (isNew) {
    const made = await makeTarget(from, to);
    if (made !== undefined) return made;
  }
  const [write, read] = [isNew ? await management.canWrite() : found, await management.canRead()];
  if (write.ok && read.ok) return { ok: true, isNew };
  return refusal(
    `the token may not ${write.ok ? 'read' : 'write to'} bucket '${to.bucket}'; ${rightsNeeded(from, to)}`,
  );
}

async function makeTarget(from: InfluxAddress, to: InfluxAddress): Promise<Refusal | undefined> {
  try {
    await influxManagement(to).createBucket(to.bucket, await retentionS(from));
    return undefined;
  } catch (error) {
    if (!(error instanceof AmphoraError)) throw error;
    const { url, org, bucket } = to;
    return refusal(
      `there is no bucket '${bucket}', and this token may not make it; type influx bucket create --host ${url} --org ${quoted(org)} --name ${quoted(bucket)}, and take a token that may write to it`,
    );
  }
}

const rightsNeeded = (from: InfluxAddress, to: InfluxAddress): string =>
  `take one that may read '${from.bucket}' and read and write '${to.bucket}'`;

/** How long the old bucket keeps its points, 0 for ever; so does the new one then. */
async function retentionS({ url, org, bucket, token }: InfluxAddress): Promise<number> {
  const connection = influxConnection({ url, org, bucket, token: async () => token, queryTimeoutMs: PATIENCE_MS });
  const path = `/api/v2/buckets?${String(new URLSearchParams({ org, name: bucket }))}`;
  const { body } = await connection.request({ path, method: 'GET', timeoutMs: PATIENCE_MS });
  connection.close();
  const { buckets = [] }: { buckets?: readonly { retentionRules?: readonly { everySeconds?: number }[] }[] } = {
    ...Object(body),
  };
  return buckets[0]?.retentionRules?.[0]?.everySeconds ?? 0;
}
