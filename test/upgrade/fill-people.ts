/**
 * A data folder with what a version of Amphora keeps of people and devices: somebody who is signed in, a battery with its
 * certificate, the client of scripts, and the secrets of a run beyond loopback.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import mqtt from 'mqtt';
import { until, within } from '../end-to-end/until.ts';
import { tokensFor } from '../local/sign-in/browser.ts';
import type { Sent } from './fill-folder.ts';
import { commandOf, startVersion, startVersionBeyond } from './version.ts';

export type FilledPeople = {
  readonly user: { readonly email: string; readonly password: string };
  /** That it was given to. */
  readonly clientId: string;
  readonly refreshToken: string;
  readonly machine: { readonly clientId: string; readonly secret: string };
  /** Its key, its certificate and the authority's are in the folder `device` beside the data folder. */
  readonly battery: string;
  readonly stored: readonly Sent[];
  readonly accessToken: string;
  readonly brokerPassword: string;
};

const BATTERY = 'boat';
const EMAIL = 'ada@example.org';
const FLAGS = ['--no-demo', '--auth', '--auth-port', '0', '--device-auth', '--mqtts-port', '0'];

export const deviceFile = (folder: string, what: 'key' | 'cert' | 'ca'): string =>
  readFileSync(join(folder, 'device', what === 'ca' ? 'ca.pem' : `${BATTERY}.${what}.pem`), 'utf8');

/** Leaves the folders `data` and `device` in this folder. */
export async function fillPeople(root: string, folder: string): Promise<FilledPeople> {
  const data = join(folder, 'data');
  const added = await commandOf(root, ['user', 'add', EMAIL, '--json', '--data', data]);
  const user: FilledPeople['user'] = { email: EMAIL, password: JSON.parse(added).password };
  const device = ['--out', join(folder, 'device'), '--wait', '0', '--data', data];
  await commandOf(root, ['add-battery', BATTERY, ...device]);
  const { machineClientId, ...signedIn } = await signInAndSend(root, folder, user);
  neverExpiring(join(data, 'sign-in.sqlite'));
  const beyond = await startVersionBeyond(root, data);
  await beyond.kill();
  const secret = (name: string): string => readFileSync(join(data, name), 'utf8').trim();
  return {
    user,
    battery: BATTERY,
    ...signedIn,
    machine: { clientId: machineClientId, secret: secret('machine-client-secret') },
    accessToken: secret('access-token'),
    brokerPassword: secret('broker-password'),
  };
}

type SignedIn = Pick<FilledPeople, 'clientId' | 'refreshToken' | 'stored'> & { readonly machineClientId: string };

async function signInAndSend(root: string, folder: string, user: FilledPeople['user']): Promise<SignedIn> {
  const version = await startVersion(root, join(folder, 'data'), FLAGS);
  try {
    const { signInUrl = '', mqttsPort } = version;
    const config: { readonly signIn: { readonly cliClientId: string } } = JSON.parse(
      (await version.get('/config.json')).text,
    );
    const clientId = config.signIn.cliClientId;
    const { refreshToken } = await tokensFor(
      signInUrl,
      { clientId, redirectUri: `http://localhost:8976/${new URL(signInUrl).host}/` },
      user,
    );
    const sent: Sent = { battery: BATTERY, timestamp: Date.parse('2026-11-20T06:00:00Z'), fields: { soc: 61 } };
    await publishAs(folder, mqttsPort ?? 0, sent);
    await until('it to be stored', async () => {
      const health: { readonly stored: number } = JSON.parse((await version.get('/health')).text);
      return health.stored === 1;
    });
    const machineClientId = await until('the line about scripts', () => /--client-id (\S+)/.exec(version.out())?.[1]);
    return { clientId, refreshToken, stored: [sent], machineClientId };
  } finally {
    await version.kill();
  }
}

/** With the battery's own key and certificate. */
export async function publishAs(
  folder: string,
  mqttsPort: number,
  { battery, timestamp, fields }: Sent,
): Promise<void> {
  const credentials = {
    key: deviceFile(folder, 'key'),
    cert: deviceFile(folder, 'cert'),
    ca: deviceFile(folder, 'ca'),
  };
  const options = { ...credentials, clientId: battery, protocolVersion: 4, reconnectPeriod: 0 } as const;
  const client = await mqtt.connectAsync(`mqtts://localhost:${mqttsPort}`, options, false);
  const text = JSON.stringify({ timestamp, ...fields });
  await within('the acknowledgement', client.publishAsync(`battery/${battery}/telemetry`, text, { qos: 1 }));
  await client.endAsync();
}

// A session lasts 30 days, and a kept folder longer.
function neverExpiring(file: string): void {
  const database = new DatabaseSync(file);
  database.prepare('UPDATE sessions SET expires_at_ms = ?').run(Date.parse('2999-12-31T00:00:00Z'));
  database.close();
}
