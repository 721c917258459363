/** What of the lines of `cdk` a person is shown: the changes, how far it is, and everything that goes wrong. */

type Say = (line: string) => void;

/** Of `cdk diff`: from its first word about the stack on; before it stand the app's notes, which were told already. */
export function diffLines(say: Say): Say {
  let hasBegun = false;
  return (line) => {
    hasBegun ||= line.startsWith('Stack ');
    if (hasBegun) say(line);
  };
}

// `Amphora | 12/78 | 12:41:35 AM | CREATE_COMPLETE | AWS::SQS::Queue | UnwrittenReadings (…)`
const EVENT = /^\S+ \| +(\d+\/\d+) \| [^|]+ \| (\w+) +\| (\S+) +\| (.*)$/;
const TOLD_EVERY_MS = 5_000;

/** Of `cdk deploy --progress events`: two lines for each of a hundred resources are too many to read. */
export function deployLines(say: Say, nowMs: () => number): Say {
  let toldAtMs = nowMs();
  return (line) => {
    const [, count, status = '', type, name] = EVENT.exec(line) ?? [];
    if (count === undefined) return /^\s*(❌|✅)/.test(line) ? say(line.trim()) : undefined;
    const isTrouble = /FAILED|ROLLBACK/.test(status);
    if (!isTrouble && nowMs() - toldAtMs < TOLD_EVERY_MS) return undefined;
    if (!isTrouble) toldAtMs = nowMs();
    return say(`  ${count}  ${status}  ${type}  ${name}`);
  };
}
