/** Reads values of the CDK context. The command line hands over text, cdk.json numbers and lists too; all are taken. */

export type Context = Readonly<Record<string, unknown>>;

export type ContextReader = {
  /** What was wrong so far, a sentence each. */
  readonly problems: string[];
  readonly isGiven: (key: string) => boolean;
  /** `fallback` when nothing is given, and when what is given is a problem. */
  readonly read: <T>(key: string, fallback: T, parse: (text: string) => T | undefined, wanted: string) => T;
};

export function contextReader(context: Context): ContextReader {
  const problems: string[] = [];
  return {
    problems,
    isGiven: (key) => context[key] !== undefined,
    read: (key, fallback, parse, wanted) => {
      const given = context[key];
      if (given === undefined) return fallback;
      const text = typeof given === 'string' ? given : JSON.stringify(given);
      const value = parse(text);
      if (value === undefined) problems.push(`setting ${key} ${said(key, text)}must be ${wanted}`);
      return value ?? fallback;
    },
  };
}

export const TRUE_OR_FALSE = 'true or false';
export const trueOrFalse = (text: string): boolean | undefined =>
  text === 'true' ? true : text === 'false' ? false : undefined;

// Somebody will give a token where its secret is wanted, or within an address: it must not reach a build's log.
const said = (key: string, text: string): string => (/secret|url/i.test(key) ? '' : `is '${text}', but `);
