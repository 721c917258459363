/** The batteries of a deployed stack. */
import { amazonRootCas } from '../../cloud/amazon-root-ca.ts';
import { deployedStack, outputOf, type StackPlace } from '../../cloud/deployed-stack.ts';
import { awsDeviceRegistry } from '../../cloud/device-registry.ts';
import { iotEndpoint, isEmulator, signedMqttAddress } from '../../cloud/iot-endpoint.ts';
import { quoted } from '../../local/shell-word.ts';
import type { DevicePlace } from './place.ts';

// So that a connection which is lost at the end of the wait can be made again.
const SPARE_S = 60;

export async function stackPlace(wanted: StackPlace): Promise<DevicePlace> {
  const stack = await deployedStack(wanted);
  const { stackName, region } = stack;
  const regionFlag = wanted.region === undefined ? '' : ` --region ${quoted(wanted.region)}`;
  const flags = ` --stack ${quoted(stackName)}${regionFlag}`;
  const doctorLine = (battery: string): string => `./amphora doctor${flags} --battery ${battery}`;
  return {
    registry: awsDeviceRegistry(stack),
    name: `the stack ${stackName}`,
    flags,
    topicRoot: outputOf(stack, 'TopicRoot'),
    // Asked of AWS by who needs it alone: a battery is listed and removed also without the right to.
    broker: async () => {
      const { host, port } = await iotEndpoint(region);
      return { host, port, caPem: amazonRootCas() };
    },
    plainPort: undefined,
    remarks: isEmulator()
      ? ['AWS_ENDPOINT_URL is set: this is an emulator, whose broker takes no certificate of a device.']
      : [],
    ear: async (forMs) => {
      const { url, headers } = await signedMqttAddress(region, Math.ceil(forMs / 1000) + SPARE_S);
      const hint = 'these credentials need the rights iot:Connect, iot:Subscribe and iot:Receive';
      return { url, headers, name: `AWS IoT in ${region}`, hint };
    },
    doctorLine,
    whyLine: doctorLine,
    // UpdateCertificate: "Within a few minutes of updating a certificate from the ACTIVE state to any other state, AWS IoT
    // disconnects all devices that used that certificate to connect."
    cutOffSentence: 'It cannot connect any more; AWS IoT ends a connection that it still has within a few minutes.',
  };
}
