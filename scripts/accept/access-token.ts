/** The token with which the acceptance asks the API: a person's, or one of the stack's machine client. */
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { asked } from '../../cloud/aws-problem.ts';
import { clientOptions } from '../../cloud/client-options.ts';
import { type DeployedStack, outputOf } from '../../cloud/deployed-stack.ts';
import { type TokenReply, tokenAnswer } from '../../lambdas/sign-in/token-answer.ts';
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
  const reply = await replyOf(signInUrl, {
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
  const answer = tokenAnswer(reply);
  if (answer.kind === 'granted') return answer.tokens.accessToken;
  const reason = answer.kind === 'refused' ? answer.error : answer.reason;
  throw refused(
    `the sign-in at ${signInUrl} gave the machine client no token: ${reason}; ./amphora doctor --stack … looks at the sign-in`,
  );
}

async function replyOf(signInUrl: string, init: RequestInit): Promise<TokenReply> {
  const answer = await fetch(`${signInUrl}/oauth2/token`, init);
  return { status: answer.status, body: await answer.text() };
}
