/** Scripts that no person signs in for, at the local runtime: the machine client of the stack, by its id and its secret. */
import { readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type SignInAmphora, startSignedIn } from '../local/sign-in/fixture.ts';
import { refusedStart } from './local.ts';
import { runCli, temporaryFolder } from './process.ts';
import { LOCAL, onTargets } from './target.ts';

const START_MS = 180_000;
jest.setTimeout(60_000);
const LINE = /\.\/amphora token (\S+) --client-id (\S+) --client-secret-file (\S+)/;

onTargets(LOCAL, 'a script at the local runtime', () => {
  let amphora: SignInAmphora;
  beforeAll(async () => {
    amphora = await startSignedIn();
  }, START_MS);

  /** The command that the start printed, with its flags. */
  function printed(): { readonly words: readonly string[]; readonly secretFile: string } {
    const [, address = '', clientId = '', secretFile = ''] = LINE.exec(amphora.out()) ?? [];
    return {
      words: ['token', address, '--client-id', clientId, '--client-secret-file', secretFile],
      secretFile,
    };
  }

  async function token(words: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> {
    // Logins are kept below HOME: those of this test alone.
    const command = runCli(words, { XDG_CONFIG_HOME: temporaryFolder() });
    const { code } = await command.ended;
    return { code, text: `${command.out()}${command.err()}`.trim() };
  }

  test('gets a token of an hour with the command that the start printed, and reads and writes with it', async () => {
    const { words, secretFile } = printed();
    const { code, text } = await token(words);
    expect(code).toBe(0);
    const { exp = 0, iat = 0, scope } = decodeJwt(text);
    expect([exp - iat, scope]).toEqual([3600, 'battery/read battery/write']);
    const headers = { authorization: `Bearer ${text}` };
    expect((await amphora.post('/charge', { charge: 3 }, headers)).status).toBe(200);
    await amphora.drained();
    expect((await amphora.get('/livedata', headers)).body).toMatchObject({ charge: 3 });
    expect(statSync(secretFile).mode & 0o777).toBe(0o600);
    expect(amphora.out()).not.toContain(readFileSync(secretFile, 'utf8').trim());
  });

  test('gets none with another secret', async () => {
    const { words } = printed();
    const { code, text } = await token([...words.slice(0, -1), join(amphora.dataDir, 'users.json')]);
    expect([code, text]).toEqual([2, expect.stringMatching(/secret/)]);
  });

  test(
    'does not get in by an empty secret, which a full disk may have left: such a folder is refused',
    async () => {
      const { secretFile } = printed();
      expect(await amphora.end('SIGTERM')).toEqual({ code: 0, signal: null });
      truncateSync(secretFile);
      const ports = ['--port', '0', '--mqtt-port', '0', '--auth', '--auth-port', '0', '--no-demo'];
      const refused = await refusedStart([...ports, '--data', amphora.dataDir]);
      expect(refused.code).toBe(2);
      expect(refused.err).toContain(
        'machine-client-secret does not hold a secret of 32 bytes in base64url; restore it, or',
      );
    },
    START_MS,
  );
});
