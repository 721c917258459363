import { chmodSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { atPage } from './at-page.ts';
import { keptLogins } from './logging-in.ts';
import { MACHINE } from './sign-in-peer.ts';
import { runHere } from './terminal.ts';

const HOUR_MS = 3_600_000;

const at = atPage();

const token = (words: readonly string[], secret: string = MACHINE.secret, clockAheadMs = 0) =>
  runHere(at.folder, ['token', at.peer.pageUrl, ...words], {
    env: { AMPHORA_CLIENT_SECRET: secret },
    clockAheadMs,
  });
const asked = (): number => at.peer.grants('client_credentials').length;

describe('the token of a machine client', () => {
  test('needs no login, and is got with its id and secret in the header', async () => {
    const { code, out, err } = await token(['--client-id', MACHINE.id]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(at.peer.asked).toEqual([
      expect.objectContaining({ form: { grant_type: 'client_credentials', client_id: MACHINE.id } }),
    ]);
    expect(JSON.stringify(keptLogins(at.folder))).not.toContain(MACHINE.secret);
  });

  test('is asked for again only when it gets old, since each is billed', async () => {
    const { out } = await token(['--client-id', MACHINE.id]);
    expect((await token(['--client-id', MACHINE.id])).out).toBe(out);
    expect(asked()).toBe(1);
    const later = await token(['--client-id', MACHINE.id], MACHINE.secret, HOUR_MS);
    expect([later.out === out, asked()]).toEqual([false, 2]);
  });

  test('that many want from a service that does not answer is asked for once, and each says so', async () => {
    at.peer.settings.instead.set('/oauth2/token', { status: 503 });
    const all = await Promise.all(Array.from({ length: 4 }, () => token(['--client-id', MACHINE.id])));
    expect(all.map(({ code, out }) => ({ code, out }))).toEqual(all.map(() => ({ code: 2, out: '' })));
    for (const { err } of all) expect(err).toContain('does not answer (status 503); type the same again later');
    expect(asked()).toBeLessThan(all.length);
  });

  test('is not given out for another secret', async () => {
    await token(['--client-id', MACHINE.id]);
    expect(await token(['--client-id', MACHINE.id], 'wrong')).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining(`refused client ${MACHINE.id} (invalid_client); check the id`),
    });
  });

  test('takes the secret from a file, and says who else can read it', async () => {
    at.folder.file('secret', `${MACHINE.secret}\n`);
    const words = ['--client-id', MACHINE.id, '--client-secret-file', 'secret'];
    expect(await token(words, '')).toMatchObject({
      code: 0,
      err: 'amphora: other users of this machine can read the secret in secret; chmod 600 secret\n',
    });
    chmodSync(`${at.folder.path}/secret`, 0o600);
    expect(await token(words, '')).toMatchObject({ code: 0, err: '' });
  });

  test.each([
    ['its secret is an argument', ['--client-id', 'm', '--client-secret', 's'], 's', 'there is no --client-secret'],
    ['its secret is nowhere', ['--client-id', 'm'], '', 'the secret of client m is missing; put it into'],
    ['its secret is two words', ['--client-id', 'm'], 'a b', 'AMPHORA_CLIENT_SECRET holds spaces'],
    ['its id is none', ['--client-id', 'a:b'], 's', "--client-id must be the id of a client, not 'a:b'"],
    ['there is no id', ['--client-secret-file', 'f'], '', 'give --client-id with it'],
    [
      'there is no such file',
      ['--client-id', 'm', '--client-secret-file', 'f'],
      '',
      'the secret file f cannot be read (ENOENT)',
    ],
  ])('is refused where %s', async (_, words, secret, sentence) => {
    const { code, out, err } = await token(words, secret);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(asked()).toBe(0);
  });

  test.each([
    [{ status: 500 }, 'does not answer (status 500)'],
    [{ status: 200, body: {} }, "is not Amphora's sign-in service: no access token"],
  ])('is refused where the service answers %j', async (answer, sentence) => {
    at.peer.settings.instead.set('/oauth2/token', answer);
    expect(await token(['--client-id', MACHINE.id])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(sentence),
    });
  });

  test('is not to be had where nobody signs in', async () => {
    at.peer.settings.config = { apiUrl: '' };
    expect(await token(['--client-id', MACHINE.id])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('leave the header Authorization out'),
    });
  });
});
