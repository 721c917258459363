/** `./amphora token`: an access token on stdout and nothing else, so that `$(./amphora token)` stands in a command. */
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { accessToken } from './sign-in/access-token.ts';
import { askPage } from './sign-in/amphora-page.ts';
import { type Logins, openLogins } from './sign-in/logins.ts';
import type { Machine } from './sign-in/machine-token.ts';
import { secretInFile, secretOf } from './sign-in/secret-file.ts';
import { PAGE_DEFAULT, PAGE_FLAGS, whichPage } from './sign-in/which-page.ts';

const SECRET_WORDS = { word: 'secret', whose: 'a client' };
const SECRET_WAYS =
  'put it into the environment variable AMPHORA_CLIENT_SECRET, or into a file named with --client-secret-file';
// Cognito's are 26 letters and digits.
const CLIENT_ID = /^[\w+-]{1,128}$/;

export const token: Command = {
  name: 'token',
  summary: 'Print an access token for a request to the API',
  usage: '[ADDRESS] [--client-id ID]',
  positionals: 1,
  flags: [
    { name: 'client-id', value: 'ID', meaning: 'for a machine client, which needs no login: its id, MachineClientId' },
    {
      name: 'client-secret-file',
      value: 'FILE',
      meaning: "file with the machine client's secret",
      byDefault: 'the secret in AMPHORA_CLIENT_SECRET',
    },
    {
      name: 'client-secret',
      value: 'SECRET',
      meaning: '',
      refused: `there is no --client-secret, since every user of this machine can see arguments; ${SECRET_WAYS}`,
    },
    ...PAGE_FLAGS,
  ],
  notes: [
    PAGE_DEFAULT,
    'In a command: curl -H "Authorization: Bearer $(./amphora token)" https://d111.cloudfront.net/api/livedata.',
    'A new one is got when less than 2 minutes of the kept one are left. A token is a password for its time: give it to the API in the header Authorization, and to nothing else.',
    'With --json the result is {accessToken, page}.',
  ],
  example: './amphora token https://d111.cloudfront.net/',
  exitCodes: {
    0: 'printed',
    1: 'not used',
    2: 'nothing was printed: nobody is signed in, the login has ended, or the sign-in service does not answer',
  },
  run: runToken,
};

async function runToken(args: Arguments, io: Io): Promise<number> {
  const logins = openLogins(io);
  const secret = secretOfMachine(args, io);
  if (!secret.ok) return refuse(io, args, secret);
  const which = await whichPage('token', args, io, logins.read());
  if (!which.ok) return refuse(io, args, which);
  const { machine } = secret;
  const got =
    machine === undefined
      ? await accessToken(logins, which.url, io)
      : await tokenOfMachine(logins, { ...machine, pageUrl: which.url }, io);
  if (!got.ok) return refuse(io, args, refusal(got.sentence));
  io.out(
    args.switches.has('json') ? `${JSON.stringify({ accessToken: got.token, page: which.url })}\n` : `${got.token}\n`,
  );
  return 0;
}

async function tokenOfMachine(logins: Logins, machine: Machine, io: Io) {
  const asked = await askPage(machine.pageUrl);
  if (!asked.ok) return asked;
  const { signIn } = asked.page;
  if (signIn === undefined) return refusal(`nobody signs in at ${machine.pageUrl}; leave the header Authorization out`);
  const { machineToken } = await import('./sign-in/machine-token.ts');
  return machineToken(logins, machine, signIn, io);
}

/** Without `machine`, a person's login is meant. */
type MachineSecret = { readonly ok: true; readonly machine?: Omit<Machine, 'pageUrl'> };

function secretOfMachine({ texts }: Arguments, io: Io): MachineSecret | Refusal {
  const clientId = texts.get('client-id');
  const file = texts.get('client-secret-file');
  if (clientId === undefined)
    return file === undefined
      ? { ok: true }
      : refusal('--client-secret-file is for a machine client; give --client-id with it');
  if (!CLIENT_ID.test(clientId)) return refusal(`--client-id must be the id of a client, not '${clientId}'`);
  const inEnv = io.env['AMPHORA_CLIENT_SECRET']?.trim() ?? '';
  if (file === undefined && inEnv === '') return refusal(`the secret of client ${clientId} is missing; ${SECRET_WAYS}`);
  const secret =
    file === undefined ? secretOf(inEnv, 'AMPHORA_CLIENT_SECRET', SECRET_WORDS) : secretInFile(file, SECRET_WORDS, io);
  return secret.ok ? { ok: true, machine: { clientId, secret: secret.secret } } : secret;
}
