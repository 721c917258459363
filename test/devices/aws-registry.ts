/** The registry of a stack in MiniStack, with the two policies that the stack would have. */
import { CreatePolicyCommand, IoTClient, UpdateCertificateCommand } from '@aws-sdk/client-iot';
import { awsDeviceRegistry } from '../../cloud/device-registry.ts';
import type { DeviceRegistry } from '../../lambdas/batteries/device-registry.ts';

export const POLICIES = { device: 'Amphora-device', demoTopics: 'Amphora-demo-topics' } as const;

/** As everybody in the emulator is: account 000000000000. */
export function useEmulator(url: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
}

export const registryOf = (stackName: string): DeviceRegistry =>
  awsDeviceRegistry({
    stackName,
    region: 'us-east-1',
    status: 'CREATE_COMPLETE',
    outputs: { DevicePolicyName: POLICIES.device, DemoTopicsPolicyName: POLICIES.demoTopics },
  });

export async function makePolicies(): Promise<void> {
  const iot = new IoTClient({});
  const Statement = [
    { Effect: 'Allow', Action: 'iot:Connect', Resource: 'arn:aws:iot:us-east-1:000000000000:client/x' },
  ];
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  for (const policyName of Object.values(POLICIES))
    await iot.send(new CreatePolicyCommand({ policyName, policyDocument }));
  iot.destroy();
}

export async function switchOff(certificateId: string): Promise<void> {
  const iot = new IoTClient({});
  await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
  iot.destroy();
}
