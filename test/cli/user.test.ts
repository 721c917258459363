import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openUsers } from '../../local/sign-in/users.ts';
import { folderOfTest } from './folder-of-test.ts';
import { runHere } from './terminal.ts';

const folder = folderOfTest();

const user = (...words: readonly string[]) => runHere(folder, ['user', ...words]);
const usersFile = (): string => join(folder.path, 'data', 'users.json');
const add = async (mail: string): Promise<string> => JSON.parse((await user('add', mail, '--json')).out).password;

describe('user, of the Amphora on this machine', () => {
  test('add prints the password once, with which the user may sign in', async () => {
    const { code, out, err } = await user('add', 'ada@example.org');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const password = /^ {2}password {2}(\S+)$/m.exec(out)?.[1] ?? '';
    expect(out).toContain('It is not shown again. Sign-in is on with ./amphora start --auth.');
    expect(await openUsers(usersFile()).check('ada@example.org', password)).toMatchObject({ email: 'ada@example.org' });
    expect(statSync(usersFile()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, 'data')).mode & 0o777).toBe(0o700);
  });

  test('add says where to sign in when it runs with sign-in', async () => {
    mkdirSync(join(folder.path, 'data'));
    const run = { pid: process.pid, port: 5999, mqttPort: 1999, signInUrl: 'http://localhost:5004' };
    folder.file('data/run.json', JSON.stringify(run));
    expect((await user('add', 'ada@example.org')).out).toContain('Sign in at http://localhost:5999/');
  });

  test('list tells who is there and since when, and never a password', async () => {
    expect(await user('list')).toMatchObject({
      code: 0,
      out: expect.stringContaining('has no users yet; ./amphora user add'),
    });
    const password = await add('grace@example.org');
    await add('ada@example.org');
    const { out } = await user('list');
    expect(out).toMatch(/^ada@example\.org {4}active {4}since \d{4}-\d\d-\d\d\ngrace@example\.org {2}active /);
    const json = await user('list', '--json');
    expect(JSON.parse(json.out).users).toEqual([
      { email: 'ada@example.org', status: 'active', added: expect.stringMatching(/^\d{4}-.*Z$/) },
      expect.objectContaining({ email: 'grace@example.org' }),
    ]);
    expect(out + json.out).not.toContain(password);
  });

  test('remove takes the user away, whose password is good for nothing then', async () => {
    const password = await add('ada@example.org');
    expect(await user('remove', 'Ada@Example.org')).toMatchObject({
      code: 0,
      out: expect.stringContaining('signed out everywhere. An access token given out before lives out its minutes'),
    });
    expect(await openUsers(usersFile()).check('ada@example.org', password)).toBeUndefined();
    expect(JSON.parse((await user('list', '--json')).out)).toEqual({ users: [] });
  });

  test('a user who is there already keeps the password', async () => {
    const password = await add('ada@example.org');
    expect(await user('add', 'ADA@example.org')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('is a user already; for a new password, ./amphora user remove'),
    });
    expect(await openUsers(usersFile()).check('ada@example.org', password)).toBeDefined();
  });

  test('a user who is not there cannot be removed, and the list is named', async () => {
    expect(await user('remove', 'ada@example.org')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/has no user ada@example\.org; \.\/amphora user list tells who is there\n$/),
    });
  });

  test('a list that is not readable is left as it is', async () => {
    mkdirSync(join(folder.path, 'data'));
    writeFileSync(usersFile(), '{"users": 5}');
    expect(await user('add', 'ada@example.org')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('users.json'),
    });
  });
});

describe('user', () => {
  test.each([
    ['nothing to do', [], 'say what is to be done: ./amphora user add MAIL, list or remove MAIL'],
    ['a slip of the finger', ['lits'], "unknown word 'lits'; did you mean ./amphora user list?"],
    ['another word', ['promote'], "unknown word 'promote'; it is ./amphora user add MAIL"],
    ['nobody to add', ['add'], 'name the user: ./amphora user add ada@example.org'],
    ['no address', ['add', 'ada'], "'ada' is no e-mail address"],
    ['two addresses', ['add', 'a@x.org,b@x.org'], 'is no e-mail address'],
    ['an address with a line break', ['add', 'a@x.org\nb'], 'is no e-mail address'],
    ['a long address', ['add', `${'a'.repeat(60)}@${'b'.repeat(80)}.org`], 'is no e-mail address'],
    ['a list of one', ['list', 'a@x.org'], "list takes no address, 'a@x.org' was given"],
    ['a third word', ['add', 'a@x.org', 'b@x.org'], "'b@x.org' is one argument too many"],
    ['a region without a stack', ['list', '--region', 'r'], '--region is for a stack on AWS'],
    ['no mail without a stack', ['add', 'a@x.org', '--no-mail'], '--no-mail is for add with --stack'],
    ['two Amphoras', ['list', '--stack', 's', '--data', 'd'], '--stack and --data name two different Amphoras'],
  ])('with %s is refused in one line', async (_, words, sentence) => {
    const { code, out, err } = await user(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^amphora: [^\n]*\n?[^\n]*\n$/);
    expect(err).toContain(sentence);
  });
});
