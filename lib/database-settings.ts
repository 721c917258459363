/** The database as settings of the stack: an InfluxDB that exists, and the VPC from which it is reached, if any. */
import type { ContextReader } from './context-reader.ts';
import { readVpc, VPC_KEYS, type VpcSettings } from './vpc-settings.ts';

export type DatabaseSettings = {
  /** As in https://influx.example.org:8086, without user and query. */
  readonly url: string;
  /** Default `ENI`, the original demo's. */
  readonly org: string;
  /** Default `battery1`, the original demo's. */
  readonly bucket: string;
  /** ARNs of the secrets that hold the tokens. Default: the stack makes one, which is filled by hand. */
  readonly writeSecret?: string;
  readonly readSecret?: string;
  readonly vpc?: VpcSettings;
};

/** What decides which databases make sense. */
type Setting = { readonly store: string; readonly stage: string };

const INFLUX_KEYS = ['influxUrl', 'influxOrg', 'influxBucket', 'influxWriteSecret', 'influxReadSecret'] as const;
export const DATABASE_KEYS = [...INFLUX_KEYS, ...VPC_KEYS] as const;

/** Undefined when no database is named, and when there is a problem. */
export function readDatabase(reader: ContextReader, { store, stage }: Setting): DatabaseSettings | undefined {
  const given = DATABASE_KEYS.filter(reader.isGiven);
  const [first] = given;
  if (first === undefined) return undefined;
  if (store !== 'influxdb') return problem(reader, `setting ${first} is for store influxdb, but store is ${store}`);
  if (!reader.isGiven('influxUrl'))
    return problem(reader, `setting ${first} is of use only together with influxUrl, the database's address`);

  const url = reader.read('influxUrl', '', databaseUrl, URL_WANTED);
  const vpc = readVpc(reader);
  if (vpc !== undefined && stage === 'emulator')
    return problem(reader, 'setting vpcId is for AWS, but stage is emulator, which has no VPC');
  const unreachable = url === '' ? undefined : unreachableAt(new URL(url), { stage, isInVpc: vpc !== undefined });
  if (unreachable !== undefined) return problem(reader, unreachable);
  return {
    url,
    org: reader.read('influxOrg', 'ENI', name, NAME_WANTED),
    bucket: reader.read('influxBucket', 'battery1', name, NAME_WANTED),
    ...secretOf(reader, 'influxWriteSecret', 'writeSecret'),
    ...secretOf(reader, 'influxReadSecret', 'readSecret'),
    ...(vpc === undefined ? {} : { vpc }),
  };
}

function problem(reader: ContextReader, sentence: string): undefined {
  reader.problems.push(sentence);
}

function secretOf(reader: ContextReader, key: string, member: 'writeSecret' | 'readSecret'): Partial<DatabaseSettings> {
  const arn = reader.read<string | undefined>(key, undefined, secretArn, SECRET_WANTED);
  return arn === undefined ? {} : { [member]: arn };
}

const URL_WANTED = 'an http or https address without user, password, query and fragment; the token goes into a secret';

function databaseUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  if (url.username !== '' || url.password !== '' || /[?#]/.test(text)) return undefined;
  return url.href.replace(/\/+$/, '');
}

function unreachableAt(
  { protocol, hostname }: URL,
  { stage, isInVpc }: { readonly stage: string; readonly isInVpc: boolean },
): string | undefined {
  if (stage === 'emulator') return undefined;
  if (/^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(hostname))
    return `setting influxUrl names ${hostname}, which for a function on AWS is itself; name an address that AWS can reach`;
  if (isInVpc && !isPublicIp(hostname)) return undefined;
  if (isPrivate(hostname))
    return `setting influxUrl names ${hostname}, a private address; set vpcId to the VPC from which it can be reached`;
  // The token goes with every request.
  if (protocol === 'http:')
    return 'setting influxUrl is http, which would carry the token readable over the internet; use https, or an address within vpcId';
  return undefined;
}

const isPublicIp = (hostname: string): boolean => /^\d+(\.\d+){3}$/.test(hostname) && !isPrivate(hostname);

const isPrivate = (hostname: string): boolean =>
  /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(hostname);

const NAME_WANTED = '1 to 128 characters without control characters';
const name = (text: string): string | undefined => (/^[^\p{Cc}]{1,128}$/u.test(text) ? text : undefined);

// With the six characters at its end: without them a policy would have to allow every secret that begins alike.
const SECRET_ARN =
  /^arn:aws(-[a-z]+)*:secretsmanager:[a-z]{2}(-[a-z]+)+-\d:\d{12}:secret:[\w/+=.@-]{1,512}-[A-Za-z0-9]{6}$/;
const SECRET_WANTED =
  'the complete ARN of a secret, as in arn:aws:secretsmanager:eu-central-1:123456789012:secret:influx-write-AbCdEf; the token itself goes into the secret';
const secretArn = (text: string): string | undefined => (SECRET_ARN.test(text) ? text : undefined);
