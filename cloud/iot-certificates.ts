/** Device certificates in AWS IoT: made from a request, found again, and taken away for good. */
import { X509Certificate } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateCertificateFromCsrCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  DetachPolicyCommand,
  type IoTClient,
  ListPrincipalThingsCommand,
  paginateListAttachedPolicies,
  paginateListCertificates,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import type { DeviceCertificate, DeviceKey } from '../lambdas/batteries/device-registry.ts';
import { asked, awsErrorName, isNotFound } from './aws-problem.ts';

export type IotCertificate = DeviceCertificate & { readonly arn: string; readonly certificatePem: string };

// How far this machine's clock may be from AWS's when certificates are looked through by their time.
const CLOCK_MARGIN_MS = 24 * 3_600_000;
// "This call is asynchronous. It might take several seconds for the detachment to propagate." (DetachThingPrincipal), and "up
// to five minutes" for a policy's (DetachPolicy).
const PROPAGATION_MS = 6 * 60_000;
const LOOK_AGAIN_MS = 1_000;
const LOOK_AGAIN_MAX_MS = 10_000;

/** Active at once: without a thing and a policy it may do nothing yet. */
export async function createCertificate(iot: IoTClient, key: DeviceKey): Promise<IotCertificate> {
  const made = await asked(
    'make the certificate',
    iot.send(new CreateCertificateFromCsrCommand({ certificateSigningRequest: key.requestPem, setAsActive: true })),
  );
  const { certificateId = '', certificateArn: arn = '', certificatePem = '' } = made;
  // Asked more than once, AWS may have made more than one.
  if ((made.$metadata.attempts ?? 1) > 1)
    for (const stray of await strayCertificates(iot, key))
      if (stray.certificateId !== certificateId) await discard(iot, stray);
  return {
    ...read(certificatePem),
    certificateId,
    arn,
    certificatePem,
    isActive: true,
    createdAtMs: 0,
    policyNames: [],
  };
}

/** Of one that no thing has. */
export async function discard(iot: IoTClient, { certificateId, arn }: IotCertificate): Promise<void> {
  await deactivate(iot, certificateId);
  await detachPolicies(iot, arn);
  await deleteCertificate(iot, certificateId);
}

/** Undefined when it is no more. */
export async function certificateAt(iot: IoTClient, arn: string): Promise<IotCertificate | undefined> {
  const certificateId = certificateIdIn(arn);
  const found = await orUndefined(
    asked(`look at the certificate ${certificateId}`, iot.send(new DescribeCertificateCommand({ certificateId }))),
  );
  const description = found?.certificateDescription;
  if (description === undefined) return undefined;
  const { certificatePem = '', status, creationDate } = description;
  return {
    ...read(certificatePem),
    certificateId,
    arn,
    certificatePem,
    isActive: status === 'ACTIVE',
    createdAtMs: creationDate?.getTime() ?? 0,
    policyNames: await policiesOf(iot, arn),
  };
}

/**
 * The certificates of this key that no thing has: what a run leaves that was cut off behind CreateCertificateFromCsr, or asked
 * a second time because the first answer was lost. AWS makes another one for the same request each time ("Reusing the same
 * certificate signing request (CSR) results in a distinct certificate").
 */
export async function strayCertificates(iot: IoTClient, key: DeviceKey): Promise<readonly IotCertificate[]> {
  const sinceMs = (key.madeAtMs ?? Date.now()) - CLOCK_MARGIN_MS;
  const strays: IotCertificate[] = [];
  for (const arn of await certificatesSince(iot, sinceMs)) {
    const certificate = await certificateAt(iot, arn);
    if (certificate?.publicKeyPem === key.publicKeyPem && !(await hasThing(iot, arn))) strays.push(certificate);
  }
  return strays;
}

async function certificatesSince(iot: IoTClient, sinceMs: number): Promise<readonly string[]> {
  const arns: string[] = [];
  const pages = paginateListCertificates({ client: iot, pageSize: 250 }, {});
  await asked(
    'list the certificates',
    (async () => {
      for await (const { certificates = [] } of pages)
        for (const { certificateArn, creationDate } of certificates)
          if (certificateArn !== undefined && (creationDate?.getTime() ?? 0) >= sinceMs) arns.push(certificateArn);
    })(),
  );
  return arns;
}

async function hasThing(iot: IoTClient, principal: string): Promise<boolean> {
  const answer = await asked(
    'look whose a certificate is',
    iot.send(new ListPrincipalThingsCommand({ principal, maxResults: 1 })),
  );
  return (answer.things ?? []).length > 0;
}

/** From now on nobody connects with it, and AWS IoT cuts who is connected "within a few minutes" (UpdateCertificate). */
export async function deactivate(iot: IoTClient, certificateId: string): Promise<void> {
  await orUndefined(
    asked(
      `switch the certificate ${certificateId} off`,
      iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' })),
    ),
  );
}

export async function detachPolicies(iot: IoTClient, arn: string): Promise<void> {
  for (const policyName of (await orUndefined(policiesOf(iot, arn))) ?? [])
    await orUndefined(
      asked(`detach the policy ${policyName}`, iot.send(new DetachPolicyCommand({ policyName, target: arn }))),
    );
}

/** For good. It must be off, and attached to nothing. */
export async function deleteCertificate(iot: IoTClient, certificateId: string): Promise<void> {
  await propagated(/^DeleteConflictException$/, () =>
    orUndefined(
      asked(`delete the certificate ${certificateId}`, iot.send(new DeleteCertificateCommand({ certificateId }))),
    ),
  );
}

/** Runs it again, for a while, as long as AWS says that a detachment has not come through. */
export async function propagated<T>(notYet: RegExp, question: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + PROPAGATION_MS;
  for (let waitMs = LOOK_AGAIN_MS; ; waitMs = Math.min(2 * waitMs, LOOK_AGAIN_MAX_MS)) {
    try {
      return await question();
    } catch (error) {
      if (!notYet.test(awsErrorName(error)) || performance.now() > deadlineMs) throw error;
      await pause(waitMs);
    }
  }
}

/** `arn:aws:iot:<region>:<account>:cert/<id>`; other principals of a thing are none of ours. */
export const isCertificateArn = (arn: string): boolean => /:cert\/[0-9a-f]{64}$/.test(arn);

export const certificateIdIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

async function policiesOf(iot: IoTClient, arn: string): Promise<readonly string[]> {
  const names: string[] = [];
  const pages = paginateListAttachedPolicies({ client: iot }, { target: arn });
  await asked(
    `list the policies of the certificate ${certificateIdIn(arn)}`,
    (async () => {
      for await (const { policies = [] } of pages) names.push(...policies.map(({ policyName = '' }) => policyName));
    })(),
  );
  return names.sort();
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function read(certificatePem: string): Pick<DeviceCertificate, 'expiresAtMs' | 'publicKeyPem'> {
  const certificate = new X509Certificate(certificatePem);
  return {
    expiresAtMs: Date.parse(certificate.validTo),
    publicKeyPem: certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
