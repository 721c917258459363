import { text } from 'node:stream/consumers';
import { beforeAll, expect, test } from '@jest/globals';
import { bundleFolder } from '../../lib/bundles.ts';
import { KEYS, sha256, signatureOf } from '../aws/json-peer.ts';
import { withServer } from '../local/raw-http.ts';
import { runNode } from './run-node.ts';
import { ROOT, SYNTHESIS_TIMEOUT_MS } from './templates.ts';

const MESSAGES = 3;

type Published = { readonly path: string; readonly isSigned: boolean; readonly payload: string };

/** As the bundle of the deployed function does it: parts of the SDK are others in it than in its source. */
const INVOKE = `
  const { handler } = require('./index.js');
  const event = (charge) => ({
    version: '2.0', rawPath: '/charge', rawQueryString: '', headers: { 'content-type': 'application/json' },
    requestContext: { http: { method: 'POST', path: '/charge' }, timeEpoch: 1795435200000 },
    body: JSON.stringify({ charge }), isBase64Encoded: false,
  });
  (async () => {
    for (let i = 0; i < ${MESSAGES}; i++) console.log((await handler(event(i), {})).statusCode);
  })();
`;

beforeAll(async () => {
  const { code, stderr } = await runNode(['scripts/bundle.ts'], { cwd: ROOT });
  if (code !== 0) throw new Error(stderr);
}, SYNTHESIS_TIMEOUT_MS);

test('each message of an environment is asked for with a signature that AWS takes, over one connection', async () => {
  const published: Published[] = [];
  const connections = new Set<unknown>();
  const { stdout, stderr } = await withServer(
    (request, response) => {
      connections.add(request.socket);
      void text(request).then((payload) => {
        const path = request.url ?? '';
        // In what is signed the path is escaped once more.
        const [encoded = '', query = ''] = path.split('?');
        const canonical = (lines: string, names: string): string =>
          `POST\n${encoded.replaceAll('%', '%25')}\n${query}\n${lines}\n${names}\n${sha256(payload)}`;
        const isSigned = request.headers.authorization === signatureOf('iotdata', request.headers, canonical);
        published.push({ path, isSigned, payload });
        response.writeHead(isSigned ? 200 : 403, { 'content-type': 'application/json' }).end('{}');
      });
    },
    (port) =>
      runNode(['-e', INVOKE], {
        cwd: bundleFolder(ROOT, 'influxdb', 'ingest'),
        env: { ...KEYS, AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_IOT_DATA_PLANE: `http://127.0.0.1:${port}` },
      }),
  );

  expect({ stdout, stderr }).toEqual({ stdout: '200\n'.repeat(MESSAGES), stderr: '' });
  expect(connections.size).toBe(1);
  expect(published).toEqual(
    Array.from({ length: MESSAGES }, (_, i) => ({
      path: '/topics/battery%2Fcharge?qos=1',
      isSigned: true,
      payload: `{"charge": ${i}, "unit": "kW", "timestamp": "2026-11-23T12:00:00.000Z"}`,
    })),
  );
});
