/** Whether devices can connect: the account's endpoint, their things and certificates, and what AWS IoT lets them do. */
import { lookup } from 'node:dns/promises';
import { outputOf } from '../../cloud/deployed-stack.ts';
import { awsDeviceRegistry } from '../../cloud/device-registry.ts';
import { iotEndpoint, isEmulator } from '../../cloud/iot-endpoint.ts';
import { judgedByIot } from '../../cloud/iot-judgement.ts';
import type { Device, DeviceCertificate } from '../../lambdas/batteries/device-registry.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import type { Finding } from '../../local/finding.ts';
import type { Looked } from './look.ts';

export async function endpointFindings({ stack }: Looked): Promise<readonly Finding[]> {
  const subject = 'MQTT';
  const { host, port } = await iotEndpoint(stack.region);
  if (isEmulator())
    return [{ subject, level: 'ok', sentence: `${host} is an emulator's endpoint: no device connects there` }];
  try {
    await lookup(host);
    return [{ subject, level: 'ok', sentence: `devices connect to ${host}, port ${port}` }];
  } catch {
    return [
      {
        subject,
        level: 'problem',
        sentence: `the account's endpoint ${host} has no address as seen from here`,
        next: 'check the name server of this network; devices on it would not find AWS IoT either',
      },
    ];
  }
}

export async function deviceFindings(looked: Looked): Promise<readonly Finding[]> {
  const { stack, battery } = looked;
  const registry = awsDeviceRegistry(stack);
  try {
    if (battery !== undefined) return await oneDevice(looked, battery, await registry.find(battery));
    const devices = await registry.list('own');
    if (devices.length === 0) return [noDevice(looked)];
    const findings = devices.map((device) => judged(looked, device));
    const well = findings.filter(({ level }) => level === 'ok').length;
    const summary: Finding = {
      subject: 'devices',
      level: 'ok',
      sentence: `${well} of ${devices.length} ${devices.length === 1 ? 'device' : 'devices'} can connect`,
    };
    return [...(well === 0 ? [] : [summary]), ...findings.filter(({ level }) => level !== 'ok')];
  } finally {
    registry.close();
  }
}

function noDevice({ flags }: Looked): Finding {
  const told = { subject: 'devices', sentence: 'no device is registered' };
  // No device can connect to an emulator: there is nothing to do about it.
  return isEmulator()
    ? { ...told, level: 'ok' }
    : { ...told, level: 'warning', next: `./amphora add-battery garage ${flags}` };
}

async function oneDevice(looked: Looked, battery: string, device: Device | undefined): Promise<readonly Finding[]> {
  const subject = 'devices';
  if (device === undefined) {
    const next = `./amphora add-battery ${battery} ${looked.flags}`;
    return [{ subject, level: 'problem', sentence: `no device is registered for ${battery}`, next }];
  }
  if (device.owner !== looked.stack.stackName) {
    const owner = device.owner === undefined ? 'nobody of Amphora' : `the stack ${device.owner}`;
    return [
      {
        subject,
        level: 'problem',
        sentence: `the thing ${battery} was made by ${owner}, and its certificates have no right here`,
        next: 'take another id for this battery, or remove that thing first',
      },
    ];
  }
  const judgement = judged(looked, device);
  if (judgement.level !== 'ok') return [judgement];
  return [judgement, await policyFinding(looked, device).catch(notJudged)];
}

function judged(looked: Looked, { battery, certificates }: Device): Finding {
  const policy = outputOf(looked.stack, 'DevicePolicyName');
  const subject = 'devices';
  const faults = certificates.map((certificate) => faultOf(certificate, policy, looked.nowMs()));
  const good = certificates.filter((_, at) => faults[at] === undefined);
  const [certificate] = good;
  if (certificate !== undefined) {
    const until = new Date(certificate.expiresAtMs).toISOString().slice(0, 'YYYY-MM-DD'.length);
    return {
      subject,
      level: 'ok',
      sentence: `${battery} has an active certificate with its policy, valid until ${until}`,
    };
  }
  const fault = faults[0] ?? 'has no certificate';
  return {
    subject,
    level: 'problem',
    sentence: `${battery} ${fault}, so nothing can connect as it`,
    next: `./amphora add-battery ${battery} --new-certificate ${looked.flags}`,
  };
}

function faultOf(
  { isActive, policyNames, expiresAtMs, certificateId }: DeviceCertificate,
  policy: string,
  nowMs: number,
): string | undefined {
  const id = `certificate ${certificateId.slice(0, ID_TOLD)}…`;
  if (!isActive) return `has ${id}, which is switched off`;
  if (expiresAtMs < nowMs) return `has ${id}, which has expired`;
  return policyNames.includes(policy) ? undefined : `has ${id}, which lacks the policy ${policy}`;
}

const ID_TOLD = 12;

/** An emulator judges no policies, and whoever may look at things need not be allowed to ask for that. */
function notJudged(error: unknown): Finding {
  if (!(error instanceof AmphoraError)) throw error;
  return { subject: 'policy', level: 'unknown', sentence: `not looked at: ${error.message}` };
}

/** What AWS IoT itself says of the device: that it may do its own, and nothing in another's name. */
async function policyFinding({ stack, nowMs, flags }: Looked, device: Device): Promise<Finding> {
  const { battery } = device;
  const subject = 'policy';
  const root = outputOf(stack, 'TopicRoot');
  const policy = outputOf(stack, 'DevicePolicyName');
  const certificate = device.certificates.find((one) => faultOf(one, policy, nowMs()) === undefined);
  const judged = await judgedByIot(stack, { certificateId: certificate?.certificateId ?? '', clientId: battery }, [
    { action: 'CONNECT', on: battery },
    { action: 'PUBLISH', on: `${root}/${battery}/telemetry` },
    { action: 'PUBLISH', on: `${root}/${OTHER}/telemetry` },
  ]);
  const refused = judged.filter(({ on, isAllowed }) => !on.includes(OTHER) && !isAllowed);
  if (refused.length > 0)
    return {
      subject,
      level: 'problem',
      sentence: `AWS IoT would refuse ${refused.map(({ action, on }) => `${action} ${on}`).join(' and ')} of client id ${battery}`,
      next: `./amphora remove-battery ${battery} ${flags}, and add it again`,
    };
  if (judged.some(({ on, isAllowed }) => on.includes(OTHER) && isAllowed))
    return {
      subject,
      level: 'problem',
      sentence: `AWS IoT would let ${battery} send in another battery's name: its certificate has more policies than this stack's`,
      next: `aws iot list-attached-policies --region ${stack.region} --target the certificate's ARN, and detach what is not ${policy}`,
    };
  return {
    subject,
    level: 'ok',
    sentence: `AWS IoT lets client id ${battery} send its own telemetry, and nobody else's`,
  };
}

// The id of no battery here, and a fine one for a battery.
const OTHER = 'amphora-doctor-somebody-else';
