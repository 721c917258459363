/** `./amphora user`: who may sign in, at a deployed stack or at the Amphora on this machine. */
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { closest } from './suggest.ts';
import type { Directory, ListedUser } from './users/directory.ts';
import { WHICH_AMPHORA_FLAGS } from './which-amphora.ts';

const DEEDS = ['add', 'list', 'remove'] as const;

// Cognito's user names have at most 128 characters; the rest is what a mail program takes without quotes.
const MAIL = /^[^\s@"<>(),:;\\[\]]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;
const MAX_MAIL = 128;

export const user: Command = {
  name: 'user',
  summary: 'Add, list and remove the people who may sign in',
  usage: 'add MAIL | list | remove MAIL  [--stack NAME [--region R]]',
  positionals: 2,
  flags: [
    ...WHICH_AMPHORA_FLAGS,
    {
      name: 'no-mail',
      meaning: 'with add --stack: print a temporary password to hand over, instead of an invitation by e-mail',
    },
  ],
  notes: [
    'On AWS the user is invited by e-mail, with a temporary password that holds for 7 days. Here the password is printed, once.',
    'A removed user is signed out everywhere: no login can be renewed. An access token that was given out before lives out its minutes, at most 15.',
    'With --json the result is {email, invited} or {email, password}, {users: [{email, status, added}]}, {email, removed}.',
  ],
  example: './amphora user add ada@example.org --stack Amphora',
  exitCodes: {
    0: 'done',
    1: 'not used',
    2: 'not done: no address, one that is there already or is not there, no such stack, no right',
  },
  run: runUser,
};

type Request =
  | { readonly ok: true; readonly deed: 'list' }
  | { readonly ok: true; readonly deed: 'add' | 'remove'; readonly mail: string };

async function runUser(args: Arguments, io: Io): Promise<number> {
  const request = requestOf(args);
  if (!request.ok) return refuse(io, args, request);
  const { openDirectory } = await import('./users/open-directory.ts');
  const opened = await openDirectory(args, io);
  if (!opened.ok) return refuse(io, args, opened);
  const { directory } = opened;
  try {
    switch (request.deed) {
      case 'add':
        return await add(request.mail, directory, args, io);
      case 'remove':
        return await remove(request.mail, directory, args, io);
      case 'list':
        return tellUsers(await directory.list(), directory, args, io);
    }
  } finally {
    directory.close();
  }
}

async function add(mail: string, directory: Directory, args: Arguments, io: Io): Promise<number> {
  const added = await directory.add(mail);
  if (!added.ok) return refuse(io, args, added);
  const { password } = added;
  if (args.switches.has('json')) {
    io.out(`${JSON.stringify({ email: mail, ...(password === undefined ? { invited: true } : { password }) })}\n`);
    return 0;
  }
  io.out(`Added ${mail} to ${directory.name}.\n`);
  if (password !== undefined) io.out(`  password  ${password}\n`);
  io.out(`${added.sentence}\n`);
  return 0;
}

async function remove(mail: string, directory: Directory, args: Arguments, io: Io): Promise<number> {
  if (!(await directory.remove(mail))) {
    return refuse(io, args, refusal(`${directory.name} has no user ${mail}; ${directory.listLine} tells who is there`));
  }
  io.out(
    args.switches.has('json')
      ? `${JSON.stringify({ email: mail, removed: true })}\n`
      : `Removed ${mail} from ${directory.name}: signed out everywhere. An access token given out before lives out its minutes, at most 15.\n`,
  );
  return 0;
}

function tellUsers(users: readonly ListedUser[], directory: Directory, args: Arguments, io: Io): number {
  if (args.switches.has('json')) {
    io.out(`${JSON.stringify({ users })}\n`);
    return 0;
  }
  if (users.length === 0) io.out(`${directory.name} has no users yet; ${directory.addLine}\n`);
  const width = Math.max(...users.map(({ email }) => email.length)) + 2;
  for (const { email, status, added } of users) {
    io.out(`${email.padEnd(width)}${status.padEnd(10)}${added === undefined ? '' : `since ${added.slice(0, 10)}`}\n`);
  }
  return 0;
}

function requestOf({ positionals, texts, switches }: Arguments): Request | Refusal {
  const [word, mail] = positionals;
  const deed = DEEDS.find((one) => one === word);
  if (deed === undefined) return refusal(noDeed(word));
  if (switches.has('no-mail') && (deed !== 'add' || !texts.has('stack')))
    return refusal('--no-mail is for add with --stack; leave it out');
  if (deed === 'list') {
    return mail === undefined ? { ok: true, deed } : refusal(`list takes no address, '${mail}' was given`);
  }
  if (mail === undefined) return refusal(`name the user: ./amphora user ${deed} ada@example.org`);
  return MAIL.test(mail) && mail.length <= MAX_MAIL
    ? { ok: true, deed, mail }
    : refusal(`'${mail.slice(0, MAX_MAIL)}' is no e-mail address; give one such as ada@example.org`);
}

function noDeed(word: string | undefined): string {
  const known = 'add MAIL, list or remove MAIL';
  if (word === undefined) return `say what is to be done: ./amphora user ${known}`;
  const close = closest(word, DEEDS);
  return `unknown word '${word}'; ${close === undefined ? `it is ./amphora user ${known}` : `did you mean ./amphora user ${close}?`}`;
}
