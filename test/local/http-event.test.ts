import { describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { readBody } from '../../local/http-door.ts';
import { type MatchedRoute, pathOf, toAnswer, toEvent } from '../../local/http-event.ts';
import { raw, withServer } from './raw-http.ts';

const NOW_MS = Date.UTC(2026, 10, 3, 7, 5, 9, 123);
const DEFAULT: MatchedRoute = { routeKey: '$default', params: {} };

/** The event of a request as it is written on the wire. */
async function eventOf(
  lines: readonly string[],
  body: string | Buffer = '',
  route = DEFAULT,
): Promise<APIGatewayProxyEventV2> {
  const events: APIGatewayProxyEventV2[] = [];
  const length = Buffer.byteLength(body);
  await withServer(
    (request, response) => {
      void readBody(request, 1e6).then((read) => {
        events.push(toEvent(request, read ?? Buffer.alloc(0), route, NOW_MS));
        response.end();
      });
    },
    async (port) =>
      raw(
        port,
        [...lines, 'Host: localhost:5003', 'Connection: close', ...(length > 0 ? [`Content-Length: ${length}`] : [])],
        body,
      ),
  );
  const [event] = events;
  if (event === undefined) throw new Error('no event');
  return event;
}

describe('the event of a request', () => {
  test('has the fields of payload 2.0, and no other', async () => {
    const route = { routeKey: 'POST /batteries/{id}/telemetry', params: { id: 'b2' } };
    const lines = [
      'POST /batteries/b2/telemetry?a=1&b=x%20y&a=2 HTTP/1.1',
      'Content-Type: application/json',
      'User-Agent: tester',
      'X-Two: one',
      'x-two: two',
      'Cookie: a=1; b=2',
    ];
    const event = await eventOf(lines, '{"soc":5}', route);
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'POST /batteries/{id}/telemetry',
      rawPath: '/batteries/b2/telemetry',
      rawQueryString: 'a=1&b=x%20y&a=2',
      cookies: ['a=1', 'b=2'],
      headers: {
        'content-type': 'application/json',
        'user-agent': 'tester',
        'x-two': 'one, two',
        host: 'localhost:5003',
        connection: 'close',
        'content-length': '9',
      },
      queryStringParameters: { a: '1,2', b: 'x y' },
      pathParameters: { id: 'b2' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'local',
        domainName: 'localhost',
        domainPrefix: 'local',
        http: {
          method: 'POST',
          path: '/batteries/b2/telemetry',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'tester',
        },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        routeKey: 'POST /batteries/{id}/telemetry',
        stage: '$default',
        time: '03/Nov/2026:07:05:09 +0000',
        timeEpoch: NOW_MS,
      },
      body: '{"soc":5}',
      isBase64Encoded: false,
    });
  });

  test('leaves out what a plain GET does not have', async () => {
    const event = await eventOf(['GET /health HTTP/1.1']);
    for (const absent of ['cookies', 'queryStringParameters', 'pathParameters', 'body'])
      expect(event).not.toHaveProperty(absent);
    expect(event).toMatchObject({ rawPath: '/health', rawQueryString: '', isBase64Encoded: false });
  });

  test.each([
    ['application/json', 'ä', 'ä', false],
    ['application/vnd.api+json; charset=utf-8', '{}', '{}', false],
    ['text/plain', 'x', 'x', false],
    ['application/x-www-form-urlencoded', 'a=1', 'a=1', false],
    ['application/octet-stream', 'x', 'eA==', true],
    ['image/png', 'x', 'eA==', true],
    // Told as text, these bytes would be others.
    ['application/json', Buffer.from([0x7b, 0xff, 0x7d]), 'e/99', true],
  ])('a body of %s is handed over as it came: %j', async (type, sent, body, isBase64Encoded) => {
    const event = await eventOf(['POST / HTTP/1.1', `Content-Type: ${type}`], sent);
    expect(event).toMatchObject({ body, isBase64Encoded });
  });

  test('a body without a type is base64', async () => {
    expect(await eventOf(['POST / HTTP/1.1'], 'x')).toMatchObject({ body: 'eA==', isBase64Encoded: true });
  });

  test.each([
    ['/read?begin=-1h&end=now()', 'begin=-1h&end=now()', { begin: '-1h', end: 'now()' }],
    [
      '/read?begin=2026-01-01T00:00:00+01:00',
      'begin=2026-01-01T00:00:00+01:00',
      { begin: '2026-01-01T00:00:00 01:00' },
    ],
    ['/read?a=%2B&b', 'a=%2B&b', { a: '+', b: '' }],
    ['/read?a=%zz', 'a=%zz', { a: '%zz' }],
    ['/read?a=1?b=2', 'a=1?b=2', { a: '1?b=2' }],
    ['/read?', '', undefined],
  ])('the query of %s is told raw and decoded', async (target, rawQueryString, parameters) => {
    const event = await eventOf([`GET ${target} HTTP/1.1`]);
    expect({ raw: event.rawQueryString, parameters: event.queryStringParameters }).toEqual({
      raw: rawQueryString,
      parameters,
    });
  });

  test('a query member named __proto__ is a member', async () => {
    const { queryStringParameters = {} } = await eventOf(['GET /read?__proto__=x HTTP/1.1']);
    expect(Object.entries(queryStringParameters)).toEqual([['__proto__', 'x']]);
  });

  test.each([
    ['//', '//'],
    ['/\\', '/\\'],
    ['/a//b', '/a//b'],
    ['/batteries/a%20b', '/batteries/a b'],
    ['/batteries/a%2Fb', '/batteries/a/b'],
    ['/%E4', '/%E4'],
    ['/%2525', '/%25'],
    ['http://[bad/', 'http://[bad/'],
    ['*', '*'],
  ])('the path %s is no crash, and decoded once: %s', async (target, rawPath) => {
    const paths: string[] = [];
    await withServer(
      (request, response) => {
        paths.push(toEvent(request, Buffer.alloc(0), DEFAULT, NOW_MS).rawPath, pathOf(request));
        response.end();
      },
      async (port) => raw(port, [`OPTIONS ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close']),
    );
    expect(paths).toEqual([rawPath, rawPath]);
  });
});

describe('the answer of a function', () => {
  test('has its status, headers in lower case, cookies and body', () => {
    const cookies = ['a=1', 'b=2'];
    expect(toAnswer({ statusCode: 201, headers: { 'X-A': 'b', n: 5 }, cookies, body: 'ä' })).toEqual({
      status: 201,
      headers: { 'x-a': 'b', n: '5' },
      cookies,
      body: Buffer.from('ä'),
    });
    expect(toAnswer({ statusCode: 204 })).toEqual({ status: 204, headers: {}, cookies: [], body: Buffer.alloc(0) });
    expect(toAnswer({ statusCode: 200, body: '/w==', isBase64Encoded: true })?.body).toEqual(Buffer.from([0xff]));
  });

  test.each([
    [{ a: 1 }, '{"a":1}'],
    ['text', 'text'],
    [5, '5'],
    [null, 'null'],
    [[], '[]'],
  ])('%j without a status is the body itself', (result, body) => {
    expect(toAnswer(result)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      cookies: [],
      body: Buffer.from(body),
    });
  });

  test.each([['abc'], [99], [600], [200.5], [null], [undefined]])(
    'the status %j is none, and refused',
    (statusCode) => {
      expect(toAnswer({ statusCode, body: 'x' })).toBeUndefined();
    },
  );

  test('6 MB of result are passed on, and a byte more is not', () => {
    const bytes = (length: number): unknown => ({
      statusCode: 200,
      body: 'x'.repeat(length - '{"statusCode":200,"body":""}'.length),
    });
    expect(toAnswer(bytes(6 * 1024 * 1024))?.status).toBe(200);
    expect(toAnswer(bytes(6 * 1024 * 1024 + 1))).toBeUndefined();
    // Counted in bytes, not in characters.
    expect(toAnswer({ statusCode: 200, body: 'ä'.repeat(3.1 * 1024 * 1024) })).toBeUndefined();
  });
});
