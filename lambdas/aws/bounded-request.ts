/** One request over HTTP, bounded in time and in what is read of the answer. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export type BoundedRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: none. */
  readonly body?: string;
  readonly timeoutMs: number;
  /** Of the answer that are read. Default: 512 KiB. */
  readonly maxAnswerBytes?: number;
};

export type BoundedAnswer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

// A secret may have 64 KiB, and JSON writes a byte of it in up to six.
const MAX_ANSWER_BYTES = 512 * 1024;

/** What is answered, whatever its status; a redirect is not followed. Rejects where there is no whole answer in time. */
export function boundedRequest({
  method,
  url,
  headers,
  body,
  timeoutMs,
  maxAnswerBytes = MAX_ANSWER_BYTES,
}: BoundedRequest): Promise<BoundedAnswer> {
  const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
  // Over the answer's body, too.
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxAnswerBytes) sent.destroy(new Error(`an answer of more than ${maxAnswerBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
