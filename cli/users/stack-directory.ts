/** The users of a deployed stack. */
import { randomInt } from 'node:crypto';
import { type DeployedStack, deployedStack, outputOf, type StackPlace } from '../../cloud/deployed-stack.ts';
import { type AddedToPool, userPool } from '../../cloud/user-pool.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { quoted } from '../../local/shell-word.ts';
import { refusal } from '../command.ts';
import type { Added, Directory } from './directory.ts';

export async function stackDirectory(
  place: StackPlace,
  { isMailing }: { readonly isMailing: boolean },
): Promise<Directory> {
  const stack = await deployedStack(place);
  const { stackName, region } = stack;
  const pool = userPool({ userPoolId: poolOf(stack), region });
  const flags = ` --stack ${stackName}${place.region === undefined ? '' : ` --region ${place.region}`}`;
  const pageUrl = stack.outputs['PageUrl'];
  const signInLine = pageUrl === undefined ? '' : ` It is used at ${pageUrl}, which asks for a new one.`;
  const told = (added: AddedToPool, mail: string, password: string | undefined): Added => {
    if (added.ok) {
      return password === undefined
        ? { ok: true, sentence: 'An invitation with a temporary password is on its way; it holds for 7 days.' }
        : { ok: true, password, sentence: `It holds for 7 days, and is not shown again.${signInLine}` };
    }
    switch (added.reason) {
      case 'exists':
        return refusal(
          `${mail} is a user of the stack ${stackName} already; for a new invitation, ./amphora user remove ${quoted(mail)}${flags} and add it again`,
        );
      case 'refused':
        return refusal(`Cognito did not take ${mail}: ${added.words}; nobody was added`);
      case 'not-mailed':
        return refusal(
          `the invitation to ${mail} could not be mailed (${added.words}), so nobody was added; check the address, or add it with --no-mail and hand the password over`,
        );
    }
  };
  return {
    name: `the stack ${stackName}`,
    listLine: `./amphora user list${flags}`,
    addLine: `./amphora user add ada@example.org${flags}`,
    add: async (mail) => {
      const password = isMailing ? undefined : temporaryPassword();
      return told(await pool.add(mail, password), mail, password);
    },
    list: async () =>
      (await pool.list()).map(({ email, status, addedAtMs }) => ({
        email,
        status,
        ...(addedAtMs === undefined ? {} : { added: new Date(addedAtMs).toISOString() }),
      })),
    remove: pool.remove,
    close: pool.close,
  };
}

function poolOf(stack: DeployedStack): string {
  const { stackName, outputs } = stack;
  // Every stack that this version deploys gives out its device policy; its sign-in is a setting.
  if (outputs['UserPoolId'] === undefined && outputs['DevicePolicyName'] !== undefined) {
    const sentence = `the stack ${stackName} has no sign-in, and so no users (setting signIn; npm run emulator -- --sign-in)`;
    throw new AmphoraError('setting-invalid', sentence, { retry: false });
  }
  return outputOf(stack, 'UserPoolId');
}

// One of each kind that the pool's password policy asks for (lib/sign-in.ts), none of which looks like another.
const KINDS = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghjkmnpqrstuvwxyz', '23456789', '-+=_'] as const;
const PASSWORD_GROUPS = 5;

/** 20 characters: five times a capital, a small letter, a digit and a sign; about 70 bits. */
function temporaryPassword(): string {
  const one = (letters: string): string => letters.charAt(randomInt(letters.length));
  return Array.from({ length: PASSWORD_GROUPS }, () => KINDS.map(one).join('')).join('');
}
