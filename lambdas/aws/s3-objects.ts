/** Objects of one bucket of S3, each request signed by hand. Keys are of characters that need no escape in an address. */
import { AmphoraError } from '../failures/amphora-error.ts';
import { env } from './env.ts';
import { messageOf } from './log.ts';
import { type ServiceAnswer, type SignedRequest, signedRequest } from './signed-request.ts';

/** A version of an object, by which a change of it is told. */
export type StoredObject = { readonly body: string; readonly etag: string };

export type S3Objects = {
  /** Undefined when there is none. */
  readonly get: (key: string) => Promise<StoredObject | undefined>;
  /** Only where none is yet, or only over this version; false when it is otherwise by now. */
  readonly put: (key: string, body: string, over: 'nothing' | { readonly etag: string }) => Promise<boolean>;
  readonly delete: (key: string) => Promise<void>;
  /** One answer of a listing, in the order of text. With a delimiter, what stands before the next one is one entry. */
  readonly list: (query: ListQuery) => Promise<{ readonly entries: readonly string[]; readonly isWhole: boolean }>;
};

export type ListQuery = { readonly prefix: string; readonly startAfter: string; readonly delimiter?: string };

const ATTEMPTS = 2;
// Far below what is read of an answer: an entry has some 300 characters.
const LIST_SIZE = 500;
// Conditional writes that met each other at one moment.
const CONFLICTS = [409, 412];

export function s3Objects(bucket: string): S3Objects {
  const region = env.region();
  const root = rootOf(bucket, region);
  const ask = (method: SignedRequest['method'], path: string, more: Partial<SignedRequest> = {}) =>
    answered(`${method} ${path.split('?')[0]}`, () =>
      signedRequest({ headers: {}, ...more, method, url: new URL(`${root}/${path}`), service: 's3', region }),
    );
  return {
    get: async (key) => {
      const { status, body, headers } = await ask('GET', key);
      if (status === 404) return undefined;
      if (status === 200) return { body, etag: headers.etag ?? '' };
      throw refused(bucket, `GET ${key}`, { status, body });
    },
    put: async (key, body, over) => {
      const condition = over === 'nothing' ? { 'if-none-match': '*' } : { 'if-match': over.etag };
      const answer = await ask('PUT', key, { headers: { 'content-type': 'application/json', ...condition }, body });
      if (answer.status === 200) return true;
      // 404: what was to be replaced is gone.
      if (CONFLICTS.includes(answer.status) || (answer.status === 404 && over !== 'nothing')) return false;
      throw refused(bucket, `PUT ${key}`, answer);
    },
    delete: async (key) => {
      const answer = await ask('DELETE', key);
      if (answer.status !== 204 && answer.status !== 200) throw refused(bucket, `DELETE ${key}`, answer);
    },
    list: async ({ prefix, startAfter, delimiter }) => {
      const query = new URLSearchParams({ 'list-type': '2', 'max-keys': String(LIST_SIZE), prefix });
      if (startAfter !== '') query.set('start-after', startAfter);
      if (delimiter !== undefined) query.set('delimiter', delimiter);
      const answer = await ask('GET', `?${query.toString()}`);
      if (answer.status !== 200) throw refused(bucket, `the list of ${prefix}`, answer);
      const tag = delimiter === undefined ? 'Key' : 'Prefix';
      const all = answer.body.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'));
      // The prefix that was asked for is said back in the same tag.
      const entries = [...all].map(([, entry = '']) => entry).filter((entry) => entry !== prefix);
      return { entries: entries.toSorted(), isWhole: !answer.body.includes('<IsTruncated>true<') };
    },
  };
}

// A gateway endpoint of a VPC is found by the public name. An emulator knows its buckets by path.
function rootOf(bucket: string, region: string): string {
  const endpoint = env.s3Endpoint();
  if (endpoint !== undefined) return `${endpoint.replace(/\/$/, '')}/${bucket}`;
  return `https://${bucket}.s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

async function answered(what: string, send: () => Promise<ServiceAnswer>): Promise<ServiceAnswer> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === ATTEMPTS;
    try {
      const answer = await send();
      if (isLast || answer.status < 500) return answer;
    } catch (cause) {
      if (isLast) throw unavailable(`S3 does not answer ${what} (${messageOf(cause)})`, cause);
    }
  }
}

function refused(bucket: string, what: string, { status, body }: Pick<ServiceAnswer, 'status' | 'body'>): AmphoraError {
  const code = /<Code>([^<]{1,64})<\/Code>/.exec(body)?.[1] ?? '';
  return unavailable(`S3 answered ${status} ${code}`.trim() + ` to ${what} of bucket ${bucket}`);
}

function unavailable(why: string, cause?: unknown): AmphoraError {
  return new AmphoraError('quarantine-unavailable', `the quarantine cannot be reached: ${why}`, { retry: true, cause });
}
