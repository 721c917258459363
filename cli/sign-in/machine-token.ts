/** A token of a machine client, for scripts that no person signs in for: the client credentials grant. */
import { createHash } from 'node:crypto';
import type { Io } from '../command.ts';
import { type AccessToken, isGood, silentSentence } from './access-token.ts';
import type { SignInPlace } from './amphora-page.ts';
import { clockWarning } from './clock-warning.ts';
import { type Kept, type MachineLogin, silenceBetween, withSilence } from './kept-logins.ts';
import type { Changed, Logins } from './logins.ts';
import { bindingFault } from './page-binding.ts';
import { askForTokens, type NoTokens } from './token-service.ts';

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
  const before = logins.read();
  const known = good(before);
  if (known !== undefined) return { ok: true, token: known.accessToken };
  // Not while others are locked out: it may take as long as the question for the token.
  const fault = await bindingFault(pageUrl, place);
  if (fault !== undefined) return { ok: false, isFinal: true, sentence: fault.sentence };
  return logins.change(async (kept): Promise<Changed<MachineToken>> => {
    const now = good(kept);
    if (now !== undefined) return { result: { ok: true, token: now.accessToken } };
    const silence = silenceBetween(before, kept, place.url);
    if (silence !== undefined)
      return { result: { ok: false, isFinal: false, sentence: silentSentence(place.url, silence) } };
    const answer = await askForTokens({ url: place.url, clientId, secret }, { grant_type: 'client_credentials' });
    if (answer.kind !== 'tokens') {
      const result = { ok: false, ...refusalOf(answer, machine, place) } as const;
      const isSilent = answer.kind === 'unavailable' && !answer.isFinal;
      return isSilent ? { kept: withSilence(kept, place.url, answer.reason), result } : { result };
    }
    const warning = clockWarning(answer.issuedAtMs, nowMs());
    if (warning !== undefined) err(`amphora: ${warning}\n`);
    const { accessToken, lifetimeMs } = answer;
    const next: MachineLogin = { pageUrl, clientId, secretHash, accessToken, lifetimeMs, obtainedAtMs: nowMs() };
    const machines = [...kept.machines.filter((one) => !isThis(one)), next];
    return { kept: { ...kept, machines }, result: { ok: true, token: accessToken } };
  });
}

function refusalOf(answer: NoTokens, { pageUrl, clientId }: Machine, { url }: SignInPlace) {
  if (answer.kind === 'unavailable') {
    return answer.isFinal
      ? { isFinal: true, sentence: `what answers at ${url} is not Amphora's sign-in service: ${answer.reason}` }
      : { isFinal: false, sentence: silentSentence(url, answer.reason) };
  }
  return {
    isFinal: true,
    sentence: `the sign-in service of ${pageUrl} refused client ${clientId} (${answer.error}); check the id (MachineClientId of the stack's outputs, with the setting machineClient) and its secret`,
  };
}
