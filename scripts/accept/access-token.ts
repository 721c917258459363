/** The token with which the acceptance asks the API: a person's, or one of the stack's machine client. */
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { asked } from '../../cloud/aws-problem.ts';
import { clientOptions } from '../../cloud/client-options.ts';
import { type DeployedStack, outputOf } from '../../cloud/deployed-stack.ts';
import { refused } from '../refused.ts';

const ANSWER_MS = 20_000;

/** Undefined where the stack wants none. */
export async function accessToken(stack: DeployedStack): Promise<string | undefined> {
  const given = process.env['AMPHORA_TOKEN'];
  if (given !== undefined && given !== '') return given;
  if (stack.outputs['UserPoolId'] === undefined) return undefined;
  const clientId = stack.outputs['MachineClientId'];
  if (clientId === undefined) {
    const page = stack.outputs['PageUrl'] ?? "the page's address";
    throw refused(
      `the stack ${stack.stackName} has no machine client; sign in (./amphora login ${page}) and give the token with AMPHORA_TOKEN=$(./amphora token ${page}), which must be allowed to write, or deploy with -c machineClient=true`,
    );
  }
  return machineToken(outputOf(stack, 'SignInUrl'), clientId, await secretOf(stack, clientId));
}

async function secretOf(stack: DeployedStack, ClientId: string): Promise<string> {
  const cognito = new CognitoIdentityProviderClient(clientOptions(stack.region));
  try {
    const command = new DescribeUserPoolClientCommand({ UserPoolId: outputOf(stack, 'UserPoolId'), ClientId });
    const { UserPoolClient } = await asked("tell the machine client's secret", cognito.send(command));
    return UserPoolClient?.ClientSecret ?? '';
  } finally {
    cognito.destroy();
  }
}

async function machineToken(signInUrl: string, clientId: string, secret: string): Promise<string> {
  const answer = await fetch(`${signInUrl}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'battery/read battery/write' }),
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((cause: unknown) => {
    throw refused(
      `the sign-in at ${signInUrl} does not answer; look whether the address is right, and try again`,
      cause,
    );
  });
  const text = await answer.text();
  const token = answer.ok ? tokenIn(text) : undefined;
  if (token === undefined)
    throw refused(
      `the sign-in at ${signInUrl} gave the machine client no token: ${answer.status} ${text.slice(0, 200)}`,
    );
  return token;
}

function tokenIn(text: string): string | undefined {
  const body: { readonly access_token?: unknown } = JSON.parse(text);
  return typeof body.access_token === 'string' ? body.access_token : undefined;
}
