/** Which InfluxDB a command means, and its token: never an argument, which every user of the machine can see. */
import type { InfluxChoice } from '../local/store-choice.ts';
import { type Arguments, type Flag, type Io, type Refusal, refusal } from './command.ts';
import { secretInFile, secretOf } from './sign-in/secret-file.ts';

export const INFLUX_URL_DEFAULT = 'http://localhost:8086';
const DEFAULT_ORG = 'ENI';
const DEFAULT_BUCKET = 'battery1';
const TOKEN_WAYS = 'put it into the environment variable INFLUX_TOKEN, or into a file named with --influx-token-file';
const TOKEN_WORDS = { word: 'token', whose: 'InfluxDB' };

const URL_FLAG: Flag = {
  name: 'influx-url',
  value: 'URL',
  meaning: 'address of the InfluxDB 2',
  byDefault: INFLUX_URL_DEFAULT,
};
const ORG_FLAG: Flag = { name: 'influx-org', value: 'ORG', meaning: 'its organisation', byDefault: DEFAULT_ORG };
const BUCKET_FLAG: Flag = { name: 'influx-bucket', value: 'BUCKET', meaning: 'its bucket', byDefault: DEFAULT_BUCKET };
const TOKEN_FLAGS: readonly Flag[] = [
  {
    name: 'influx-token-file',
    value: 'FILE',
    meaning: 'file with the token of InfluxDB',
    byDefault: 'the token in INFLUX_TOKEN',
  },
  {
    name: 'influx-token',
    value: 'TOKEN',
    meaning: '',
    refused: `there is no --influx-token, since every user of this machine can see arguments; ${TOKEN_WAYS}`,
  },
];

export const INFLUX_FLAGS: readonly Flag[] = [URL_FLAG, ORG_FLAG, BUCKET_FLAG, ...TOKEN_FLAGS];
/** Of a command that names buckets of its own. */
export const INFLUX_SERVER_FLAGS: readonly Flag[] = [URL_FLAG, ORG_FLAG, ...TOKEN_FLAGS];

/** The first of these flags that was given. */
export const givenInfluxFlag = ({ texts }: Arguments): string | undefined =>
  INFLUX_FLAGS.map(({ name }) => name).find((name) => texts.has(name));

type Place = Omit<InfluxChoice, 'kind'>;
type Surroundings = Pick<Io, 'env' | 'folder' | 'platform' | 'err'>;
type Known = { readonly url: string; readonly org: string; readonly bucket: string };

/** What was given, on top of what is known from elsewhere. */
export function influxPlace(
  args: Arguments,
  surroundings: Surroundings,
  known: Known = { url: INFLUX_URL_DEFAULT, org: DEFAULT_ORG, bucket: DEFAULT_BUCKET },
): { readonly ok: true; readonly place: Place } | Refusal {
  const { texts } = args;
  const url = influxUrl(texts.get('influx-url') ?? known.url);
  if (!url.ok) return url;
  const tokenFile = texts.get('influx-token-file');
  const token = tokenFile === undefined ? tokenInEnv(surroundings) : secretInFile(tokenFile, TOKEN_WORDS, surroundings);
  if (!token.ok) return token;
  const place = {
    url: url.url,
    org: texts.get('influx-org') ?? known.org,
    bucket: texts.get('influx-bucket') ?? known.bucket,
    token: token.secret,
  };
  return { ok: true, place: tokenFile === undefined ? place : { ...place, tokenFile } };
}

function influxUrl(text: string): { readonly ok: true; readonly url: string } | Refusal {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    return refusal(`--influx-url must be an address like ${INFLUX_URL_DEFAULT}, not '${text}'`);
  }
  if (url.username !== '' || url.password !== '') {
    return refusal(`--influx-url takes no user name or password; leave them out, and as for the token: ${TOKEN_WAYS}`);
  }
  if (url.search !== '' || url.hash !== '') return refusal('--influx-url must end before any ? or #; leave that out');
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  return base.endsWith('/api/v2')
    ? refusal(`--influx-url must be the address without /api/v2, as in ${base.slice(0, -'/api/v2'.length)}`)
    : { ok: true, url: base };
}

function tokenInEnv({ env }: Surroundings): ReturnType<typeof secretOf> {
  const token = env['INFLUX_TOKEN']?.trim() ?? '';
  return token === ''
    ? refusal(`the token of InfluxDB is missing; ${TOKEN_WAYS}`)
    : secretOf(token, 'INFLUX_TOKEN', TOKEN_WORDS);
}
