/** Which certificates a device policy is attached to: CloudFormation deletes no policy that still has one. */
import { DetachPolicyCommand, IoTClient, paginateListTargetsForPolicy } from '@aws-sdk/client-iot';
import { asked, isNotFound } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

export type PolicyTarget = {
  readonly policyName: string;
  /** Of a certificate, or of a thing group. */
  readonly arn: string;
};

/** None where there is no such policy. */
export async function policyTargets(region: string, policyNames: readonly string[]): Promise<readonly PolicyTarget[]> {
  const iot = new IoTClient(clientOptions(region));
  try {
    const found: PolicyTarget[] = [];
    for (const policyName of policyNames) {
      const targets = await asked(`list what ${policyName} is attached to`, targetsOf(iot, policyName)).catch(
        (error: unknown) => (isNotFound(error) ? [] : Promise.reject(error)),
      );
      found.push(...targets.map((arn) => ({ policyName, arn })));
    }
    return found;
  } finally {
    iot.destroy();
  }
}

async function targetsOf(iot: IoTClient, policyName: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of paginateListTargetsForPolicy({ client: iot }, { policyName }))
    found.push(...(page.targets ?? []));
  return found;
}

export async function detachTargets(region: string, targets: readonly PolicyTarget[]): Promise<void> {
  const iot = new IoTClient(clientOptions(region));
  try {
    for (const { policyName, arn } of targets)
      await asked(`detach the policy ${policyName}`, iot.send(new DetachPolicyCommand({ policyName, target: arn })));
  } finally {
    iot.destroy();
  }
}
