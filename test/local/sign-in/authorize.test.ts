/** The sign-in page: to whom it is shown, what it lets a browser do, and how it slows down who guesses. */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { authorizeQuery, newProof, postForm } from './browser.ts';
import { CLI, type IssuerOn, issuerOn, PAGE } from './issuer-on.ts';

// Passwords are hashed dearly, and the machine may be busy.
jest.setTimeout(60_000);

let on: IssuerOn;

beforeAll(async () => {
  on = await issuerOn();
});
beforeEach(() => {
  // Past every lock of the test before.
  on.clock.nowMs += 3600_000;
});
afterAll(() => on.close());

const { challenge } = newProof();

type Changes = Readonly<Record<string, string | undefined>>;

function queryWith(changes: Changes, program = PAGE): string {
  const query = new URLSearchParams(authorizeQuery(program, challenge));
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  return query.toString();
}

const open = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(`${on.url}${path}`, { redirect: 'manual', headers });

describe('a program', () => {
  test.each<readonly [string, Changes]>([
    ['that is not known', { client_id: 'nobody' }],
    ['that has no page to go back to', { client_id: 'machine' }],
    ['without a redirect', { redirect_uri: undefined }],
    ['that wants to go elsewhere', { redirect_uri: 'https://evil.example/' }],
    ['that wants to go to another program', { redirect_uri: CLI.redirectUri }],
    ['that wants to go to another path', { redirect_uri: `${PAGE.redirectUri}x` }],
    ['that wants to go to its page without the slash', { redirect_uri: 'http://localhost:5003' }],
    ['that wants to go to its page with a query', { redirect_uri: `${PAGE.redirectUri}?x=y` }],
    ['that wants to go to its page in capitals', { redirect_uri: 'http://LOCALHOST:5003/' }],
    ['that wants to go to a name that only begins so', { redirect_uri: 'http://localhost:5003.evil.example/' }],
  ])('%s is sent nowhere: the person is told', async (_, changes) => {
    for (const path of ['/oauth2/authorize', '/login']) {
      const answer = await open(`${path}?${queryWith(changes)}`);
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
      expect(await answer.text()).toContain('Nobody was signed in');
    }
    expect((await postForm(on.url, queryWith(changes), on.user)).status).toBe(400);
  });

  test('that gives its redirect or its name twice is sent nowhere', async () => {
    for (const more of ['redirect_uri=https%3A%2F%2Fevil.example%2F', `client_id=${PAGE.clientId}`]) {
      const answer = await open(`/oauth2/authorize?${queryWith({})}&${more}`);
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    }
  });

  test.each<readonly [string, Changes, string]>([
    ['asks for a token in the address', { response_type: 'token' }, 'unsupported_response_type'],
    ['asks without a challenge', { code_challenge: undefined }, 'invalid_request'],
    ['asks with a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['asks without a method', { code_challenge_method: undefined }, 'invalid_request'],
    ['asks with a short challenge', { code_challenge: 'x' }, 'invalid_request'],
    ['asks for a scope that is not its own', { scope: 'openid battery/write' }, 'invalid_scope'],
  ])('that %s is told so, with its state', async (_, changes, error) => {
    const answer = await open(`/oauth2/authorize?${queryWith(changes)}`);
    const location = new URL(answer.headers.get('location') ?? '');
    expect([answer.status, location.origin]).toEqual([302, 'http://localhost:5003']);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      error,
      state: 'state',
      error_description: expect.stringMatching(/^[\w ./]+$/),
    });
    expect((await postForm(on.url, queryWith(changes), on.user)).location?.searchParams.get('code')).toBeNull();
  });

  test('that gives its state twice is told so', async () => {
    const answer = await open(`/oauth2/authorize?${queryWith({})}&state=other`);
    expect(answer.headers.get('location')).toContain('error=invalid_request');
  });
});

describe('the page', () => {
  test('names the program and what it may, has a way out, and runs nothing', async () => {
    const sent = await open(`/oauth2/authorize?${queryWith({}, CLI)}`);
    expect(sent.headers.get('location')).toBe(`/login?${queryWith({}, CLI)}`);
    const answer = await open(`/login?${queryWith({}, CLI)}`);
    const html = await answer.text();
    expect(html).toContain(
      '<p>To go on to the command line, which waits at http://localhost:8976 and may then read and write your readings.</p>',
    );
    expect(html).toMatch(/<a href="http:\/\/localhost:8976\/\?error=access_denied&amp;[^"]*state=state">Cancel<\/a>/);
    expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' http://localhost:8976",
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('of the program that only reads says that alone', async () => {
    expect(await (await open(`/login?${queryWith({})}`)).text()).toContain(
      'the page at http://localhost:5003, which may then read your readings',
    );
  });

  test('shows markup in what it was given as text', async () => {
    const hostile = `"><img src=x onerror=alert(1)>`;
    const html = await (await open(`/login?${queryWith({ state: hostile })}`)).text();
    const again = await postForm(on.url, queryWith({}), { email: hostile, password: 'x' });
    for (const text of [html, again.html]) expect(text).not.toContain('<img src=x');
    expect(again.html).toContain('&quot;&gt;&lt;img src=x onerror=alert(1)&gt;');
  });

  test('has its style and its icon beside it, and nothing else', async () => {
    for (const [path, type] of [
      ['/sign-in.css', 'text/css; charset=utf-8'],
      ['/favicon.svg', 'image/svg+xml'],
    ] as const)
      expect([path, (await open(path)).headers.get('content-type')]).toEqual([path, type]);
    for (const path of ['/', '/index.html', '/users.json', '/../users.json', '/oauth2/userInfo'])
      expect([path, (await open(path)).status]).toEqual([path, 404]);
  });

  test('is not shown to whom a foreign name leads here, and its form is not taken from a foreign page', async () => {
    const foreign = await postForm(on.url, queryWith({}), on.user, { origin: 'http://evil.example' });
    expect([foreign.status, foreign.cookie]).toEqual([403, '']);
    expect((await postForm(on.url, queryWith({}), on.user, { origin: 'null' })).status).toBe(403);
  });
});

describe('a browser in which somebody signed in', () => {
  test('needs no password for an hour, for the next program too, and then it does', async () => {
    const { cookie } = await postForm(on.url, queryWith({}), on.user);
    expect(cookie).toMatch(/^amphora-sign-in=[\w-]{43}$/);
    const next = (): Promise<Response> => open(`/oauth2/authorize?${queryWith({}, CLI)}`, { cookie });
    expect((await next()).headers.get('location')).toMatch(/^http:\/\/localhost:8976\/\?code=/);
    on.clock.nowMs += 3600_000;
    expect((await next()).headers.get('location')).toMatch(/^\/login\?/);
  });

  test('does after signing out, which leads back to the program’s own page and nowhere else', async () => {
    const { cookie } = await postForm(on.url, queryWith({}), on.user);
    const out = (target: string): Promise<Response> =>
      open(`/logout?${new URLSearchParams({ client_id: PAGE.clientId, logout_uri: target }).toString()}`, { cookie });
    const elsewhere = await out('https://evil.example/');
    expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([400, null]);
    const back = await out(PAGE.redirectUri);
    expect([back.status, back.headers.get('location')]).toEqual([302, PAGE.redirectUri]);
    expect(back.headers.get('set-cookie')).toBe('amphora-sign-in=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
    const next = await open(`/oauth2/authorize?${queryWith({})}`, { cookie });
    expect(next.headers.get('location')).toMatch(/^\/login\?/);
  });

  test('does when that person was removed', async () => {
    const added = on.users.add('gone@example.org', on.clock.nowMs);
    if (!added.ok) throw new Error(added.reason);
    const { cookie } = await postForm(on.url, queryWith({}), { email: 'gone@example.org', password: added.password });
    on.users.remove('gone@example.org');
    const next = await open(`/oauth2/authorize?${queryWith({})}`, { cookie });
    expect(next.headers.get('location')).toMatch(/^\/login\?/);
  });
});

describe('a password', () => {
  const tried = (password: string, email = on.user.email): ReturnType<typeof postForm> =>
    postForm(on.url, queryWith({}), { email, password });

  test('that is wrong and somebody who is not there are refused with the same words', async () => {
    const [wrong, nobody] = [await tried('wrong'), await tried('wrong', 'nobody@example.org')];
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
    const told = (html: string): string | undefined => /role="alert"[^>]*>([^<]*)</.exec(html)?.[1];
    expect(told(wrong.html)).toBe('This e-mail address or this password is wrong.');
    expect(told(nobody.html)).toBe(told(wrong.html));
  });

  test('is not tried after five wrong ones until a second has passed, the right one neither', async () => {
    for (let failure = 0; failure < 5; failure++) expect((await tried('wrong')).status).toBe(401);
    const locked = await tried(on.user.password);
    expect([locked.status, locked.headers.get('retry-after')]).toEqual([429, '1']);
    expect(locked.html).toContain('Too many wrong passwords. Wait a second, then try again.');
    on.clock.nowMs += 1000;
    expect((await tried(on.user.password)).status).toBe(302);
    expect((await tried('wrong')).status).toBe(401);
  });

  test('of somebody who is not there is slowed down alike', async () => {
    for (let failure = 0; failure < 5; failure++) await tried('wrong', 'nobody@example.org');
    expect((await tried('wrong', 'NOBODY@example.org')).status).toBe(429);
  });

  test('of any length is refused without being tried', async () => {
    expect((await tried('x'.repeat(257))).status).toBe(401);
    expect((await tried('x', `${'x'.repeat(255)}@example.org`)).status).toBe(401);
  });

  test('that comes behind too many others is told to come again', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => tried('wrong', `person-${i}@example.org`)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(8);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1);
  });

  test('is in no line of the log, and neither is the address', () => {
    const text = JSON.stringify(on.logged);
    expect(text).toContain('sign-in-refused');
    expect(text).not.toMatch(/example\.org|wrong passwords/);
    expect(text).not.toContain(on.user.password);
  });
});
