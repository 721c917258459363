/** One POST over HTTP, bounded in time and in what is read of the answer. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export type Post = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
};

export type PostAnswer = { readonly status: number; readonly body: string };

// A secret may have 64 KiB, and JSON writes a byte of it in up to six.
const MAX_ANSWER_BYTES = 512 * 1024;

/** What is answered, whatever its status; a redirect is not followed. Rejects where there is no whole answer in time. */
export function boundedPost({ url, headers, body, timeoutMs }: Post): Promise<PostAnswer> {
  const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
  // Over the answer's body, too.
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_ANSWER_BYTES) sent.destroy(new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
