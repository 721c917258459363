/** The registry of devices in AWS IoT: the port's adapter for a deployed stack. */
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateThingCommand,
  DeleteThingCommand,
  DescribeThingCommand,
  DetachThingPrincipalCommand,
  IoTClient,
  paginateListThingPrincipals,
  paginateListThings,
  UpdateThingCommand,
} from '@aws-sdk/client-iot';
import type {
  Device,
  DeviceCertificate,
  DeviceKey,
  DeviceRegistry,
  Registration,
  Removal,
} from '../lambdas/batteries/device-registry.ts';
import { asked, awsErrorName, isNotFound } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';
import { type DeployedStack, outputOf } from './deployed-stack.ts';
import {
  certificateAt,
  certificateIdIn,
  createCertificate,
  deactivate,
  deleteCertificate,
  detachPolicies,
  discard,
  type IotCertificate,
  isCertificateArn,
  propagated,
  strayCertificates,
} from './iot-certificates.ts';

/** The attribute of a thing that says which stack registered it. */
export const OWNER_ATTRIBUTE = 'amphoraStack';
/** The certificate that is being taken off the thing: once detached, nothing else leads to it. */
const REMOVING_ATTRIBUTE = 'amphoraRemoving';

type Attributes = Readonly<Record<string, string>>;

/** What the registry needs to know of a stack, which need not be there any more. */
export type RegisteringStack = Pick<DeployedStack, 'stackName' | 'region' | 'status' | 'outputs'>;

export function awsDeviceRegistry(stack: RegisteringStack): DeviceRegistry {
  const iot = new IoTClient(clientOptions(stack.region));
  const owner = stack.stackName;

  async function deviceOf(battery: string, attributes: Attributes): Promise<Device> {
    const certificates = await certificatesOf(iot, battery);
    return { battery, owner: attributes[OWNER_ATTRIBUTE], certificates: certificates.map(toldCertificate) };
  }

  async function list(which: 'own' | 'all'): Promise<readonly Device[]> {
    const found: (readonly [string, Attributes])[] = [];
    const filter = which === 'own' ? { attributeName: OWNER_ATTRIBUTE, attributeValue: owner } : {};
    await asked(
      'list the things',
      (async () => {
        for await (const { things = [] } of paginateListThings({ client: iot, pageSize: 250 }, filter))
          for (const { thingName = '', attributes = {} } of things)
            if (attributes[OWNER_ATTRIBUTE] !== undefined) found.push([thingName, attributes]);
      })(),
    );
    const devices: Device[] = [];
    // One after the other: what an account may ask of its registry in a second is little.
    for (const [battery, attributes] of found.sort(([a], [b]) => (a < b ? -1 : 1)))
      devices.push(await deviceOf(battery, attributes));
    return devices;
  }

  return {
    owner,
    list,
    find: async (battery) => {
      const attributes = await thingAttributes(iot, battery);
      return attributes === undefined ? undefined : deviceOf(battery, attributes);
    },
    register: async ({ battery, key, demoTopics }) => {
      const policies = [
        outputOf(stack, 'DevicePolicyName'),
        ...(demoTopics ? [outputOf(stack, 'DemoTopicsPolicyName')] : []),
      ];
      const attributes = (await thingAttributes(iot, battery)) ?? (await createThing(iot, battery, owner));
      if (attributes[OWNER_ATTRIBUTE] !== owner)
        return { ok: false, reason: 'not-ours', owner: attributes[OWNER_ATTRIBUTE] };
      return registerKey(iot, { battery, key, policies });
    },
    remove: async (battery, certificateId) => {
      const attributes = await thingAttributes(iot, battery);
      if (attributes === undefined) return { ok: false, reason: 'unknown' };
      if (attributes[OWNER_ATTRIBUTE] !== owner)
        return { ok: false, reason: 'not-ours', owner: attributes[OWNER_ATTRIBUTE] };
      return certificateId === undefined
        ? removeThing(iot, battery, attributes)
        : removeCertificate(iot, battery, certificateId, attributes);
    },
    close: () => iot.destroy(),
  };
}

/** What the port knows of it. */
function toldCertificate(certificate: IotCertificate): DeviceCertificate {
  const { certificateId, isActive, createdAtMs, expiresAtMs, policyNames, publicKeyPem } = certificate;
  return { certificateId, isActive, createdAtMs, expiresAtMs, policyNames, publicKeyPem };
}

async function thingAttributes(iot: IoTClient, thingName: string): Promise<Attributes | undefined> {
  try {
    const answer = await asked(`look at the thing ${thingName}`, iot.send(new DescribeThingCommand({ thingName })));
    return answer.attributes ?? {};
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function createThing(iot: IoTClient, thingName: string, owner: string): Promise<Attributes> {
  const attributes = { [OWNER_ATTRIBUTE]: owner };
  try {
    await asked(
      `make the thing ${thingName}`,
      iot.send(new CreateThingCommand({ thingName, attributePayload: { attributes } })),
    );
    return attributes;
  } catch (error) {
    // Somebody else was quicker, with other attributes.
    if (awsErrorName(error) !== 'ResourceAlreadyExistsException') throw error;
    return (await thingAttributes(iot, thingName)) ?? {};
  }
}

type NewKey = { readonly battery: string; readonly key: DeviceKey; readonly policies: readonly string[] };

async function registerKey(iot: IoTClient, { battery, key, policies }: NewKey): Promise<Registration> {
  const attached = (await certificatesOf(iot, battery)).find((one) => one.publicKeyPem === key.publicKeyPem);
  const [stray, ...others] =
    attached === undefined && key.madeAtMs !== undefined ? await strayCertificates(iot, key) : [];
  for (const other of others) await discard(iot, other);
  const known = attached ?? stray;
  if (known?.isActive === false) return { ok: false, reason: 'inactive', certificateId: known.certificateId };
  const certificate = known ?? (await createCertificate(iot, key));
  const { arn, certificateId, certificatePem } = certificate;
  // First of all: what is attached to the thing, a removal finds.
  if (attached === undefined)
    await asked(
      `attach the certificate to the thing ${battery}`,
      iot.send(new AttachThingPrincipalCommand({ thingName: battery, principal: arn })),
    );
  for (const policyName of policies.filter((name) => !certificate.policyNames.includes(name)))
    await asked(`attach the policy ${policyName}`, iot.send(new AttachPolicyCommand({ policyName, target: arn })));
  return { ok: true, certificateId, certificatePem, isNew: known === undefined };
}

async function principalsOf(iot: IoTClient, thingName: string): Promise<readonly string[]> {
  const found: string[] = [];
  await asked(
    `list the certificates of the thing ${thingName}`,
    (async () => {
      for await (const { principals = [] } of paginateListThingPrincipals({ client: iot }, { thingName }))
        found.push(...principals);
    })(),
  );
  return found;
}

async function certificatesOf(iot: IoTClient, thingName: string): Promise<readonly IotCertificate[]> {
  const found: IotCertificate[] = [];
  for (const arn of (await principalsOf(iot, thingName)).filter(isCertificateArn)) {
    const certificate = await certificateAt(iot, arn);
    if (certificate !== undefined) found.push(certificate);
  }
  return found.sort((a, b) => a.createdAtMs - b.createdAtMs);
}

async function removeThing(iot: IoTClient, battery: string, attributes: Attributes): Promise<Removal> {
  const principals = await principalsOf(iot, battery);
  const certificates = principals.filter(isCertificateArn);
  const left = leftOver(attributes, certificates);
  const ids = [...certificates.map(certificateIdIn), ...left];
  // All of them before the first is taken apart: the device is shut out as soon as it can be.
  for (const id of ids) await deactivate(iot, id);
  for (const id of left) await deleteCertificate(iot, id);
  for (const arn of certificates) await takeOff(iot, battery, arn);
  for (const principal of principals.filter((one) => !isCertificateArn(one))) await detach(iot, battery, principal);
  await propagated(/^(InvalidRequestException|DeleteConflictException)$/, () =>
    asked(`delete the thing ${battery}`, iot.send(new DeleteThingCommand({ thingName: battery }))),
  );
  return { ok: true, certificateIds: ids };
}

async function removeCertificate(
  iot: IoTClient,
  battery: string,
  id: string,
  attributes: Attributes,
): Promise<Removal> {
  const certificates = (await principalsOf(iot, battery)).filter(isCertificateArn);
  const left = leftOver(attributes, certificates);
  const arn = certificates.find((one) => certificateIdIn(one) === id);
  if (arn === undefined && !left.includes(id)) return { ok: false, reason: 'unknown' };
  await deactivate(iot, id);
  for (const other of left) await deleteCertificate(iot, other);
  if (arn !== undefined) await takeOff(iot, battery, arn);
  await mark(iot, battery, '');
  return { ok: true, certificateIds: [id] };
}

/** What a removal that was cut off had detached and not yet deleted. */
function leftOver(attributes: Attributes, attached: readonly string[]): readonly string[] {
  const id = attributes[REMOVING_ATTRIBUTE] ?? '';
  return id === '' || attached.some((arn) => certificateIdIn(arn) === id) ? [] : [id];
}

/** An empty value takes the attribute away (UpdateThing). */
async function mark(iot: IoTClient, thingName: string, certificateId: string): Promise<void> {
  const attributePayload = { attributes: { [REMOVING_ATTRIBUTE]: certificateId }, merge: true };
  await asked(
    `note at the thing ${thingName} what is being removed`,
    iot.send(new UpdateThingCommand({ thingName, attributePayload })),
  );
}

/** Of a certificate that is switched off. */
async function takeOff(iot: IoTClient, battery: string, arn: string): Promise<void> {
  await mark(iot, battery, certificateIdIn(arn));
  await detachPolicies(iot, arn);
  await detach(iot, battery, arn);
  await deleteCertificate(iot, certificateIdIn(arn));
}

async function detach(iot: IoTClient, thingName: string, principal: string): Promise<void> {
  try {
    await asked(
      `detach ${certificateIdIn(principal)} from the thing ${thingName}`,
      iot.send(new DetachThingPrincipalCommand({ thingName, principal })),
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
