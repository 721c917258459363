/** What docker-compose.localstack.yml and the deploy into its emulator must agree on. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refused } from './refused.ts';

const VARIABLE = 'INFLUX_ADMIN_TOKEN';

/** Of the variable, else the one that the compose file gives its InfluxDB when the variable is absent. */
export async function adminToken(root: string): Promise<string> {
  const given = process.env[VARIABLE];
  if (given !== undefined && given !== '') return given;
  const text = await readFile(join(root, 'docker-compose.localstack.yml'), 'utf8').catch(() => '');
  const token = /\$\{INFLUX_ADMIN_TOKEN:-([^}]+)\}/.exec(text)?.[1];
  if (token !== undefined) return token;
  throw refused(`${VARIABLE} is missing: the token of InfluxDB that may make tokens`);
}
