/**
 * An S3 with one bucket on loopback: GET, PUT with its conditions, DELETE and ListObjectsV2, as its API reference has them.
 * It takes no request whose signature is not right.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { addressOf, KEYS, sha256, signatureOf } from './json-peer.ts';

const BUCKET = 'boats-quarantine';

export type S3Peer = {
  /** What a function is told, so that its quarantine is here. */
  readonly env: Readonly<Record<string, string>>;
  /** By key; a test may change them. */
  readonly objects: Map<string, string>;
  /** `GET key`, `LIST prefix` and the like, the first ones first. */
  readonly requests: string[];
  /** What the next requests are answered instead, one each: a status, or nothing at all. */
  readonly fail: (...failures: readonly (number | 'hang-up')[]) => void;
  /** Runs before the next PUT is judged: what somebody else does at that moment. */
  readonly beforePut: (work: () => void) => void;
  readonly close: () => Promise<void>;
};

type Answer = { readonly status: number; readonly body?: string; readonly etag?: string };

export async function s3Peer(): Promise<S3Peer> {
  const objects = new Map<string, string>();
  const requests: string[] = [];
  let failures: (number | 'hang-up')[] = [];
  let before: (() => void) | undefined;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const url = new URL(request.url ?? '', 'http://s3');
      const key = url.pathname.slice(`/${BUCKET}/`.length);
      const prefix = url.searchParams.get('prefix');
      requests.push(prefix === null ? `${request.method} ${key}` : `LIST ${prefix}`);
      const failure = failures.shift();
      if (failure === 'hang-up') return void request.socket.destroy();
      if (request.method === 'PUT') {
        const work = before;
        before = undefined;
        work?.();
      }
      const answer =
        failure === undefined ? answerOf(request, url, key, body, objects) : { status: failure, body: code('Refused') };
      const headers = answer.etag === undefined ? {} : { etag: answer.etag };
      response.writeHead(answer.status, { 'content-type': 'application/xml', ...headers }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${addressOf(server.address()).port}`;
  return {
    env: { ...KEYS, AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_S3: endpoint, QUARANTINE_BUCKET: BUCKET },
    objects,
    requests,
    fail: (...next) => {
      failures = [...next];
    },
    beforePut: (work) => {
      before = work;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerOf(request: IncomingMessage, url: URL, key: string, body: string, objects: Map<string, string>): Answer {
  if (request.headers.authorization !== s3SignatureOf(request, url, body))
    return { status: 403, body: code('SignatureDoesNotMatch') };
  const there = objects.get(key);
  if (request.method === 'PUT') return put(request, key, body, objects);
  if (request.method === 'DELETE') {
    objects.delete(key);
    return { status: 204 };
  }
  if (key === '' && url.searchParams.get('list-type') === '2') return { status: 200, body: listed(url, objects) };
  return there === undefined
    ? { status: 404, body: code('NoSuchKey') }
    : { status: 200, body: there, etag: etagOf(there) };
}

function put({ headers }: IncomingMessage, key: string, body: string, objects: Map<string, string>): Answer {
  const there = objects.get(key);
  if (headers['if-none-match'] === '*' && there !== undefined) return { status: 412, body: code('PreconditionFailed') };
  const wanted = headers['if-match'];
  if (wanted !== undefined && there === undefined) return { status: 404, body: code('NoSuchKey') };
  if (wanted !== undefined && wanted !== etagOf(there ?? '')) return { status: 412, body: code('PreconditionFailed') };
  objects.set(key, body);
  return { status: 200, etag: etagOf(body) };
}

function listed({ searchParams }: URL, objects: ReadonlyMap<string, string>): string {
  const prefix = searchParams.get('prefix') ?? '';
  const startAfter = searchParams.get('start-after') ?? '';
  const delimiter = searchParams.get('delimiter');
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).toSorted();
  const entries = [...new Set(keys.map((key) => collapsed(key, prefix, delimiter)))];
  const told = entries.slice(0, Number(searchParams.get('max-keys') ?? 1000));
  const xml = told.map((entry) =>
    delimiter !== null && entry.endsWith(delimiter)
      ? `<CommonPrefixes><Prefix>${entry}</Prefix></CommonPrefixes>`
      : `<Contents><Key>${entry}</Key><Size>1</Size></Contents>`,
  );
  const isTruncated = told.length < entries.length;
  return `<?xml version="1.0"?><ListBucketResult><Name>${BUCKET}</Name><Prefix>${prefix}</Prefix><IsTruncated>${isTruncated}</IsTruncated>${xml.join('')}</ListBucketResult>`;
}

function collapsed(key: string, prefix: string, delimiter: string | null): string {
  const cut = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
  return cut < 0 ? key : key.slice(0, cut + 1);
}

const code = (name: string): string => `<?xml version="1.0"?><Error><Code>${name}</Code></Error>`;
const etagOf = (body: string): string => `"${createHash('md5').update(body).digest('hex')}"`;

/** For S3: the path as it stands, the query sorted, the body's hash a header. */
function s3SignatureOf({ method, headers }: IncomingMessage, url: URL, body: string): string {
  if (headers['x-amz-content-sha256'] !== sha256(body)) return 'the hash of the body is wrong';
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .toSorted();
  return signatureOf(
    's3',
    headers,
    (lines, names) => `${method}\n${url.pathname}\n${query.join('&')}\n${lines}\n${names}\n${sha256(body)}`,
  );
}
