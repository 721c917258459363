/** `./amphora login`: signs a person in at a page, so that this terminal may use its API. */
import { quoted } from '../local/shell-word.ts';
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { askPage } from './sign-in/amphora-page.ts';
import { clockWarning } from './sign-in/clock-warning.ts';
import { type Login, loginAt, withLogin } from './sign-in/kept-logins.ts';
import { type Logins, openLogins } from './sign-in/logins.ts';
import { bindingFault } from './sign-in/page-binding.ts';
import { PAGE_DEFAULT, PAGE_FLAGS, whichPage } from './sign-in/which-page.ts';

const DEFAULT_WAIT_S = 300;
const MAX_WAIT_S = 3600;

export const login: Command = {
  name: 'login',
  summary: 'Sign in at a page, so that this terminal may use its API',
  usage: '[ADDRESS] [--no-browser]',
  positionals: 1,
  flags: [
    {
      name: 'no-browser',
      meaning:
        'open none: print the address for any browser (of an Amphora on this machine, for one of this machine), and read the address that it ends at',
    },
    { name: 'wait', value: 'S', meaning: 'seconds to wait for the sign-in', byDefault: `${DEFAULT_WAIT_S}` },
    ...PAGE_FLAGS,
  ],
  notes: [
    'ADDRESS is that of the page.',
    PAGE_DEFAULT,
    'The browser comes back to port 8976 or 8977 of localhost. The login lasts 30 days; it is kept in logins.json of $XDG_CONFIG_HOME/amphora, else ~/.config/amphora, which nobody else of this machine can read. ./amphora token gives the token for a request, ./amphora logout ends the login.',
    'With --json the result is {page, api, user, scope}.',
  ],
  example: './amphora login https://d111.cloudfront.net/',
  exitCodes: {
    0: 'signed in, or the page has no sign-in and needs none',
    1: 'not used',
    2: 'not signed in: no such page, nobody signed in in time, or it was refused',
  },
  run: runLogin,
};

async function runLogin(args: Arguments, io: Io): Promise<number> {
  const waitS = waitOf(args.texts.get('wait'));
  if (typeof waitS !== 'number') return refuse(io, args, waitS);
  const logins = openLogins(io);
  const which = await whichPage('login', args, io, logins.read());
  if (!which.ok) return which.isOpen === true ? tellOpen(which.sentence, args, io) : refuse(io, args, which);
  const asked = await askPage(which.url);
  if (!asked.ok) return refuse(io, args, asked);
  const { page } = asked;
  if (page.signIn === undefined) return tellOpen(`nobody signs in at ${page.pageUrl}`, args, io);
  const unbound = await bindingFault(page.pageUrl, page.signIn);
  if (unbound !== undefined) return refuse(io, args, unbound);
  // A folder that cannot be written is told before anybody signs in, not after.
  await logins.change(async () => ({ result: undefined }));
  // Loads what a sign-in needs, and no other command.
  const { signInElsewhere, signInHere } = await import('./sign-in/sign-in.ts');
  const signIn = args.switches.has('no-browser') ? signInElsewhere : signInHere;
  const signedIn = await signIn(page.signIn, { stop: io.stopSignal(), patienceMs: waitS * 1000 }, io);
  if (!signedIn.ok) return refuse(io, args, signedIn);
  const { tokens } = signedIn;
  const warning = clockWarning(tokens.issuedAtMs, io.nowMs());
  if (warning !== undefined) io.err(`amphora: ${warning}\n`);
  const { accessToken, refreshToken, lifetimeMs, issuer, scope, user } = tokens;
  const kept: Login = {
    pageUrl: page.pageUrl,
    apiUrl: page.apiUrl,
    signInUrl: page.signIn.url,
    clientId: page.signIn.clientId,
    issuer,
    scope,
    ...(user === undefined ? {} : { user }),
    refreshToken,
    accessToken,
    lifetimeMs,
    obtainedAtMs: io.nowMs(),
  };
  await keep(logins, kept);
  tellSignedIn(kept, args, io);
  return 0;
}

/** In place of an older login at this page, which is ended: nobody could sign it out any more. */
async function keep(logins: Logins, login: Login): Promise<void> {
  const old = await logins.change(async (kept) => ({
    kept: { ...withLogin(kept, login), lastPageUrl: login.pageUrl },
    result: loginAt(kept, login.pageUrl),
  }));
  if (old === undefined) return;
  const { revoke } = await import('./sign-in/token-service.ts');
  // One that cannot be ended now ends by itself, and its token stands nowhere any more.
  await revoke({ url: old.signInUrl, clientId: old.clientId }, old.refreshToken);
}

function tellSignedIn({ pageUrl, apiUrl, user, scope }: Login, args: Arguments, io: Io): void {
  if (args.switches.has('json')) {
    io.out(`${JSON.stringify({ page: pageUrl, api: apiUrl, ...(user === undefined ? {} : { user }), scope })}\n`);
    return;
  }
  const as = user === undefined ? '' : ` as ${user}`;
  io.out(
    `Signed in at ${pageUrl}${as}. Use it so:\n  curl -H "Authorization: Bearer $(./amphora token)" ${quoted(`${apiUrl}/livedata`)}\n`,
  );
}

/** A script that signs in before it asks may do so at every Amphora. */
function tellOpen(why: string, args: Arguments, io: Io): number {
  io.out(args.switches.has('json') ? `${JSON.stringify({ signIn: false })}\n` : `Nothing to do: ${why}.\n`);
  return 0;
}

function waitOf(text: string | undefined): number | Refusal {
  if (text === undefined) return DEFAULT_WAIT_S;
  const waitS = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return waitS >= 1 && waitS <= MAX_WAIT_S
    ? waitS
    : refusal(`--wait must be a whole number of seconds, 1 to ${MAX_WAIT_S}, not '${text}'`);
}
