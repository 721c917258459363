/** The page and the API behind one address, as CloudFront gives them out. */
import { describe, expect, test } from '@jest/globals';
import { IS_EMULATOR, RUN } from './run.ts';

const PAGE = RUN.outputs['PageUrl'];
const WHY = IS_EMULATOR ? 'an emulator has no CloudFront before the API' : 'this stack has no output PageUrl';
const isThere = PAGE !== undefined && !IS_EMULATOR;
const page = new URL(PAGE ?? 'http://localhost');

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(new URL(path, page), { redirect: 'manual', signal: AbortSignal.timeout(30_000), ...init });

(isThere ? describe : describe.skip)(isThere ? `the page at ${page.href}` : `not tested, for ${WHY}:`, () => {
  test('comes with the headers that keep foreign scripts, frames and senders out', async () => {
    const answer = await get('/');
    const { headers } = answer;
    expect(answer.status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe-|\*/);
    expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('permissions-policy')).not.toBeNull();
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers.get('cache-control')).toMatch(/no-cache/);
  });

  test('is not to be had without TLS', async () => {
    const answer = await fetch(`http://${page.host}/`, { redirect: 'manual', signal: AbortSignal.timeout(30_000) });
    expect(answer.status).toBeGreaterThanOrEqual(301);
    expect(answer.headers.get('location')).toMatch(/^https:/);
  });

  test('loads files that may be kept for ever, each of which is there', async () => {
    const text = await (await get('/')).text();
    const files = [...text.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path = '']) => path);
    expect(files.length).toBeGreaterThan(0);
    for (const path of files) {
      const file = await get(path);
      expect({ path, status: file.status }).toEqual({ path, status: 200 });
      expect(file.headers.get('cache-control')).toMatch(/immutable/);
    }
  });

  test('is led by config.json to the API on its own address, and to the sign-in', async () => {
    const config: unknown = JSON.parse(await (await get('/config.json')).text());
    expect(config).toMatchObject({
      apiUrl: '/api',
      local: false,
      signIn: { clientId: RUN.outputs['PageClientId'], redirectUri: page.href },
    });
    expect(JSON.parse(await (await get('/api/health')).text())).toMatchObject({ status: 'ok' });
  });

  test('is not what the API’s own refusals become', async () => {
    const unknown = await get('/api/nothing-here');
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('content-type')).toMatch(/json/);
    const closed = await get('/api/livedata');
    expect(closed.status).toBe(401);
    expect(closed.headers.get('content-type')).toMatch(/json/);
  });

  test('shows the description of the API at /docs, and nothing at an address that is none', async () => {
    expect((await get('/docs')).status).toBe(200);
    expect((await get('/nothing-here')).status).toBeGreaterThanOrEqual(403);
  });

  test('has a bucket that nobody reads past it', async () => {
    const { SiteBucketName = '' } = RUN.outputs;
    const address = `https://${SiteBucketName}.s3.${RUN.region}.amazonaws.com/index.html`;
    expect((await fetch(address, { signal: AbortSignal.timeout(30_000) })).status).toBe(403);
  });
});
