import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type UserPool, userPool } from '../../cloud/user-pool.ts';
import { awsEnvironment, type CognitoPeer, cognitoPeer } from './cognito-peer.ts';

const before = { ...process.env };
let peer: CognitoPeer;
let pool: UserPool;

beforeAll(async () => {
  peer = await cognitoPeer();
  Object.assign(process.env, awsEnvironment(peer));
});
beforeEach(() => {
  pool = userPool({ userPoolId: 'us-east-1_pool', region: 'us-east-1' });
});
afterEach(() => {
  pool.close();
  peer.users.clear();
  peer.faults.clear();
});
afterAll(async () => {
  process.env = before;
  await peer.close();
});

const operations = (): readonly string[] => peer.asked.map(({ operation }) => operation);
const lastInput = () => peer.asked.at(-1)?.input;

describe('the user pool of a stack', () => {
  test('invites by e-mail, and takes the address for verified', async () => {
    expect(await pool.add('ada@example.org')).toEqual({ ok: true });
    expect(lastInput()).toEqual({
      UserPoolId: 'us-east-1_pool',
      Username: 'ada@example.org',
      DesiredDeliveryMediums: ['EMAIL'],
      UserAttributes: [
        { Name: 'email', Value: 'ada@example.org' },
        { Name: 'email_verified', Value: 'true' },
      ],
    });
  });

  test('mails nothing when a temporary password is given', async () => {
    expect(await pool.add('ada@example.org', 'Aa1-Aa1-Aa1-')).toEqual({ ok: true });
    expect(lastInput()).toMatchObject({ MessageAction: 'SUPPRESS', TemporaryPassword: 'Aa1-Aa1-Aa1-' });
    expect(lastInput()).not.toHaveProperty('DesiredDeliveryMediums');
  });

  test('says that a user is there already, and leaves it', async () => {
    await pool.add('ada@example.org');
    expect(await pool.add('ada@example.org')).toEqual({ ok: false, reason: 'exists' });
    expect(peer.users.size).toBe(1);
  });

  test('says in its own words what it does not take', async () => {
    peer.faults.set('AdminCreateUser', { name: 'InvalidParameterException', message: 'Invalid email address format.' });
    expect(await pool.add('ada@x')).toEqual({ ok: false, reason: 'refused', words: 'Invalid email address format' });
  });

  test('leaves no user behind whose invitation could not be mailed', async () => {
    const fault = { name: 'CodeDeliveryFailureException', message: 'Address is not verified.', isDone: true };
    peer.faults.set('AdminCreateUser', fault);
    expect(await pool.add('ada@example.org')).toEqual({
      ok: false,
      reason: 'not-mailed',
      words: 'Address is not verified',
    });
    expect(peer.users.size).toBe(0);
  });

  test('lists all of them, page by page, in the order of their addresses', async () => {
    for (const mail of ['e@x.org', 'd@x.org', 'c@x.org', 'b@x.org', 'a@x.org']) await pool.add(mail);
    peer.users.set('a@x.org', { ...peer.users.get('a@x.org'), UserStatus: 'CONFIRMED' });
    peer.users.set('b@x.org', { ...peer.users.get('b@x.org'), Enabled: false });
    peer.users.set('c@x.org', { ...peer.users.get('c@x.org'), UserStatus: 'RESET_REQUIRED' });
    const listed = await pool.list();
    expect(listed.map(({ email, status }) => `${email} ${status}`)).toEqual([
      'a@x.org active',
      'b@x.org disabled',
      'c@x.org other',
      'd@x.org invited',
      'e@x.org invited',
    ]);
    expect(listed[0]?.addedAtMs).toBe(1_790_000_000_000);
  });

  test('ends the sessions of a user before it removes it', async () => {
    await pool.add('ada@example.org');
    expect(await pool.remove('ada@example.org')).toBe(true);
    expect(operations().slice(-2)).toEqual(['AdminUserGlobalSignOut', 'AdminDeleteUser']);
    expect(await pool.remove('ada@example.org')).toBe(false);
  });

  test('removes at the second try whom it could not remove at the first', async () => {
    await pool.add('ada@example.org');
    peer.faults.set('AdminDeleteUser', { name: 'NotAuthorizedException', message: 'no' });
    await expect(pool.remove('ada@example.org')).rejects.toThrow('AWS could not remove the user ada@example.org');
    peer.faults.clear();
    expect(await pool.remove('ada@example.org')).toBe(true);
  });

  test('tells a missing right as a sentence with the next step', async () => {
    const message = 'User: arn:aws:iam::123456789012:user/bob is not authorized to perform: cognito-idp:ListUsers';
    peer.faults.set('ListUsers', { name: 'AccessDeniedException', message });
    await expect(pool.list()).rejects.toThrow(
      /AWS could not list the users: .*ListUsers.*; ask the owner of the account/,
    );
  });
});
