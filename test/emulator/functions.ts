/** A deployed function's environment, changed behind the stack's back: to see what its role keeps it from. */
import { signedRequest } from '../../scripts/emulator/emulator-api.ts';
import { until } from '../end-to-end/until.ts';

type Variables = Readonly<Record<string, string>>;
type Configuration = {
  readonly FunctionName: string;
  readonly LastUpdateStatus?: string;
  readonly Environment?: { readonly Variables?: Variables };
};

const FUNCTIONS = '/2015-03-31/functions';

/** While the work runs, the function has these variables beside its own. */
export async function withVariables<T>(
  endpoint: string,
  name: string,
  variables: Variables,
  work: () => Promise<T>,
): Promise<T> {
  const { FunctionName, Environment } = await functionNamed(endpoint, name);
  const own = Environment?.Variables ?? {};
  await setVariables(endpoint, FunctionName, { ...own, ...variables });
  try {
    return await work();
  } finally {
    await setVariables(endpoint, FunctionName, own);
  }
}

/** Called directly, as nobody but the rules may on AWS; its answer, or the error that it threw. */
export async function invoke(endpoint: string, name: string, event: unknown): Promise<Record<string, unknown>> {
  const { FunctionName } = await functionNamed(endpoint, name);
  return lambda(endpoint, 'POST', `${FUNCTIONS}/${FunctionName}/invocations`, event);
}

/** The one whose logical id begins so. */
async function functionNamed(endpoint: string, name: string): Promise<Configuration> {
  const listed: { readonly Functions: readonly Configuration[] } = await lambda(endpoint, 'GET', `${FUNCTIONS}/`);
  const found = listed.Functions.find(({ FunctionName }) => FunctionName.includes(`-${name}`));
  if (found === undefined) throw new Error(`the emulator has no function ${name}`);
  return found;
}

async function setVariables(endpoint: string, functionName: string, variables: Variables): Promise<void> {
  const path = `${FUNCTIONS}/${functionName}/configuration`;
  await lambda(endpoint, 'PUT', path, { Environment: { Variables: variables } });
  await until('the function to be updated', async () => {
    const { LastUpdateStatus }: Configuration = await lambda(endpoint, 'GET', path);
    return LastUpdateStatus !== 'InProgress';
  });
}

async function lambda(endpoint: string, method: string, path: string, body?: unknown) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { 'content-type': 'application/json' };
  const { ok, text } = await signedRequest(endpoint, { service: 'lambda', method, path, headers, ...sent });
  if (!ok) throw new Error(`${method} ${path}: ${text}`);
  return JSON.parse(text);
}
