/** Who may sign in at a deployed stack: the users of its Cognito user pool, as its owner adds and removes them. */
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  ListUsersCommand,
  type UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import { asked, awsErrorMessage, awsErrorName } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

export type PoolUser = {
  readonly email: string;
  /** `invited`: has not signed in with the temporary password yet, which holds for some days. */
  readonly status: 'active' | 'invited' | 'disabled' | 'other';
  readonly addedAtMs: number | undefined;
};

export type AddedToPool =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'exists' }
  /** Cognito's own words: about the address, the password or the pool. */
  | { readonly ok: false; readonly reason: 'refused' | 'not-mailed'; readonly words: string };

export type UserPool = {
  /** Invites by e-mail; with a temporary password nothing is mailed, and it is to be handed over. */
  readonly add: (email: string, temporaryPassword?: string) => Promise<AddedToPool>;
  /** By address. */
  readonly list: () => Promise<readonly PoolUser[]>;
  /** False when there is no such user. No refresh token of the user works any more; an access token lives out its minutes. */
  readonly remove: (email: string) => Promise<boolean>;
  readonly close: () => void;
};

// ListUsers gives at most so many at once (its page of the Cognito API reference).
const PAGE_USERS = 60;

export function userPool({ userPoolId, region }: { readonly userPoolId: string; readonly region: string }): UserPool {
  const cognito = new CognitoIdentityProviderClient(clientOptions(region));
  const pool = { UserPoolId: userPoolId };
  const remove = async (email: string): Promise<boolean> => {
    const user = { ...pool, Username: email };
    try {
      // First, so that what fails between the two leaves a user without sessions, whom a repeat removes.
      await asked(`end the sessions of ${email}`, cognito.send(new AdminUserGlobalSignOutCommand(user)));
      await asked(`remove the user ${email}`, cognito.send(new AdminDeleteUserCommand(user)));
      return true;
    } catch (error) {
      if (awsErrorName(error) === 'UserNotFoundException') return false;
      throw error;
    }
  };
  return {
    add: async (email, temporaryPassword) => {
      const command = new AdminCreateUserCommand({
        ...pool,
        Username: email,
        // Unverified, the address could not get a new password by e-mail.
        UserAttributes: [
          { Name: 'email', Value: email },
          { Name: 'email_verified', Value: 'true' },
        ],
        ...(temporaryPassword === undefined
          ? { DesiredDeliveryMediums: ['EMAIL'] }
          : { MessageAction: 'SUPPRESS', TemporaryPassword: temporaryPassword }),
      });
      try {
        await asked(`add the user ${email}`, cognito.send(command));
        return { ok: true };
      } catch (error) {
        const words = awsErrorMessage(error).replace(/\.$/, '');
        switch (awsErrorName(error)) {
          case 'UsernameExistsException':
            return { ok: false, reason: 'exists' };
          case 'InvalidParameterException':
          case 'InvalidPasswordException':
            return { ok: false, reason: 'refused', words };
          case 'CodeDeliveryFailureException':
          case 'InvalidEmailRoleAccessPolicyException':
            // The user is there then, with a password that nobody got. A user of before would have been UsernameExists.
            await remove(email);
            return { ok: false, reason: 'not-mailed', words };
          default:
            throw error;
        }
      }
    },
    list: async () => {
      const users: UserType[] = [];
      let next: string | undefined;
      do {
        const page = await asked(
          'list the users',
          cognito.send(
            new ListUsersCommand({
              ...pool,
              Limit: PAGE_USERS,
              ...(next === undefined ? {} : { PaginationToken: next }),
            }),
          ),
        );
        users.push(...(page.Users ?? []));
        next = page.PaginationToken;
      } while (next !== undefined);
      return users.map(poolUser).toSorted((a, b) => (a.email < b.email ? -1 : 1));
    },
    remove,
    close: () => cognito.destroy(),
  };
}

function poolUser({ Username, Attributes = [], UserStatus, Enabled, UserCreateDate }: UserType): PoolUser {
  return {
    email: Attributes.find(({ Name }) => Name === 'email')?.Value ?? Username ?? '',
    status: statusOf(UserStatus, Enabled),
    addedAtMs: UserCreateDate?.getTime(),
  };
}

function statusOf(status: UserType['UserStatus'], isEnabled = true): PoolUser['status'] {
  if (!isEnabled) return 'disabled';
  if (status === 'CONFIRMED') return 'active';
  return status === 'FORCE_CHANGE_PASSWORD' ? 'invited' : 'other';
}
