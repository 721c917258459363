import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { adminToken, EMULATOR_TOKEN_FILE, leaveAdminToken } from '../../scripts/emulator/compose-file.ts';

const COMPOSE_FILE = 'docker-compose.localstack.yml';

// Not the repository itself: an emulator may run there.
let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'amphora-compose-file-'));
  await copyFile(join(import.meta.dirname, '..', '..', COMPOSE_FILE), join(root, COMPOSE_FILE));
});
afterEach(() => {
  delete process.env['INFLUX_ADMIN_TOKEN'];
  rmSync(root, { recursive: true });
});

test('the admin token is the variable’s, else that of the running emulator, else that of the compose file', async () => {
  const remove = await leaveAdminToken(root, 'random');
  process.env['INFLUX_ADMIN_TOKEN'] = 'mine';
  expect(await adminToken(root)).toEqual({ token: 'mine', foundIn: 'INFLUX_ADMIN_TOKEN' });
  delete process.env['INFLUX_ADMIN_TOKEN'];
  expect(await adminToken(root)).toEqual({ token: 'random', foundIn: EMULATOR_TOKEN_FILE });
  await remove();
  expect(await adminToken(root)).toEqual({ token: 'local-admin-token', foundIn: COMPOSE_FILE });
});

test('what the emulator leaves is its owner’s only, whatever was there', async () => {
  const file = join(root, EMULATOR_TOKEN_FILE);
  await leaveAdminToken(root, 'of one that was killed');
  chmodSync(file, 0o644);
  await leaveAdminToken(root, 'random');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('an emulator that ends leaves the token of one that was started after it', async () => {
  const removeFirst = await leaveAdminToken(root, 'first');
  const removeSecond = await leaveAdminToken(root, 'second');
  await removeFirst();
  expect((await adminToken(root)).token).toBe('second');
  await removeSecond();
  expect(existsSync(join(root, EMULATOR_TOKEN_FILE))).toBe(false);
});

test('where none has one, the variable is named', async () => {
  await expect(adminToken('/nonexistent')).rejects.toThrow(/^INFLUX_ADMIN_TOKEN is missing/);
});
