import { createHash, createHmac, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { amazonRootCas } from '../../cloud/amazon-root-ca.ts';
import { iotEndpoint, signedMqttAddress } from '../../cloud/iot-endpoint.ts';

const HOST = 'a1b2c3-ats.iot.eu-central-1.amazonaws.com';
const SECRET = 'secret/with+signs';
const KEYS = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;
const before = KEYS.map((key) => [key, process.env[key]] as const);

/** Plays AWS IoT's DescribeEndpoint. */
let aws: Server;
beforeAll(async () => {
  aws = createServer((_request, answer) => {
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify({ endpointAddress: HOST }));
  });
  aws.listen(0, '127.0.0.1');
  await once(aws, 'listening');
  const address = aws.address();
  process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIDEXAMPLE';
  process.env['AWS_SECRET_ACCESS_KEY'] = SECRET;
});
afterEach(() => {
  delete process.env['AWS_SESSION_TOKEN'];
});
afterAll(async () => {
  aws.closeAllConnections();
  aws.close();
  await once(aws, 'close');
  for (const [key, value] of before)
    if (value === undefined) delete process.env[key];
    else process.env[key] = value;
});

/** As "MQTT over the WebSocket Protocol" computes it, from what stands in the address. */
function signatureOf(query: URLSearchParams): string {
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  const signed = [...query].filter(([name]) => !/^X-Amz-(Signature|Security-Token)$/.test(name));
  const canonicalQuery = signed
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&');
  const request = ['GET', '/mqtt', canonicalQuery, `host:${HOST}`, '', 'host', hash('')].join('\n');
  const [, ...scope] = (query.get('X-Amz-Credential') ?? '').split('/');
  const text = ['AWS4-HMAC-SHA256', query.get('X-Amz-Date'), scope.join('/'), hash(request)].join('\n');
  const key = scope.reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${SECRET}`);
  return hmac(key, text).toString('hex');
}

describe("a connection to AWS IoT with the owner's credentials", () => {
  test('is signed as AWS IoT verifies it, for its own service, in the region that was asked for', async () => {
    const { url, headers } = await signedMqttAddress('eu-central-1', 360);
    const { pathname, searchParams } = new URL(url);
    expect(pathname).toBe('/mqtt');
    expect(headers).toEqual({ host: HOST });
    expect(searchParams.get('X-Amz-Credential')).toMatch(
      /^AKIDEXAMPLE\/\d{8}\/eu-central-1\/iotdevicegateway\/aws4_request$/,
    );
    expect(searchParams.get('X-Amz-Expires')).toBe('360');
    expect(searchParams.get('X-Amz-Signature')).toBe(signatureOf(searchParams));
  });

  test("a session's token is added outside of what is signed", async () => {
    process.env['AWS_SESSION_TOKEN'] = 'token/with+signs==';
    const { searchParams } = new URL((await signedMqttAddress('eu-central-1', 360)).url);
    expect(searchParams.get('X-Amz-Security-Token')).toBe('token/with+signs==');
    expect(searchParams.get('X-Amz-Signature')).toBe(signatureOf(searchParams));
  });

  test('never holds for longer than AWS allows', async () => {
    const { searchParams } = new URL((await signedMqttAddress('eu-central-1', 200_000)).url);
    expect(searchParams.get('X-Amz-Expires')).toBe('86400');
  });
});

describe('where devices connect', () => {
  test("is the account's own name, on the port of MQTT with a certificate", async () => {
    expect(await iotEndpoint('eu-central-1')).toMatchObject({ host: HOST, port: 8883 });
  });

  test('is checked with the two roots that AWS IoT uses, and with no other', () => {
    const pems = amazonRootCas().match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
    const names = pems.map((pem) => new X509Certificate(pem).subject.split('\n').at(-1));
    expect(names).toEqual(['CN=Amazon Root CA 1', 'CN=Amazon Root CA 3']);
  });
});
