/** What the functions of a deployed stack logged since a moment, asked of CloudWatch Logs. */
import type { DeployedStack } from '../../cloud/deployed-stack.ts';
import { logLines } from '../../scripts/accept/cloudwatch-logs.ts';
import { functionLogGroups, invocationsIn } from '../../scripts/accept/function-logs.ts';

export type DeployedLog = {
  /** How often the writer has run to its end. */
  readonly written: () => Promise<number>;
  /** The lines that tell of this event. */
  readonly lines: (event: string) => Promise<readonly string[]>;
};

// An event that the local runtime logs when a function throws; deployed it is the platform that writes the stack.
const THROWN = 'function-failed';
const STACK = /^\w*Error\b|\tERROR\t(?:Invoke|Uncaught)/;

export async function deployedLog(stack: DeployedStack, fromMs: number): Promise<DeployedLog> {
  const groups = await functionLogGroups(stack);
  const writer = groups.find(({ name }) => name === 'Writer');
  if (writer === undefined) throw new Error(`the stack ${stack.stackName} has no log of its writer`);
  const matching = async (filterPattern: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const { logGroupName } of groups)
      found.push(...(await logLines(stack, { logGroupName, startTime: fromMs, filterPattern })));
    return found;
  };
  return {
    written: async () => (await invocationsIn(stack, writer, fromMs)).length,
    lines: async (event) =>
      event === THROWN
        ? (await matching('Error')).filter((line) => STACK.test(line))
        : (await matching(`"${event}"`)).filter((line) => line.includes(`"event":"${event}"`)),
  };
}
