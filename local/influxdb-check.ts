/** Whether an InfluxDB is one that Amphora can store in: what a start makes sure of, and ./amphora doctor tells. */
import { messageOf } from '../lambdas/aws/log.ts';
import { influxManagement } from '../lambdas/store/influxdb-management.ts';
import type { Finding } from './finding.ts';
import { fieldFindings } from './influxdb-fields-check.ts';
import { type Identity, identify } from './influxdb-identity.ts';
import { quoted } from './shell-word.ts';
import type { InfluxChoice } from './store-choice.ts';

export type CheckOptions = {
  readonly nowMs: () => number;
  /** For one question; there are about six. Default 4 s. */
  readonly patienceMs?: number;
};

type Management = ReturnType<typeof influxManagement>;
type Refused = { readonly status: number; readonly words: string };

const PATIENCE_MS = 4_000;
const CLOCK_WARNING_MS = 5_000;
// telemetry.md: a sample that is further ahead of the clock is refused.
const CLOCK_PROBLEM_MS = 5 * 60_000;

/** In the order in which they were looked at; what needs something that failed is not looked at. Never throws. */
export async function checkInfluxdb(
  place: Omit<InfluxChoice, 'kind'>,
  { nowMs, patienceMs = PATIENCE_MS }: CheckOptions,
): Promise<readonly Finding[]> {
  const askedAtMs = nowMs();
  const identity = await identify(place.url, patienceMs);
  const answeredAtMs = nowMs();
  const found = serverFinding(place.url, identity);
  if (identity.kind !== 'influxdb') return [found];
  const clock = clockFinding(identity.serverTimeMs, askedAtMs, answeredAtMs);
  const management = influxManagement(place);
  const within = <T>(answer: Promise<T>): Promise<T> => inTime(answer, place.url, patienceMs);
  try {
    const isAllowed = await rightsFindings(place, management, within);
    const isReadable = isAllowed.every(({ level }) => level === 'ok');
    const fields = isReadable ? fieldFindings(place, await within(management.fieldTypes())) : [];
    return [found, ...isAllowed, ...fields, ...clock];
  } catch (error) {
    const next = 'look into the log of the server there, then try again';
    return [found, { subject: 'InfluxDB', level: 'problem', sentence: messageOf(error), next }, ...clock];
  }
}

function serverFinding(url: string, identity: Identity): Finding {
  const subject = 'InfluxDB';
  switch (identity.kind) {
    case 'influxdb':
      return { subject, level: 'ok', sentence: `version ${identity.version} answers at ${url}` };
    case 'other':
      return { subject, level: 'problem', sentence: `what answers at ${url} is ${identity.what}`, next: identity.next };
    case 'no-answer':
      return {
        subject,
        level: 'problem',
        sentence: `no answer from InfluxDB at ${url}: ${identity.reason}`,
        next: identity.next,
      };
  }
}

// HTTP's Date has whole seconds, and was written between question and answer.
function clockFinding(serverTimeMs: number | undefined, askedAtMs: number, answeredAtMs: number): readonly Finding[] {
  if (serverTimeMs === undefined) return [];
  const aheadMs = serverTimeMs > answeredAtMs ? serverTimeMs - answeredAtMs : 0;
  const behindMs = serverTimeMs + 999 < askedAtMs ? askedAtMs - serverTimeMs - 999 : 0;
  const offMs = Math.max(aheadMs, behindMs);
  const subject = 'clock';
  if (offMs <= CLOCK_WARNING_MS)
    return [{ subject, level: 'ok', sentence: "the server's clock agrees with this machine's" }];
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  return [
    {
      subject,
      level: offMs > CLOCK_PROBLEM_MS ? 'problem' : 'warning',
      sentence: `the server's clock is ${Math.round(offMs / 1000)} s ${direction} this machine's, so times and ages will be wrong by that`,
      next: 'set both clocks, as with: timedatectl set-ntp true',
    },
  ];
}

async function rightsFindings(
  place: Omit<InfluxChoice, 'kind'>,
  management: Management,
  within: <T>(answer: Promise<T>) => Promise<T>,
): Promise<readonly Finding[]> {
  const { org, bucket } = place;
  const write = await within(management.canWrite());
  const refused = write.ok ? undefined : write;
  if (refused !== undefined && refused.status !== 403) return [whereFinding(place, refused)];
  const read = await within(management.canRead());
  const there: Finding = { subject: 'bucket', level: 'ok', sentence: `'${bucket}' of organisation '${org}' is there` };
  if (write.ok && read.ok)
    return [
      there,
      {
        subject: 'token',
        level: 'ok',
        // A write that carries nothing never touches the disk.
        sentence: `may read and write '${bucket}'; whether the server's disk has room is not looked at`,
      },
    ];
  const has = write.ok ? 'may write to' : read.ok ? 'may only read' : 'may neither read nor write';
  const lacks = write.ok ? ' and not read it' : '';
  return [
    there,
    {
      subject: 'token',
      level: 'problem',
      sentence: `the token ${has} bucket '${bucket}'${lacks}; Amphora needs both`,
      next: tokenLine(place),
    },
  ];
}

/** What a write that carries nothing was refused for, beside a right that is missing. */
function whereFinding({ url, org, bucket }: Omit<InfluxChoice, 'kind'>, { status, words }: Refused): Finding {
  if (status === 401) {
    return {
      subject: 'token',
      level: 'problem',
      sentence: `InfluxDB at ${url} does not know this token, or was never set up`,
      next: `influx auth list --host ${url} shows the tokens; influx setup --host ${url} --org ${org} --bucket ${bucket} sets up a new one`,
    };
  }
  if (status === 404 && /organi[sz]ation/i.test(words)) {
    return {
      subject: 'organisation',
      level: 'problem',
      sentence: `InfluxDB at ${url} has no organisation '${org}'`,
      next: `influx org list --host ${url} shows those it has; name one with --influx-org`,
    };
  }
  if (status === 404) {
    return {
      subject: 'bucket',
      level: 'problem',
      sentence: `InfluxDB at ${url} has no bucket '${bucket}' in organisation '${org}'`,
      next: `influx bucket create --host ${url} --org ${quoted(org)} --name ${quoted(bucket)}, or name another with --influx-bucket`,
    };
  }
  return {
    subject: 'InfluxDB',
    level: 'problem',
    sentence: `InfluxDB at ${url} refused an empty write with status ${status}: ${words}`,
    next: 'look into the log of the server there, then try again',
  };
}

const tokenLine = ({ url, org, bucket }: Omit<InfluxChoice, 'kind'>): string =>
  `influx auth create --host ${url} --org ${quoted(org)} --read-buckets --write-buckets, and give its token for bucket ${quoted(bucket)}`;

async function inTime<T>(answer: Promise<T>, url: string, patienceMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`InfluxDB at ${url} did not answer within ${patienceMs / 1000} s`)),
    patienceMs,
  );
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
