/** ./amphora user on the user pool of a stack, as far as the emulator's Cognito goes. */
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { AdminGetUserCommand, CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Emulator, startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { type Folder, runCli, temporaryFolder } from '../cli/run-cli.ts';
import { ROOT } from '../emulator/root.ts';
import { until } from '../end-to-end/until.ts';

const MAIL = 'ada@example.org';
const STACK = 'People';
// The user pool's own properties are those of lib/sign-in.ts that decide how a user is named and found.
const TEMPLATE = {
  Resources: {
    Users: {
      Type: 'AWS::Cognito::UserPool',
      Properties: {
        UsernameAttributes: ['email'],
        UsernameConfiguration: { CaseSensitive: false },
        AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      },
    },
  },
  Outputs: { UserPoolId: { Value: { Ref: 'Users' } } },
};

let emulator: Emulator;
let folder: Folder;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  folder = temporaryFolder();
  emulator = await startEmulatorProcess({ root: ROOT, port: 0, say: () => {} });
  env = {
    AWS_ENDPOINT_URL: emulator.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const cloudFormation = new CloudFormationClient(access());
  await cloudFormation.send(new CreateStackCommand({ StackName: STACK, TemplateBody: JSON.stringify(TEMPLATE) }));
  cloudFormation.destroy();
  await until('the user pool', async () => (await user('list')).code === 0);
});
afterAll(async () => {
  await emulator?.end();
  folder?.remove();
});

const access = () => ({
  endpoint: emulator.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
async function userPoolId(): Promise<string> {
  const cloudFormation = new CloudFormationClient(access());
  const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: STACK }));
  cloudFormation.destroy();
  return stack?.Outputs?.[0]?.OutputValue ?? '';
}

const user = (...words: readonly string[]) => runCli(folder.path, ['user', ...words, '--stack', STACK], env);

describe('the users of a stack in the emulator', () => {
  test('are added, listed and removed', async () => {
    expect(JSON.parse((await user('add', MAIL, '--json')).out)).toEqual({ email: MAIL, invited: true });
    expect(await user('add', MAIL)).toMatchObject({ code: 2, err: expect.stringContaining('is a user of the stack') });
    expect(JSON.parse((await user('list', '--json')).out).users).toEqual([
      { email: MAIL, status: 'invited', added: expect.stringMatching(/Z$/) },
    ]);
    expect(await user('remove', MAIL)).toMatchObject({ code: 0, err: '' });
    expect(await user('remove', MAIL)).toMatchObject({ code: 2, err: expect.stringContaining(`has no user ${MAIL}`) });
    expect(JSON.parse((await user('list', '--json')).out)).toEqual({ users: [] });
  });

  test('have a verified address, and keep a temporary password that is to be changed', async () => {
    expect((await user('add', 'grace@example.org', '--no-mail')).code).toBe(0);
    const cognito = new CognitoIdentityProviderClient(access());
    const kept = await cognito.send(
      new AdminGetUserCommand({ UserPoolId: await userPoolId(), Username: 'grace@example.org' }),
    );
    cognito.destroy();
    expect(kept.UserStatus).toBe('FORCE_CHANGE_PASSWORD');
    expect(kept.UserAttributes).toEqual(expect.arrayContaining([{ Name: 'email_verified', Value: 'true' }]));
  });
});
