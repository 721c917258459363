/** What a look at something found, and what to type about it. */

/** `unknown`: it could not be looked at. */
export type FindingLevel = 'ok' | 'warning' | 'problem' | 'unknown';

export type Finding = {
  readonly subject: string;
  readonly level: FindingLevel;
  /** One sentence, without a full stop. */
  readonly sentence: string;
  /** A command, as it is to be typed; or what to do, where no command does it. */
  readonly next?: string;
};
