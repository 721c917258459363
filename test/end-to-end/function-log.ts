/** What the deployed functions logged, asked of CloudWatch Logs in the emulator. */

type Group = { readonly logGroupName: string };
type LogEvent = { readonly message: string };

export type FunctionLog = {
  /** How often functions with this word in the names of their log groups have run to their end. */
  readonly invocations: (word: string) => Promise<number>;
  /** The lines that tell of this event. */
  readonly lines: (event: string) => Promise<readonly string[]>;
};

// An event that the local runtime logs when a function throws; deployed it is the platform that writes the stack.
const THROWN = 'function-failed';
const STACK = /^\w*Error\b/;
const PATIENCE_MS = 20_000;
// Not checked there: only the service's name is read from it.
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=none';

export function functionLog(endpoint: string, stackName: string): FunctionLog {
  // A stack's log groups have its name in theirs.
  const groups = async (word: string): Promise<readonly string[]> => {
    const { logGroups }: { readonly logGroups: readonly Group[] } = await ask(endpoint, 'DescribeLogGroups', {});
    return logGroups
      .map(({ logGroupName }) => logGroupName)
      .filter((name) => name.includes(stackName) && name.includes(word));
  };
  const messages = async (word: string, filterPattern: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const logGroupName of await groups(word)) {
      const asked = { logGroupName, ...(filterPattern === '' ? {} : { filterPattern }) };
      const { events }: { readonly events: readonly LogEvent[] } = await ask(endpoint, 'FilterLogEvents', asked);
      found.push(...events.map(({ message }) => message));
    }
    return found;
  };
  return {
    invocations: async (word) =>
      (await messages(word, '"REPORT RequestId"')).filter((line) => line.startsWith('REPORT RequestId')).length,
    lines: async (event) =>
      event === THROWN
        ? (await messages('', 'Error')).filter((line) => STACK.test(line))
        : (await messages('', `"${event}"`)).filter((line) => line.includes(`"event":"${event}"`)),
  };
}

// It answers 500 when a function logs while it looks.
const TRIES = 5;

async function ask<T>(endpoint: string, action: string, body: unknown, tries = TRIES): Promise<T> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${action}`,
      authorization: AUTHORIZATION,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  if (response.status === 500 && tries > 1) return ask(endpoint, action, body, tries - 1);
  if (!response.ok) throw new Error(`${action} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
