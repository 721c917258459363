/** One bucket of an InfluxDB, asked and written as the copy needs it: what may pass by is tried again, for a minute or so. */
import { setTimeout as pause } from 'node:timers/promises';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { type InfluxAnswer, influxConnection } from '../../lambdas/store/influxdb-connection.ts';
import { databaseOf, type InfluxQlSeries, resultsIn } from '../../lambdas/store/influxdb-influxql.ts';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';

/** Lines that the server would not take, and its words about the first of them. */
export type Refused = { readonly lines: number; readonly words: string };

export type Bucket = {
  readonly ask: (statement: string) => Promise<readonly InfluxQlSeries[]>;
  readonly write: (lines: readonly string[]) => Promise<Refused>;
  readonly close: () => void;
};

export type BucketOptions = {
  /** Told when it begins to wait. */
  readonly onWait: (reason: string) => void;
  readonly signal: AbortSignal;
};

// A count reads all there is.
const QUERY_TIMEOUT_MS = 10 * 60_000;
const WRITE_TIMEOUT_MS = 30_000;
const PAUSES_MS = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 20_000];
// Far below what a server takes, and what it costs there: a body of 60 MB took 2 GB.
const MAX_BODY_CHARACTERS = 2_000_000;

export function openBucket(address: InfluxAddress, { onWait, signal }: BucketOptions): Bucket {
  const { url, org, bucket, token } = address;
  const connection = influxConnection({
    ...address,
    token: () => Promise.resolve(token),
    queryTimeoutMs: QUERY_TIMEOUT_MS,
  });

  async function patiently(request: () => Promise<InfluxAnswer>): Promise<InfluxAnswer> {
    for (const pauseMs of PAUSES_MS) {
      const answer = await request().catch(reasonToWait);
      if (!('wait' in answer) && !isPassing(answer.status)) return answer;
      const reason = 'wait' in answer ? answer.wait : `InfluxDB at ${url} answers ${answer.status}: ${answer.words}`;
      onWait(reason);
      const askedMs = 'wait' in answer ? undefined : answer.retryAfterMs;
      await pause(Math.max(pauseMs, Math.min(askedMs ?? 0, 60_000)), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw unavailable(reason);
    }
    return request();
  }

  const ask = async (statement: string): Promise<readonly InfluxQlSeries[]> => {
    const answer = await patiently(() =>
      connection.request({
        path: `/query?${String(new URLSearchParams({ org, ...databaseOf(address) }))}`,
        method: 'POST',
        // In the body: the names of a thousand fields are too long for an address.
        body: String(new URLSearchParams({ q: statement })),
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        timeoutMs: QUERY_TIMEOUT_MS,
      }),
    );
    if (answer.status >= 300) throw refusedError(answer);
    return resultsIn(answer.body).flatMap(({ error, series }) => {
      if (error !== undefined) throw refusedError({ status: 404, words: error });
      return series;
    });
  };

  async function write(lines: readonly string[]): Promise<Refused> {
    const body = lines.join('\n');
    if (body.length > MAX_BODY_CHARACTERS && lines.length > 1) return inHalves(lines);
    const answer = await patiently(() =>
      connection.request({
        path: `/api/v2/write?${String(new URLSearchParams({ org, bucket, precision: 'ns' }))}`,
        method: 'POST',
        body,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        timeoutMs: WRITE_TIMEOUT_MS,
      }),
    );
    const { status, words } = answer;
    if (status < 300) return { lines: 0, words: '' };
    // The others of the batch are stored.
    if (status === 422) return { lines: droppedIn(words, lines.length), words };
    if (status !== 400 && status !== 413) throw refusedError(answer);
    return lines.length === 1 ? { lines: 1, words } : inHalves(lines);
  }

  async function inHalves(lines: readonly string[]): Promise<Refused> {
    const half = Math.ceil(lines.length / 2);
    const first = await write(lines.slice(0, half));
    const second = await write(lines.slice(half));
    return { lines: first.lines + second.lines, words: first.words === '' ? second.words : first.words };
  }

  const refusedError = ({ status, words }: Pick<InfluxAnswer, 'status' | 'words'>): AmphoraError =>
    new AmphoraError('store-refused', `InfluxDB at ${url} refused (${status}: ${words}) for bucket '${bucket}'`, {
      retry: false,
    });

  return { ask, write, close: connection.close };
}

const isPassing = (status: number): boolean => status === 429 || status >= 500;

function reasonToWait(error: unknown): { readonly wait: string } {
  if (error instanceof AmphoraError && error.retry) return { wait: error.message };
  throw error;
}

const unavailable = (message: string): AmphoraError => new AmphoraError('store-unavailable', message, { retry: true });

// "… dropped=3", or "dropped 3 points outside retention policy".
function droppedIn(words: string, lines: number): number {
  const [, dropped] = /dropped[= ](\d+)/.exec(words) ?? [];
  return dropped === undefined ? lines : Number(dropped);
}
