/** `./amphora remove-battery`: its device is shut out; what it has sent stays. */
import { resolve } from 'node:path';
import type { Removal } from '../lambdas/batteries/device-registry.ts';
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { batteryArgument } from './devices/battery-argument.ts';
import type { DevicePlace } from './devices/place.ts';
import { WHICH_AMPHORA_FLAGS } from './which-amphora.ts';

export const removeBattery: Command = {
  name: 'remove-battery',
  summary: 'Take the registration of a battery away: its certificates are no good any more, its readings stay',
  usage: 'ID [--stack NAME [--region R]] [--certificate START]',
  positionals: 1,
  flags: [
    ...WHICH_AMPHORA_FLAGS,
    {
      name: 'certificate',
      value: 'START',
      meaning: 'only the certificate whose id begins so (8 characters or more, as ./amphora list-batteries shows it)',
    },
  ],
  notes: [
    'Certificates are switched off before anything else, so that the device is shut out at once. The same command again completes what was cut off.',
    'Readings that are stored stay. With --json the result is {battery, at, certificateIds}.',
  ],
  example: './amphora remove-battery garage --stack Amphora',
  exitCodes: {
    0: 'removed',
    1: 'there is no such battery or certificate',
    2: 'not removed, or not wholly: type it again',
  },
  run: runRemove,
};

async function runRemove(args: Arguments, io: Io): Promise<number> {
  const battery = batteryArgument(args.positionals, 'remove-battery');
  if (!battery.ok) return refuse(io, args, battery);
  const { openPlace } = await import('./devices/open-place.ts');
  const opened = await openPlace(args, io, { isToAdd: false });
  if (!opened.ok) return refuse(io, args, opened);
  const { place } = opened;
  try {
    const { id } = battery;
    const chosen = await certificateOf(args.texts.get('certificate'), id, place);
    if (chosen?.ok === false) return refuse(io, args, chosen);
    const removal = await place.registry.remove(id, chosen?.certificateId);
    if (!removal.ok) return refuse(io, args, await notRemoved(removal, id, place));
    const { certificateIds } = removal;
    const result = { battery: id, at: place.registry.owner, certificateIds };
    if (args.switches.has('json')) io.out(`${JSON.stringify(result)}\n`);
    else io.out(told(id, certificateIds, chosen !== undefined, place) + (await deadKey(id, certificateIds, io)));
    return 0;
  } finally {
    place.registry.close();
  }
}

type Chosen = { readonly ok: true; readonly certificateId: string } | Refusal;

async function certificateOf(
  start: string | undefined,
  battery: string,
  { registry, name, flags }: DevicePlace,
): Promise<Chosen | undefined> {
  if (start === undefined) return undefined;
  if (!/^[0-9a-f]{8,64}$/i.test(start))
    return refusal(`--certificate must be the beginning of a certificate's id, 8 to 64 of 0-9 and a-f, not '${start}'`);
  const ids = ((await registry.find(battery))?.certificates ?? []).map(({ certificateId }) => certificateId);
  const [certificateId, another] = ids.filter((id) => id.startsWith(start.toLowerCase()));
  const look = `./amphora list-batteries${flags} tells which there are`;
  if (certificateId === undefined)
    return refusal(`battery '${battery}' has no certificate ${start} at ${name}; ${look}`, 1);
  if (another !== undefined) return refusal(`two certificates of '${battery}' begin with ${start}; give more of it`);
  return { ok: true, certificateId };
}

async function notRemoved(
  removal: Removal & { readonly ok: false },
  battery: string,
  place: DevicePlace,
): Promise<Refusal> {
  const { notOurs } = await import('./devices/register-device.ts');
  if (removal.reason === 'not-ours') return notOurs(battery, removal.owner);
  return refusal(
    `no battery '${battery}' is registered at ${place.name}; ./amphora list-batteries${place.flags} tells which are`,
    1,
  );
}

/** The files of a key that is no good any more, when they are where add-battery puts them: nobody else removes them. */
async function deadKey(battery: string, certificateIds: readonly string[], io: Io): Promise<string> {
  const { deviceFiles, deviceFolderName, isCertificateOf, removalLine } = await import('./devices/device-files.ts');
  const name = deviceFolderName(battery);
  const files = deviceFiles(resolve(io.folder, name), battery);
  return isCertificateOf(files, certificateIds)
    ? `./${name} still has its key, which is of no use any more: ${removalLine(files)}\n`
    : '';
}

function told(battery: string, ids: readonly string[], isOne: boolean, place: DevicePlace): string {
  const count = ids.length === 1 ? 'its certificate' : `its ${ids.length} certificates`;
  const what = isOne
    ? `Removed the certificate ${ids.join()} of battery ${battery} at ${place.name}.`
    : `Removed battery ${battery} from ${place.name}${ids.length === 0 ? '' : `, with ${count}`}.`;
  return `${what} ${place.cutOffSentence} Its stored readings stay.\n`;
}
