/** What a stack is made of, what it left behind, and what CloudFormation could not do. */
import {
  CloudFormationClient,
  paginateDescribeStackEvents,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';
import type { StackPlace } from './deployed-stack.ts';

export type StackResource = {
  readonly logicalId: string;
  readonly physicalId: string;
  /** As in AWS::SQS::Queue. */
  readonly type: string;
  /** CloudFormation's word, as in CREATE_COMPLETE. */
  readonly status: string;
  /** In CloudFormation's words. */
  readonly reason: string;
};

/** Those that are there. */
export async function stackResources(place: StackPlace): Promise<readonly StackResource[]> {
  return withClient(place.region, async (client) => {
    const found: StackResource[] = [];
    for await (const page of paginateListStackResources({ client }, { StackName: place.stackName })) {
      for (const one of page.StackResourceSummaries ?? []) {
        found.push({
          logicalId: one.LogicalResourceId ?? '',
          physicalId: one.PhysicalResourceId ?? '',
          type: one.ResourceType ?? '',
          status: one.ResourceStatus ?? '',
          reason: one.ResourceStatusReason ?? '',
        });
      }
    }
    return found.filter(({ status }) => status !== 'DELETE_COMPLETE');
  });
}

/**
 * Newest first, each resource as its last event of such a status says; `stackName` may be the ARN of a stack that is gone. One
 * logical id stands for several resources over the years: what was replaced and kept is listed beside its successor.
 */
export async function lastEvents(place: StackPlace, status: RegExp): Promise<readonly StackResource[]> {
  return withClient(place.region, async (client) => {
    const found = new Map<string, StackResource>();
    for await (const page of paginateDescribeStackEvents({ client }, { StackName: place.stackName })) {
      for (const event of page.StackEvents ?? []) {
        const { LogicalResourceId: logicalId = '', ResourceStatus = '', ResourceType: type = '' } = event;
        const { PhysicalResourceId: physicalId = '', ResourceStatusReason: reason = '' } = event;
        const key = JSON.stringify([logicalId, physicalId]);
        if (found.has(key) || !status.test(ResourceStatus) || type === 'AWS::CloudFormation::Stack') continue;
        found.set(key, { logicalId, physicalId, type, status: ResourceStatus, reason });
      }
    }
    return [...found.values()];
  });
}

async function withClient<T>(
  region: string | undefined,
  ask: (client: CloudFormationClient) => Promise<T>,
): Promise<T> {
  const client = new CloudFormationClient(clientOptions(region));
  try {
    return await asked('list what the stack is made of', ask(client));
  } finally {
    client.destroy();
  }
}
