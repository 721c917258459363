/** What Lambda says of a stack's functions, and of how many may run at once. */
import { GetAccountSettingsCommand, GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';
import type { StackResource } from './stack-resources.ts';

/** The deployed name of a function of lib/amphora-stack.ts; undefined when the stack has none. */
export const functionOf = (resources: readonly StackResource[], id: string): string | undefined =>
  // CDK adds eight hexadecimal digits.
  resources.find(
    ({ type, logicalId }) => type === 'AWS::Lambda::Function' && new RegExp(`^${id}[0-9A-F]{8}$`).test(logicalId),
  )?.physicalId;

/** How many functions of the account may run at once in this region, those with a number of their own not counted. */
export async function functionsAtOnce(region: string): Promise<number> {
  return withClient(region, async (lambda) => {
    const question = lambda.send(new GetAccountSettingsCommand({}));
    const { AccountLimit = {} } = await asked('tell how many functions may run at once', question);
    return AccountLimit.UnreservedConcurrentExecutions ?? AccountLimit.ConcurrentExecutions ?? 0;
  });
}

export async function functionEnvironment(region: string, name: string): Promise<Readonly<Record<string, string>>> {
  return withClient(region, async (lambda) => {
    const question = lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    const { Environment } = await asked(`look at the function ${name}`, question);
    return Environment?.Variables ?? {};
  });
}

async function withClient<T>(region: string, ask: (lambda: LambdaClient) => Promise<T>): Promise<T> {
  const lambda = new LambdaClient(clientOptions(region));
  try {
    return await ask(lambda);
  } finally {
    lambda.destroy();
  }
}
