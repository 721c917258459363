/** A deployed function's environment, changed behind the stack's back: to see what its role keeps it from. */
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CREDENTIALS, REGION } from '../../scripts/emulator/cdklocal.ts';
import { until } from '../end-to-end/until.ts';

type Variables = Readonly<Record<string, string>>;

const lambdaOf = (endpoint: string): LambdaClient =>
  new LambdaClient({ endpoint, region: REGION, credentials: CREDENTIALS });

/** While the work runs, the function has these variables beside its own. */
export async function withVariables<T>(
  endpoint: string,
  name: string,
  variables: Variables,
  work: () => Promise<T>,
): Promise<T> {
  const lambda = lambdaOf(endpoint);
  try {
    const { FunctionName, Environment } = await functionNamed(lambda, name);
    const own = Environment?.Variables ?? {};
    await setVariables(lambda, FunctionName, { ...own, ...variables });
    try {
      return await work();
    } finally {
      await setVariables(lambda, FunctionName, own);
    }
  } finally {
    lambda.destroy();
  }
}

/** Called directly, as nobody but the rules may on AWS; its answer, or the error that it threw. */
export async function invoke(endpoint: string, name: string, event: unknown): Promise<Record<string, unknown>> {
  const lambda = lambdaOf(endpoint);
  try {
    const { FunctionName } = await functionNamed(lambda, name);
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
    return JSON.parse(Payload?.transformToString() ?? '');
  } finally {
    lambda.destroy();
  }
}

/** The one whose logical id begins so. */
async function functionNamed(lambda: LambdaClient, name: string) {
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const found = Functions.find(({ FunctionName = '' }) => FunctionName.includes(`-${name}`));
  if (found === undefined) throw new Error(`the emulator has no function ${name}`);
  return found;
}

async function setVariables(
  lambda: LambdaClient,
  FunctionName: string | undefined,
  Variables: Variables,
): Promise<void> {
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  await until('the function to be updated', async () => {
    const { LastUpdateStatus } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return LastUpdateStatus !== 'InProgress';
  });
}
