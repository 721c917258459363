import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { parseConfig, type SignIn } from '../../dashboard/answers.ts';
import { challengeOf, unguessable } from '../../dashboard/pkce.ts';
import { arrivalAt, leaveNote, signInAddress, signOutAddress, type TabStorage } from '../../dashboard/sign-in.ts';

const SIGN_IN: SignIn = {
  url: 'https://sign-in.example',
  clientId: 'page-client',
  scope: 'openid battery/read',
  redirectUri: 'https://amphora.example/',
};

/** A tab's storage. */
function tab(): TabStorage & { readonly size: () => number } {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => void kept.set(key, text),
    removeItem: (key) => void kept.delete(key),
    size: () => kept.size,
  };
}

async function begun(search: string, storage: TabStorage): Promise<URLSearchParams> {
  return new URL(await signInAddress(SIGN_IN, search, storage)).searchParams;
}

describe('PKCE', () => {
  test('makes the challenge of RFC 7636, appendix B', async () => {
    expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
  });

  test('no two verifiers are alike, and each is one that RFC 7636 allows', () => {
    const made = Array.from({ length: 200 }, unguessable);
    expect(new Set(made).size).toBe(200);
    expect(made.filter((one) => !/^[A-Za-z0-9_-]{43}$/.test(one))).toEqual([]);
  });
});

describe('the way to the sign-in page', () => {
  test('asks for a code, with the challenge of the verifier that stays here', async () => {
    const storage = tab();
    const address = new URL(await signInAddress(SIGN_IN, '?battery=boat', storage));
    const { arrival } = arrivalAt(`?code=c&state=${address.searchParams.get('state')}`, storage);
    const verifier = arrival?.kind === 'code' ? arrival.codeVerifier : '';
    expect(`${address.origin}${address.pathname}`).toBe('https://sign-in.example/oauth2/authorize');
    expect(Object.fromEntries(address.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'page-client',
      redirect_uri: 'https://amphora.example/',
      scope: 'openid battery/read',
      state: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    expect(address.href).not.toContain(verifier);
  });

  test('out leads over the sign-in service’s own session, and back', () => {
    expect(signOutAddress(SIGN_IN)).toBe(
      'https://sign-in.example/logout?client_id=page-client&logout_uri=https%3A%2F%2Famphora.example%2F',
    );
  });
});

describe('the way back', () => {
  test('hands over the code once, and leads to the battery and the range that were left', async () => {
    const storage = tab();
    const query = await begun('?battery=boat&range=6h', storage);
    const search = `?code=the-code&state=${query.get('state')}`;
    expect(arrivalAt(search, storage)).toEqual({
      arrival: { kind: 'code', code: 'the-code', codeVerifier: expect.any(String) },
      search: '?battery=boat&range=6h',
    });
    expect(storage.size()).toBe(0);
    expect(arrivalAt(search, storage)).toMatchObject({ arrival: { kind: 'note' }, search: '' });
  });

  test.each([
    ['another state', '?code=c&state=forged'],
    ['no state', '?code=c'],
    ['an empty state', '?code=c&state='],
    ['an error for nobody', '?error=access_denied&state=forged'],
  ])('with %s is not followed, and what was kept for it is gone', async (_what, search) => {
    const storage = tab();
    await begun('', storage);
    expect(arrivalAt(`${search}&battery=boat`, storage)).toEqual({
      arrival: { kind: 'note', sentence: expect.stringContaining('not begun in this tab') },
      search: '?battery=boat',
    });
    expect(storage.size()).toBe(0);
  });

  test.each([
    ['access_denied', '', 'The sign-in was not completed. Sign in when you like.'],
    ['server_error', 'User is disabled', 'could not sign you in: server_error, User is disabled. Try it again.'],
    ['server_error', 'x'.repeat(5000), 'xxx. Try it again.'],
  ])('after %s says so in one sentence', async (error, description, words) => {
    const storage = tab();
    const query = await begun('?battery=boat', storage);
    const search = `?${new URLSearchParams({ error, error_description: description, state: query.get('state') ?? '' })}`;
    const { arrival, search: left } = arrivalAt(search, storage);
    const sentence = arrival?.kind === 'note' ? arrival.sentence : '';
    expect(sentence).toContain(words);
    expect(sentence.length).toBeLessThan(300);
    expect(left).toBe('?battery=boat');
  });

  test('says nothing of a description that a link made up', () => {
    const { arrival } = arrivalAt('?error=x&error_description=Call%20this%20number&state=y', tab());
    expect(JSON.stringify(arrival)).not.toContain('Call');
  });

  test('an answer with a code and an error is an error', async () => {
    const storage = tab();
    const query = await begun('', storage);
    const search = `?code=c&error=access_denied&state=${query.get('state')}`;
    expect(arrivalAt(search, storage).arrival?.kind).toBe('note');
  });

  test.each(['null', '{', '[]', '{"state":1}', '"x"'])('what was kept is not trusted: %s', (kept) => {
    const storage = tab();
    storage.setItem('amphora-sign-in', kept);
    expect(arrivalAt('?code=c&state=s', storage).arrival?.kind).toBe('note');
  });

  test('from a sign-out tells how that went, once', () => {
    const storage = tab();
    leaveNote('You are signed out.', storage);
    const back = (): unknown => arrivalAt('?battery=boat', storage);
    expect(back()).toEqual({ arrival: { kind: 'note', sentence: 'You are signed out.' }, search: '?battery=boat' });
    expect(back()).toEqual({ arrival: undefined, search: '?battery=boat' });
  });

  test('in a browser that forbids storage is a note, not a crash', () => {
    const forbidden = (): never => {
      throw new Error('denied');
    };
    const storage = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
    expect(arrivalAt('?code=c&state=s', storage).arrival?.kind).toBe('note');
    expect(arrivalAt('?battery=boat', storage)).toEqual({ arrival: undefined, search: '?battery=boat' });
  });
});

describe('config.json', () => {
  const config = { apiUrl: '/api', minPollSeconds: 2, local: false };
  const signIn = { ...SIGN_IN, cliClientId: 'cli-client' };

  test('says where one signs in, or that nobody does', () => {
    expect(parseConfig({ ...config, signIn })?.signIn).toEqual(SIGN_IN);
    expect(parseConfig(config)).toMatchObject({ apiUrl: '/api', signIn: undefined });
  });

  test.each([
    [null],
    [{}],
    [{ ...signIn, clientId: 7 }],
    [{ ...signIn, url: 'javascript:alert(1)' }],
    [{ ...signIn, redirectUri: '/' }],
  ])('with a sign-in of %j is none of Amphora’s', (broken) => {
    expect(parseConfig({ ...config, signIn: broken })).toBeUndefined();
  });
});
