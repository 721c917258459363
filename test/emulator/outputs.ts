/** What a stack of the emulator says of itself. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CREDENTIALS, REGION } from '../../scripts/emulator/cdklocal.ts';

export async function stackOutputs(endpoint: string, stackName = 'Amphora'): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    return Object.fromEntries(
      (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } finally {
    client.destroy();
  }
}
