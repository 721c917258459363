/** From an id to a registered device with its files; whatever a run before this one has left is completed. */
import { existsSync } from 'node:fs';
import { quoted } from '../../local/shell-word.ts';
import { type Refusal, refusal } from '../command.ts';
import type { AddRequest } from './add-request.ts';
import { type DeviceFiles, deviceFiles, keyIn, newKeyIn, removalLine, writeCertificate } from './device-files.ts';
import type { Broker, DevicePlace } from './place.ts';

export type RegisteredDevice = {
  readonly ok: true;
  readonly certificateId: string;
  /** False: this key had its certificate already. */
  readonly isNew: boolean;
  readonly files: DeviceFiles;
  readonly broker: Broker;
};

export async function registerDevice(request: AddRequest, place: DevicePlace): Promise<RegisteredDevice | Refusal> {
  const { battery, demoTopics } = request;
  const files = deviceFiles(request.out, battery);
  const kept = await keyIn(files, battery);
  if (kept?.ok === false) return kept;
  const problem = await whyNot(request, place, files, kept?.key.publicKeyPem);
  if (problem !== undefined) return problem;
  const broker = await place.broker();
  const own = kept ?? (await newKeyIn(files, battery));
  if (!own.ok) return own;
  const registration = await place.registry.register({ battery, key: own.key, demoTopics });
  if (!registration.ok) return notRegistered(registration, battery, place);
  const { certificateId, certificatePem, isNew } = registration;
  const unwritten = writeCertificate(files, battery, { certificatePem, caPem: broker.caPem });
  return unwritten ?? { ok: true, certificateId, isNew, files, broker };
}

/** Looked at before a key is made: a refusal leaves nothing behind. */
async function whyNot(
  { battery, out, isFurther }: AddRequest,
  place: DevicePlace,
  files: DeviceFiles,
  publicKeyPem: string | undefined,
): Promise<Refusal | undefined> {
  const device = await place.registry.find(battery);
  if (device === undefined && isFurther)
    return refusal(`battery '${battery}' is not registered at ${place.name}; leave --new-certificate out`);
  if (device !== undefined && device.owner !== place.registry.owner) return notOurs(battery, device.owner);
  const certificates = device?.certificates ?? [];
  const registered = certificates.find((certificate) => certificate.publicKeyPem === publicKeyPem);
  // Without the file of its certificate it is what an interrupted --new-certificate leaves, which the same again completes.
  if (registered?.isActive === true && isFurther && existsSync(files.certificate)) {
    return refusal(
      `${quoted(out)} holds a key that is registered; name another folder with --out. If somebody else has that key, it stays good until ./amphora remove-battery ${battery}${place.flags} --certificate ${registered.certificateId.slice(0, 8)}`,
    );
  }
  if (registered !== undefined) return undefined;
  // A key without its certificate is what an interrupted run leaves. With it, it was another registration's: one that was
  // removed, perhaps because the key became known, or one at another place, whose files are in use.
  if (publicKeyPem !== undefined && existsSync(files.certificate)) {
    return refusal(
      `${quoted(out)} has the key and the certificate of another registration of '${battery}', which ${place.name} does not know; name another folder with --out, or, if that key is of no use any more, remove it: ${removalLine(files)}`,
    );
  }
  // A thing without a certificate is what an interrupted run leaves, too.
  if (certificates.length === 0 || isFurther) return undefined;
  const where =
    publicKeyPem === undefined ? `its key is not in ${quoted(out)}` : `the key in ${quoted(out)} is another one`;
  return refusal(
    `battery '${battery}' is registered at ${place.name} already, and ${where}. If the key is elsewhere, name its folder with --out. If it is lost, the same command with --new-certificate${publicKeyPem === undefined ? '' : ' and another --out'} makes a new one, and ./amphora list-batteries${place.flags} names the old certificate, to be removed`,
  );
}

function notRegistered(
  registration:
    | { readonly reason: 'not-ours'; readonly owner: string | undefined }
    | { readonly reason: 'inactive'; readonly certificateId: string },
  battery: string,
  place: DevicePlace,
): Refusal {
  if (registration.reason === 'not-ours') return notOurs(battery, registration.owner);
  const { certificateId } = registration;
  return refusal(
    `the certificate of this key was switched off, and stays so: ${certificateId}. ./amphora remove-battery ${battery}${place.flags} --certificate ${certificateId.slice(0, 8)} takes it away; a new key is made in another folder (--new-certificate --out DIR)`,
  );
}

/** Whose it is. A thing's name is account-wide, like a topic. */
export const notOurs = (battery: string, owner: string | undefined): Refusal =>
  refusal(
    owner === undefined
      ? `AWS IoT has a thing '${battery}' that was not made by Amphora; take another id, or remove that thing there`
      : `battery '${battery}' is registered by the stack ${owner}; take another id, or ./amphora remove-battery ${battery} --stack ${quoted(owner)}. If that stack is gone, npm run destroy -- -c stackName=${quoted(owner)} removes what it registered`,
  );
