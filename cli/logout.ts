/** `./amphora logout`: ends a login, at the sign-in service and on this machine. */
import { type Arguments, type Command, type Io, refusal, refuse } from './command.ts';
import { loginAt, withoutLogin, withoutMachines } from './sign-in/kept-logins.ts';
import { type Changed, openLogins } from './sign-in/logins.ts';
import { isLoopback } from './sign-in/page-address.ts';
import { PAGE_DEFAULT, PAGE_FLAGS, whichPage } from './sign-in/which-page.ts';

export const logout: Command = {
  name: 'logout',
  summary: 'End a login of this terminal',
  usage: '[ADDRESS] [--forget]',
  positionals: 1,
  flags: [
    { name: 'forget', meaning: 'forget the login here even when the sign-in service cannot be told of it' },
    ...PAGE_FLAGS,
  ],
  notes: [
    PAGE_DEFAULT,
    'What is kept of a machine client at that page is forgotten too.',
    'An access token that was given out before lives out its minutes, at most 15: an API asks nobody whether a token still holds.',
    'With --json the result is {page, revoked}.',
  ],
  example: './amphora logout',
  exitCodes: {
    0: 'ended, or nobody was signed in there',
    1: 'not used',
    2: 'the sign-in service did not answer, and the login is kept',
  },
  run: runLogout,
};

type Ended =
  /** `endless`: the sign-in service is an emulator's, which ends no login. */
  | { readonly kind: 'none' | 'revoked' | 'forgotten' | 'endless' }
  /** Why the sign-in service does not know of it. */
  | { readonly kind: 'kept'; readonly reason: string };

async function runLogout(args: Arguments, io: Io): Promise<number> {
  const logins = openLogins(io);
  const which = await whichPage('logout', args, io, logins.read());
  if (!which.ok) return refuse(io, args, which);
  const pageUrl = which.url;
  const { revoke } = await import('./sign-in/token-service.ts');
  const ended = await logins.change(async (kept): Promise<Changed<Ended>> => {
    const login = loginAt(kept, pageUrl);
    const left = withoutMachines(withoutLogin(kept, pageUrl), pageUrl);
    if (login === undefined) return { kept: left, result: { kind: 'none' } };
    const client = { url: login.signInUrl, clientId: login.clientId };
    const fault = await revoke(client, login.refreshToken);
    if (fault === undefined) return { kept: left, result: { kind: 'revoked' } };
    if (fault.isMissing && isLoopback(new URL(client.url).hostname)) return { kept: left, result: { kind: 'endless' } };
    return args.switches.has('forget')
      ? { kept: left, result: { kind: 'forgotten' } }
      : { result: { kind: 'kept', reason: fault.reason } };
  });
  if (ended.kind === 'kept') {
    return refuse(
      io,
      args,
      refusal(
        `the sign-in service did not end the login at ${pageUrl} (${ended.reason}), so it is kept; type the same again, or add --forget to forget it on this machine only`,
      ),
    );
  }
  const told = {
    none: `Nobody was signed in at ${pageUrl} on this machine.`,
    revoked: `Signed out at ${pageUrl}. An access token that was given out lives out its minutes.`,
    forgotten: `Forgot the login at ${pageUrl}. Elsewhere it would hold until it is 30 days old.`,
    endless: `Forgot the login at ${pageUrl}. The sign-in service there, an emulator's, has no way to end one; it ends with the emulator.`,
  } as const;
  io.out(
    args.switches.has('json')
      ? `${JSON.stringify({ page: pageUrl, revoked: ended.kind === 'revoked' })}\n`
      : `${told[ended.kind]}\n`,
  );
  return 0;
}
