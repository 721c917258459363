/** An SQS on loopback that takes every message, once it has answered with the statuses that it is told. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { addressOf, KEYS } from './secrets-peer.ts';

export const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/kept';

export type QueuePeer = {
  /** What a function is told, so that it puts its messages here. */
  readonly env: Readonly<Record<string, string>>;
  readonly bodies: readonly unknown[];
  readonly requests: () => number;
  readonly close: () => Promise<void>;
};

export async function queuePeer(...statuses: number[]): Promise<QueuePeer> {
  const bodies: unknown[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    void text(request).then((sent) => {
      requests += 1;
      const status = statuses.shift();
      if (status !== undefined) return response.writeHead(status).end('{"__type":"com.amazonaws.sqs#Refused"}');
      const { QueueUrl, MessageBody } = JSON.parse(sent);
      if (QueueUrl !== QUEUE_URL) return response.writeHead(404).end();
      bodies.push(JSON.parse(MessageBody));
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      return response.end(JSON.stringify({ MessageId: 'm', MD5OfMessageBody }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${addressOf(server.address()).port}`;
  return {
    env: { ...KEYS, AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_SQS: endpoint, FAILURE_QUEUE_URL: QUEUE_URL },
    bodies,
    requests: () => requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
