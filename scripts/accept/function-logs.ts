/** What a stack's functions logged. */
import type { DeployedStack } from '../../cloud/deployed-stack.ts';
import { stackResources } from '../../cloud/stack-resources.ts';
import { logLines } from './cloudwatch-logs.ts';
import { type Invocation, invocationIn } from './invocation-report.ts';

export type FunctionLogGroup = {
  /** The function's, as the template names it. */
  readonly name: string;
  readonly logGroupName: string;
};

const REPORTS = ['"REPORT RequestId"', '"platform.report"'] as const;

export async function functionLogGroups(stack: DeployedStack): Promise<readonly FunctionLogGroup[]> {
  return (await stackResources(stack)).flatMap(({ type, logicalId, physicalId }) => {
    const name = type === 'AWS::Logs::LogGroup' ? /^(\w+?)Logs[0-9A-F]{8}$/.exec(logicalId)?.[1] : undefined;
    return name === undefined ? [] : [{ name, logGroupName: physicalId }];
  });
}

/** By function; one that did not run is left out. */
export async function invocationsSince(
  stack: DeployedStack,
  fromMs: number,
): Promise<ReadonlyMap<string, readonly Invocation[]>> {
  const found = new Map<string, readonly Invocation[]>();
  for (const group of await functionLogGroups(stack)) {
    const invocations = await invocationsIn(stack, group, fromMs);
    if (invocations.length > 0) found.set(group.name, invocations);
  }
  return found;
}

export async function invocationsIn(
  stack: DeployedStack,
  { logGroupName }: FunctionLogGroup,
  startTime: number,
): Promise<readonly Invocation[]> {
  const found: Invocation[] = [];
  for (const filterPattern of REPORTS) {
    const lines = await logLines(stack, { logGroupName, startTime, filterPattern });
    found.push(...lines.flatMap((line) => invocationIn(line) ?? []));
  }
  return found;
}
