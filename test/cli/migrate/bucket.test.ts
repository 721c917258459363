import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { type Bucket, openBucket } from '../../../cli/migrate/bucket.ts';
import { withServer } from '../../local/raw-http.ts';

type Asked = { readonly path: string; readonly body: string };
type Answer = { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

/** A bucket at a server that answers what `answer` says; everything that it was asked, and was told, is kept. */
async function atServer(
  answer: (asked: Asked, count: number) => Answer,
  use: (bucket: Bucket, seen: { readonly asked: Asked[]; readonly waits: string[] }) => Promise<void>,
  signal = new AbortController().signal,
): Promise<void> {
  const asked: Asked[] = [];
  const waits: string[] = [];
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const plain = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
    const one = { path: request.url ?? '', body: await text(plain) };
    asked.push(one);
    const { status, body, headers } = answer(one, asked.length);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(status === 204 ? undefined : JSON.stringify(body ?? {}));
  };
  const listener: RequestListener = (request, response) => void reply(request, response);
  await withServer(listener, async (port) => {
    const address = { url: `http://127.0.0.1:${port}`, org: 'ENI', bucket: 'b 1', token: 'secret' };
    const bucket = openBucket(address, { onWait: (reason) => waits.push(reason), signal });
    await use(bucket, { asked, waits });
    bucket.close();
  });
}

const linesOf = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `m v=${i} ${i}`);
const STORED: Answer = { status: 204 };

describe('lines written to a bucket', () => {
  test('go in one request, with nanoseconds, to the bucket named', async () => {
    await atServer(
      () => STORED,
      async ({ write }, { asked }) => {
        expect(await write(linesOf(3))).toEqual({ lines: 0, words: '' });
        expect(asked).toEqual([
          { path: '/api/v2/write?org=ENI&bucket=b+1&precision=ns', body: 'm v=0 0\nm v=1 1\nm v=2 2' },
        ]);
      },
    );
  });

  test('that are too much for the server are sent in halves', async () => {
    await atServer(
      ({ body }) => (body.split('\n').length > 2 ? { status: 413 } : STORED),
      async ({ write }, { asked }) => {
        expect(await write(linesOf(7))).toEqual({ lines: 0, words: '' });
        const taken = asked.map(({ body }) => body.split('\n')).filter(({ length }) => length <= 2);
        expect(taken.flat()).toEqual(linesOf(7));
      },
    );
  });

  test('of more than 2 million characters are sent in halves unasked', async () => {
    await atServer(
      () => STORED,
      async ({ write }, { asked }) => {
        await write(Array.from({ length: 40 }, (_, i) => `m t="${'x'.repeat(100_000)}" ${i}`));
        expect(asked.length).toBeGreaterThan(1);
        for (const { body } of asked) expect(body.length).toBeLessThanOrEqual(2_000_000);
        expect(asked.flatMap(({ body }) => body.split('\n'))).toHaveLength(40);
      },
    );
  });

  test('of which one cannot be parsed are all stored but that one', async () => {
    const words = 'unable to parse';
    await atServer(
      ({ body }) => (body.includes('v=5 ') ? { status: 400, body: { message: words } } : STORED),
      async ({ write }, { asked }) => {
        expect(await write(linesOf(9))).toEqual({ lines: 1, words });
        const stored = asked.filter(({ body }) => !body.includes('v=5 ')).flatMap(({ body }) => body.split('\n'));
        expect(stored.toSorted()).toEqual(linesOf(9).filter((line) => line !== 'm v=5 5'));
      },
    );
  });

  test.each([
    ['partial write: field type conflict: … dropped=3', 3],
    ['partial write: dropped 2 points outside retention policy of duration 1h0m0s', 2],
    ['who knows', 9],
  ])('that the server took in part count as it says: %s', async (message, lines) => {
    await atServer(
      () => ({ status: 422, body: { message } }),
      async ({ write }) => {
        expect(await write(linesOf(9))).toEqual({ lines, words: message });
      },
    );
  });

  test('are sent again when the server has too much to do, and that is told', async () => {
    await atServer(
      (_asked, count) => (count === 1 ? { status: 503, body: { message: 'busy' } } : STORED),
      async ({ write }, { asked, waits }) => {
        expect(await write(linesOf(2))).toEqual({ lines: 0, words: '' });
        expect(asked).toHaveLength(2);
        expect(waits).toEqual([expect.stringContaining('answers 503: busy')]);
      },
    );
  });

  test.each([401, 403, 404])('end the copy at once with status %i', async (status) => {
    await atServer(
      () => ({ status, body: { message: 'no' } }),
      async ({ write }, { waits }) => {
        await expect(write(linesOf(2))).rejects.toMatchObject({ code: 'store-refused', retry: false });
        expect(waits).toEqual([]);
      },
    );
  });

  test('are not waited for longer when the copy is stopped', async () => {
    const stop = new AbortController();
    await atServer(
      () => ({ status: 503, body: { message: 'busy' } }),
      async ({ write }) => {
        stop.abort();
        const startMs = Date.now();
        await expect(write(linesOf(2))).rejects.toMatchObject({ code: 'store-unavailable' });
        expect(Date.now() - startMs).toBeLessThan(400);
      },
      stop.signal,
    );
  });
});

describe('a question to a bucket', () => {
  test('gives its rows, also those of several tables', async () => {
    const series = [
      { name: 'a', columns: ['time', '0'], values: [['2026-11-23T12:00:00Z', 1]] },
      { name: 'b', columns: ['time'], values: [] },
    ];
    await atServer(
      () => ({ status: 200, body: { results: [{ statement_id: 0, series }] } }),
      async ({ ask }, { asked }) => {
        expect(await ask('SHOW "é" & more')).toEqual([
          { name: 'a', tags: {}, columns: ['time', '0'], rows: [['2026-11-23T12:00:00Z', 1]] },
          { name: 'b', tags: {}, columns: ['time'], rows: [] },
        ]);
        expect(asked[0]?.path).toBe('/query?org=ENI&db=b+1');
        expect(new URLSearchParams(asked[0]?.body).get('q')).toBe('SHOW "é" & more');
      },
    );
  });

  test('whose error comes with status 200 is an error all the same', async () => {
    await atServer(
      () => ({ status: 200, body: { results: [{ error: 'database not found: b' }] } }),
      async ({ ask }) => {
        await expect(ask('SHOW SERIES')).rejects.toMatchObject({
          code: 'store-refused',
          message: expect.stringContaining('database not found: b'),
        });
      },
    );
  });
});
