/** The people who may sign in, wherever they are kept: in the user pool of a stack, or in users.json of a data folder. */
import type { Refusal } from '../command.ts';

export type ListedUser = {
  readonly email: string;
  /** `invited`: has not signed in yet. */
  readonly status: string;
  /** ISO 8601. */
  readonly added?: string;
};

export type Added =
  | {
      readonly ok: true;
      /** To be handed over; absent: it was mailed. */
      readonly password?: string;
      /** What comes next. */
      readonly sentence: string;
    }
  | Refusal;

export type Directory = {
  /** As it is called in sentences. */
  readonly name: string;
  /** What to type for the list, and for a first user. */
  readonly listLine: string;
  readonly addLine: string;
  readonly add: (mail: string) => Promise<Added>;
  readonly list: () => Promise<readonly ListedUser[]>;
  /** False when there is no such user. */
  readonly remove: (mail: string) => Promise<boolean>;
  readonly close: () => void;
};
