import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { awsEnvironment, type CognitoPeer, cognitoPeer, OPEN_STACK, PAGE_URL, STACK } from '../cloud/cognito-peer.ts';
import { folderOfTest } from './folder-of-test.ts';
import { runCli } from './run-cli.ts';

// Each starts a process or two, with the SDK; on a busy machine that alone takes seconds.
jest.setTimeout(60_000);

const MAIL = 'ada@example.org';

const folder = folderOfTest();
let peer: CognitoPeer;
beforeEach(async () => {
  peer = await cognitoPeer();
});
afterEach(() => peer.close());

const user = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCli(folder.path, ['user', ...words, '--stack', STACK], { ...awsEnvironment(peer), ...env });

describe('user, of a stack', () => {
  test('add invites, list tells, remove takes away', async () => {
    expect(await user(['add', MAIL])).toEqual({
      code: 0,
      out: `Added ${MAIL} to the stack ${STACK}.\nAn invitation with a temporary password is on its way; it holds for 7 days.\n`,
      err: '',
    });
    expect((await user(['list'])).out).toBe(`${MAIL}  invited   since 2026-09-21\n`);
    expect((await user(['remove', MAIL])).out).toContain(
      `Removed ${MAIL} from the stack ${STACK}: signed out everywhere.`,
    );
    expect(peer.users.size).toBe(0);
  });

  test('add --no-mail prints a temporary password as the pool wants it', async () => {
    const { code, out } = await user(['add', MAIL, '--no-mail']);
    expect(code).toBe(0);
    const password = /^ {2}password {2}(\S{20})$/m.exec(out)?.[1] ?? '';
    for (const kind of [/[A-Z]/, /[a-z]/, /[0-9]/, /[-+=_]/]) expect(password).toMatch(kind);
    expect(out).toContain(`It holds for 7 days, and is not shown again. It is used at ${PAGE_URL}`);
    expect(peer.asked.at(-1)?.input).toMatchObject({ MessageAction: 'SUPPRESS', TemporaryPassword: password });
  });

  test('that is there already, or is not there, is one sentence with what to type', async () => {
    peer.users.set(MAIL, {});
    expect(await user(['add', MAIL])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(`./amphora user remove ${MAIL} --stack ${STACK} and add it again`),
    });
    expect(await user(['remove', 'b@example.org', '--region', 'us-east-1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`./amphora user list --stack ${STACK} --region us-east-1 tells who is there`),
    });
  });

  test('whose invitation could not be mailed is not added, and --no-mail is named', async () => {
    const fault = { name: 'CodeDeliveryFailureException', message: 'no', isDone: true };
    peer.faults.set('AdminCreateUser', fault);
    expect(await user(['add', MAIL])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--no-mail') });
    expect(peer.users.size).toBe(0);
  });

  test.each([
    [
      'no right',
      ['list'],
      {},
      /^amphora: AWS could not list the users: .* ask the owner of the account for the right\n$/,
    ],
    [
      'no such stack',
      ['list', '--stack', 'Nobody'],
      {},
      /^amphora: there is no stack Nobody in region us-east-1 .*\n$/,
    ],
    [
      'a stack without sign-in',
      ['list', '--stack', OPEN_STACK],
      {},
      /^amphora: the stack Open has no sign-in, .*\(setting signIn; npm run emulator -- --sign-in\)\n$/,
    ],
    ['an impossible name', ['list', '--stack', 'no such/stack'], {}, /^amphora: a stack's name is .*, not 'no such/],
    ['an older stack', ['list', '--stack', 'Old'], {}, /^amphora: the stack Old has no output UserPoolId: .*\n$/],
    [
      'no credentials',
      ['list'],
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' },
      /^amphora: there are no AWS credentials here: sign in .*\n$/,
    ],
    [
      'no answer',
      ['list'],
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
      /^amphora: AWS could not .*nothing answers.*\n$/,
    ],
  ])('with %s is one sentence', async (_, words, env, sentence) => {
    peer.faults.set('ListUsers', { name: 'AccessDeniedException', message: 'not authorized' });
    const { code, out, err } = await runCli(folder.path, ['user', '--stack', STACK, ...words], {
      ...awsEnvironment(peer),
      ...env,
    });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
  });

  test('without a region is one sentence', async () => {
    const { AWS_REGION: _, ...env } = awsEnvironment(peer);
    const { code, err } = await runCli(folder.path, ['user', 'list', '--stack', STACK], env);
    expect(code).toBe(2);
    expect(err).toMatch(/^amphora: AWS could not .*: no region is named; give --region.*\n$/);
  });
});
