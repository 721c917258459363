/** Whether somebody has put a value into a secret; the value itself is not read. */
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

/** Throws a sentence when there is no such secret, or it may not be looked at. */
export async function isSecretFilled(region: string, arn: string): Promise<boolean> {
  const secrets = new SecretsManagerClient(clientOptions(region));
  try {
    const answer = secrets.send(new DescribeSecretCommand({ SecretId: arn }));
    const { VersionIdsToStages: versions = {} } = await asked(`look at the secret ${arn}`, answer);
    return Object.values(versions).some((stages) => stages.includes('AWSCURRENT'));
  } finally {
    secrets.destroy();
  }
}
