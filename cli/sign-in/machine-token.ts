/** A token of a machine client, for scripts that no person signs in for: the client credentials grant. */
import { createHash } from 'node:crypto';
import type { Io } from '../command.ts';
import { type AccessToken, isGood } from './access-token.ts';
import type { SignInPlace } from './amphora-page.ts';
import { clockWarning } from './clock-warning.ts';
import type { Kept, MachineLogin } from './kept-logins.ts';
import type { Changed, Logins } from './logins.ts';
import { askForTokens } from './token-service.ts';

export type Machine = { readonly pageUrl: string; readonly clientId: string; readonly secret: string };

type MachineToken = Exclude<AccessToken, { readonly ok: true }> | { readonly ok: true; readonly token: string };

export async function machineToken(
  logins: Logins,
  machine: Machine,
  place: SignInPlace,
  { nowMs, err }: Pick<Io, 'nowMs' | 'err'>,
): Promise<MachineToken> {
  const { pageUrl, clientId, secret } = machine;
  const secretHash = createHash('sha256').update(`${clientId} ${secret}`).digest('base64url');
  const isThis = (one: MachineLogin): boolean => one.pageUrl === pageUrl && one.clientId === clientId;
  const good = (kept: Kept): MachineLogin | undefined =>
    kept.machines.find((one) => isThis(one) && one.secretHash === secretHash && isGood(one, nowMs()));
  const known = good(logins.read());
  if (known !== undefined) return { ok: true, token: known.accessToken };
  return logins.change(async (kept): Promise<Changed<MachineToken>> => {
    const now = good(kept);
    if (now !== undefined) return { result: { ok: true, token: now.accessToken } };
    const answer = await askForTokens({ url: place.url, clientId, secret }, { grant_type: 'client_credentials' });
    if (answer.kind !== 'tokens') return { result: { ok: false, ...refusalOf(answer, machine, place) } };
    const warning = clockWarning(answer.issuedAtMs, nowMs());
    if (warning !== undefined) err(`amphora: ${warning}\n`);
    const { accessToken, lifetimeMs } = answer;
    const next: MachineLogin = { pageUrl, clientId, secretHash, accessToken, lifetimeMs, obtainedAtMs: nowMs() };
    const machines = [...kept.machines.filter((one) => !isThis(one)), next];
    return { kept: { ...kept, machines }, result: { ok: true, token: accessToken } };
  });
}

type NoTokens = Exclude<Awaited<ReturnType<typeof askForTokens>>, { readonly kind: 'tokens' }>;

function refusalOf(answer: NoTokens, { pageUrl, clientId }: Machine, { url }: SignInPlace) {
  if (answer.kind === 'no-answer') {
    return answer.isFinal
      ? { isFinal: true, sentence: `what answers at ${url} is not Amphora's sign-in service: ${answer.reason}` }
      : {
          isFinal: false,
          sentence: `the sign-in service at ${url} does not answer (${answer.reason}); type the same again later`,
        };
  }
  return {
    isFinal: true,
    sentence: `the sign-in service of ${pageUrl} refused client ${clientId} (${answer.error}); check the id (MachineClientId of the stack's outputs, with the setting machineClient) and its secret`,
  };
}
