/** A program that may ask for tokens, as the user pool knows it. */

export type Client = {
  readonly id: string;
  /** Compared letter by letter. */
  readonly redirects: readonly string[];
  readonly logouts: readonly string[];
  readonly scopes: readonly string[];
  readonly flows: readonly ('code' | 'client_credentials')[];
  /** Absent: it cannot keep one. */
  readonly secret?: string;
  readonly accessS: number;
  readonly refreshS: number;
};

/** Of the scopes that are asked for, none: all that the client may have. Undefined when one of them is not among those. */
export function grantedScope(asked: string, { scopes }: Pick<Client, 'scopes'>): string | undefined {
  const wanted = asked.split(' ').filter((scope) => scope !== '');
  if (wanted.length === 0) return scopes.join(' ');
  return wanted.every((scope) => scopes.includes(scope)) ? [...new Set(wanted)].join(' ') : undefined;
}
