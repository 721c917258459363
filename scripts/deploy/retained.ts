/** What a deleted stack left in the account on purpose, and how it is deleted when nobody wants it any more. */
import { queueDepth } from '../../cloud/queue-depth.ts';
import { lastEvents, type StackResource } from '../../cloud/stack-resources.ts';

/** A line for each, followed by the one that deletes it; none when nothing was left. `stackId`: its ARN. */
export async function retainedLines(region: string, stackId: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const resource of await lastEvents({ stackName: stackId, region }, /^DELETE_SKIPPED$/)) {
    const found = await contentOf(region, resource);
    if (found === 'gone') continue;
    lines.push(`  ${resource.logicalId}: ${found}`, `    ${deletionLine(region, resource)}`);
  }
  return lines;
}

async function contentOf(region: string, { type, physicalId }: StackResource): Promise<string> {
  switch (type) {
    case 'AWS::SQS::Queue': {
      const depth = await queueDepth(region, physicalId);
      return depth === undefined
        ? 'gone'
        : `a queue with ${depth.messages} ${depth.messages === 1 ? 'message' : 'messages'}`;
    }
    case 'AWS::Cognito::UserPool':
      return `the user pool ${physicalId} with its users`;
    default:
      return `${type} ${physicalId}`;
  }
}

function deletionLine(region: string, { type, physicalId }: StackResource): string {
  const where = `--region ${region}`;
  switch (type) {
    case 'AWS::SQS::Queue':
      return `aws sqs delete-queue ${where} --queue-url ${physicalId}`;
    case 'AWS::Cognito::UserPool':
      return `aws cognito-idp update-user-pool ${where} --user-pool-id ${physicalId} --deletion-protection INACTIVE && aws cognito-idp delete-user-pool ${where} --user-pool-id ${physicalId}`;
    case 'AWS::SecretsManager::Secret':
      return `aws secretsmanager delete-secret ${where} --secret-id ${physicalId}`;
    case 'AWS::S3::Bucket':
      return `aws s3 rb ${where} --force s3://${physicalId}`;
    case 'AWS::Logs::LogGroup':
      return `aws logs delete-log-group ${where} --log-group-name ${physicalId}`;
    default:
      return "delete it in AWS's console";
  }
}
