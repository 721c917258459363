/** The first steps with a fresh server, and the token that its folder remembers. InfluxDB 2 and 1.12 differ only here. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';

export type SetUp = {
  readonly url: string;
  readonly folder: string;
  readonly org: string;
  readonly bucket: string;
  /** Absent: the folder's, or a new one. */
  readonly token: string | undefined;
};

type Answer = { readonly status: number; readonly text: string };

const ANSWER_PATIENCE_MS = 20_000;
const USER = 'amphora';

export const tokenFile = (folder: string): string => join(folder, 'token');

/** Organization, bucket and a token that may do everything, of InfluxDB 2; gives the token. */
export async function setUpInfluxd({ url, folder, org, bucket, token }: SetUp): Promise<string> {
  const isFresh = (await ask(`${url}/api/v2/setup`)).text.includes('true');
  const chosen = chooseToken(folder, token, isFresh, () => randomBytes(32).toString('hex'));
  if (isFresh) {
    const owner = { username: USER, password: randomBytes(16).toString('hex') };
    const body = JSON.stringify({ ...owner, org, bucket, token: chosen, retentionPeriodSeconds: 0 });
    expectStatus(201, await ask(`${url}/api/v2/setup`, { method: 'POST', body }), 'set up a new InfluxDB');
    return chosen;
  }
  const query = new URLSearchParams({ org, name: bucket });
  const answer = await ask(`${url}/api/v2/buckets?${query.toString()}`, {
    headers: { authorization: `Token ${chosen}` },
  });
  if (answer.status === 401)
    throw foreign(folder, `does not take the token ${token === undefined ? `in ${tokenFile(folder)}` : 'given'}`);
  if (answer.status !== 200 || !answer.text.includes('"retentionRules"')) {
    throw foreign(folder, `has no bucket ${bucket} of the organization ${org}`);
  }
  return chosen;
}

/** Owner and database of InfluxDB 1, which knows no organizations; gives `user:password`, its form of a token. */
export async function setUpInfluxd1({ url, folder, bucket, token }: SetUp): Promise<string> {
  const run = (statement: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    ask(`${url}/query?q=${encodeURIComponent(statement)}`, { method: 'POST', headers });
  // 403 as long as there is no user, 401 from then on.
  const isFresh = (await run('SHOW DATABASES')).status !== 401;
  const chosen = chooseToken(folder, token, isFresh, () => `${USER}:${randomBytes(16).toString('hex')}`);
  const [user = USER, password = ''] = chosen.split(':');
  // Allowed to anybody as long as there is no user.
  if (isFresh) {
    const statement = `CREATE USER "${user}" WITH PASSWORD '${password}' WITH ALL PRIVILEGES`;
    expectStatus(200, await run(statement), 'set up a new InfluxDB 1');
  }
  const made = await run(`CREATE DATABASE "${bucket}"`, { authorization: `Token ${chosen}` });
  if (made.status === 401)
    throw foreign(folder, `does not take the token ${token === undefined ? `in ${tokenFile(folder)}` : 'given'}`);
  expectStatus(200, made, `make the database ${bucket}`);
  return chosen;
}

// Written before the server knows it: a token that only the server knows is lost.
function chooseToken(folder: string, given: string | undefined, isFresh: boolean, make: () => string): string {
  const file = tokenFile(folder);
  const remembered = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  const token = given ?? remembered ?? (isFresh ? make() : undefined);
  if (token === undefined) throw foreign(folder, `was set up by something else, and ${file} is missing`);
  if (isFresh && token !== remembered) writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}

function foreign(folder: string, what: string): AmphoraError {
  return new AmphoraError(
    'folder-refused',
    `the InfluxDB in ${folder} ${what}; take another folder with --folder, or move this one away (nothing in it was changed)`,
    { retry: false },
  );
}

function expectStatus(status: number, answer: Answer, what: string): void {
  if (answer.status === status) return;
  throw new AmphoraError('store-refused', `could not ${what}: ${answer.status} ${answer.text.trim()}`, {
    retry: false,
  });
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_PATIENCE_MS) });
  return { status: response.status, text: await response.text() };
}
