import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { adminToken } from '../../scripts/compose-file.ts';

const ROOT = join(import.meta.dirname, '..', '..');

afterEach(() => {
  delete process.env['INFLUX_ADMIN_TOKEN'];
});

test('the admin token is the variable’s, else that of the compose file', async () => {
  expect(await adminToken(ROOT)).toBe('local-admin-token');
  process.env['INFLUX_ADMIN_TOKEN'] = 'mine';
  expect(await adminToken(ROOT)).toBe('mine');
});

test('where neither has one, the variable is named', async () => {
  await expect(adminToken('/nonexistent')).rejects.toThrow(/^INFLUX_ADMIN_TOKEN is missing/);
});
