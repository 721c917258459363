import { afterEach, describe, expect, test } from '@jest/globals';
import { type Api, openApi, openSessionDoor } from '../../dashboard/api.ts';
import { dueAfterMs, type End, openSession, type Session } from '../../dashboard/session.ts';
import { type Answers, type SessionPeer, startSessionPeer, type Told } from './session-peer.ts';

const REFRESH = 'POST /session/refresh';
const LIST = 'GET /batteries';
const UNAUTHORIZED: Told = { status: 401, body: { message: 'Unauthorized' } };

let peer: SessionPeer | undefined;
afterEach(async () => {
  await peer?.close();
  peer = undefined;
});

type Page = { readonly session: Session; readonly api: Api; readonly ends: readonly End[]; nowMs: number };

async function pageOf(answers: Answers): Promise<Page> {
  peer = await startSessionPeer(answers);
  const ends: End[] = [];
  const clock = { nowMs: 0 };
  const session = openSession(
    openSessionDoor(peer.url),
    () => clock.nowMs,
    (end) => ends.push(end),
  );
  return Object.assign(clock, { session, ends, api: openApi(peer.url, session.authorized) });
}

/** Issues token 1, 2, … of so many seconds, and takes those that `isGood`. */
function issuer(lifeS: number, isGood: (token: string) => boolean = () => true): Answers {
  let issued = 0;
  return ({ route, token }) => {
    if (route === REFRESH || route === 'POST /session') {
      issued += 1;
      return { status: 200, body: { accessToken: `token-${issued}`, expiresInS: lifeS } };
    }
    if (route === 'DELETE /session') return { status: 200, body: { revoked: true } };
    return token !== undefined && isGood(token) ? { status: 200, body: [] } : UNAUTHORIZED;
  };
}

const MOST_TRIES = 100;

const countOf = (route: string): number => tokensOf(route).length;

const tokensOf = (route: string): readonly (string | undefined)[] =>
  (peer?.asked ?? []).filter((one) => one.route === route).map(({ token }) => token);

describe('a token is renewed', () => {
  test('a minute before its end, or in the last quarter of a short life', () => {
    expect([900, 300, 240, 120, 60].map((lifeS) => dueAfterMs(lifeS * 1000) / 1000)).toEqual([840, 240, 180, 90, 45]);
  });

  test('beside the question that is due, which goes with the one that still lasts', async () => {
    const page = await pageOf(issuer(120));
    await page.api.batteries();
    page.nowMs = 89_999;
    await page.api.batteries();
    expect(countOf(REFRESH)).toBe(1);
    page.nowMs = 90_000;
    await page.api.batteries();
    expect(tokensOf(LIST)).toEqual(['token-1', 'token-1', 'token-1']);
    for (let tries = 0; tries < MOST_TRIES && !tokensOf(LIST).includes('token-2'); tries += 1)
      await page.api.batteries();
    expect(tokensOf(LIST).at(-1)).toBe('token-2');
    expect(countOf(REFRESH)).toBe(2);
  });

  test('before the question after a sleep of days', async () => {
    const page = await pageOf(issuer(900));
    await page.api.batteries();
    page.nowMs = 3 * 86_400_000;
    await page.api.batteries();
    expect(tokensOf(LIST)).toEqual(['token-1', 'token-2']);
  });

  test('once for all questions that wait for it', async () => {
    const page = await pageOf(issuer(900));
    await Promise.all(Array.from({ length: 5 }, () => page.api.batteries()));
    expect(tokensOf(LIST)).toEqual(Array(5).fill('token-1'));
    expect(countOf(REFRESH)).toBe(1);
  });

  test('not more often than every 5 s while the sign-in does not answer and the old token lasts', async () => {
    const issue = issuer(120);
    let isDown = false;
    const page = await pageOf((asked) =>
      isDown && asked.route === REFRESH ? { status: 503, body: { error: 'the sign-in is away' } } : issue(asked),
    );
    await page.api.batteries();
    isDown = true;
    for (page.nowMs = 90_000; page.nowMs < 120_000; page.nowMs += 1000) {
      expect(await page.api.batteries()).toMatchObject({ kind: 'ok' });
    }
    expect(countOf(REFRESH)).toBeGreaterThan(2);
    expect(countOf(REFRESH)).toBeLessThanOrEqual(1 + 30 / 5 + 1);
    expect(await page.api.batteries()).toEqual({ kind: 'unreachable', reason: 'the sign-in is away' });
    expect(page.ends).toEqual([]);
  });
});

describe('a token that is refused before its time', () => {
  test('is renewed once, and the question put again, whoever else asked meanwhile', async () => {
    const page = await pageOf(issuer(900, (token) => token !== 'token-1'));
    const answers = await Promise.all([page.api.batteries(), page.api.batteries(), page.api.batteries()]);
    expect(answers.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok']);
    expect(tokensOf(LIST).filter((token) => token === 'token-2')).toHaveLength(3);
    expect(countOf(REFRESH)).toBe(2);
    expect(page.ends).toEqual([]);
  });

  test('ends the session when the new one is refused too, after two questions and not more', async () => {
    const page = await pageOf(issuer(900, () => false));
    expect(await page.api.batteries()).toEqual({ kind: 'signed-out', reason: 'Unauthorized' });
    expect(peer?.asked.map(({ route }) => route)).toEqual([REFRESH, LIST, REFRESH, LIST]);
    expect(page.ends).toEqual(['not-accepted']);
  });
});

describe('a session that is over', () => {
  test('is told once, however many questions find it out, and asks the API nothing', async () => {
    const page = await pageOf(({ route }) => (route === REFRESH ? UNAUTHORIZED : { status: 200, body: [] }));
    const answers = await Promise.all([page.api.batteries(), page.api.batteries()]);
    expect(answers.map(({ kind }) => kind)).toEqual(['signed-out', 'signed-out']);
    expect(page.ends).toEqual(['expired']);
    expect(countOf(LIST)).toBe(0);
  });

  test('is told while its last token lasts still', async () => {
    const issue = issuer(900);
    let isOver = false;
    const page = await pageOf((asked) => (isOver && asked.route === REFRESH ? UNAUTHORIZED : issue(asked)));
    await page.api.batteries();
    isOver = true;
    page.nowMs = 850_000;
    await page.api.batteries();
    await page.session.resume();
    expect(page.ends).toEqual(['expired']);
  });

  test('is not told of one that was ended here while its token was on the way', async () => {
    const issue = issuer(900);
    const answered = Promise.withResolvers<void>();
    const page = await pageOf(async (asked) => {
      if (asked.route === REFRESH) await answered.promise;
      return issue(asked);
    });
    const question = page.api.batteries();
    page.session.leave();
    answered.resolve();
    expect(await question).toEqual({ kind: 'signed-out', reason: undefined });
    expect(page.ends).toEqual([]);
    expect(countOf(LIST)).toBe(0);
  });

  test('keeps its token when the end of it got no answer', async () => {
    const issue = issuer(900);
    const page = await pageOf((asked) =>
      asked.route === 'DELETE /session' ? { status: 502, body: { message: 'Bad Gateway' } } : issue(asked),
    );
    await page.api.batteries();
    expect(await page.session.end()).toEqual({ kind: 'unreachable', reason: 'Bad Gateway' });
    await page.api.batteries();
    expect(tokensOf(LIST)).toEqual(['token-1', 'token-1']);
  });
});

describe('after a sign-in in another tab', () => {
  test('the next question goes by the new cookie', async () => {
    const page = await pageOf(issuer(900));
    await page.api.batteries();
    page.session.drop();
    await page.api.batteries();
    expect(tokensOf(LIST)).toEqual(['token-1', 'token-2']);
  });

  /** The first answer of this route is held back until the other tab has signed in and a question of afterwards is answered. */
  async function overtaken(held: string, first: (page: Page) => Promise<unknown>, isRefused = false): Promise<Page> {
    const issue = issuer(900);
    const [arrived, dropped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isFirst = true;
    const page = await pageOf(async (asked) => {
      const isHeld = isFirst && asked.route === held;
      if (!isHeld) return issue(asked);
      isFirst = false;
      const told = isRefused ? UNAUTHORIZED : issue(asked);
      arrived.resolve();
      await dropped.promise;
      return told;
    });
    const before = first(page);
    await arrived.promise;
    page.session.drop();
    expect(await page.api.batteries()).toMatchObject({ kind: 'ok' });
    dropped.resolve();
    expect(await before).toMatchObject({ kind: 'ok' });
    await page.api.batteries();
    return page;
  }

  test('a renewal that was under way is not used: its token is of who was signed in before', async () => {
    await overtaken(REFRESH, (page) => page.api.batteries());
    expect(tokensOf(LIST)).toEqual(['token-2', 'token-2', 'token-2']);
    expect(countOf(REFRESH)).toBe(2);
  });

  test('a renewal that was under way and is refused ends nothing', async () => {
    const page = await overtaken(REFRESH, (one) => one.api.batteries(), true);
    expect(page.ends).toEqual([]);
    expect(countOf(REFRESH)).toBe(2);
  });

  test('the token of a sign-in here that began before it is not used either', async () => {
    await overtaken('POST /session', (page) => page.session.begin('a-code', 'a-verifier'));
    expect(tokensOf(LIST)).toEqual(['token-2', 'token-2']);
  });
});

test('a code is posted with its verifier, and its token is used', async () => {
  const page = await pageOf(issuer(900));
  expect(await page.session.begin('a-code', 'a-verifier')).toEqual({ kind: 'ok', value: true });
  await page.api.batteries();
  expect(peer?.asked.map(({ route, token }) => [route, token])).toEqual([
    ['POST /session', undefined],
    [LIST, 'token-1'],
  ]);
});

test('without sign-in a question carries no token', async () => {
  peer = await startSessionPeer(() => ({ status: 200, body: [] }));
  await openApi(peer.url, (question) => question(undefined)).batteries();
  expect(peer?.asked).toEqual([{ route: LIST, token: undefined }]);
});
