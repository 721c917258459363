/** `./amphora list-batteries`: who is registered, with which certificates. */
import type { Device, DeviceCertificate } from '../lambdas/batteries/device-registry.ts';
import { type Arguments, type Command, type Io, refuse } from './command.ts';
import type { DevicePlace } from './devices/place.ts';
import { WHICH_AMPHORA_FLAGS } from './which-amphora.ts';

// Enough to tell a person's certificates apart, and what remove-battery --certificate takes.
const SHOWN_ID_CHARACTERS = 8;

export const listBatteries: Command = {
  name: 'list-batteries',
  summary: 'List the registered batteries and their certificates',
  usage: '[--stack NAME [--region R]] [--all]',
  positionals: 0,
  flags: [...WHICH_AMPHORA_FLAGS, { name: 'all', meaning: 'those of other stacks of Amphora in the same account too' }],
  notes: [
    'Batteries that send over HTTP, or to an Amphora that asks for no certificate, need not be registered: GET /batteries tells all that have sent.',
    'With --json the result is {batteries: [{battery, owner, certificates: [{certificateId, isActive, since, until, policies}]}]}.',
  ],
  example: './amphora list-batteries --stack Amphora',
  exitCodes: { 0: 'listed, be it none', 1: 'not used', 2: 'it could not be looked at' },
  run: runList,
};

async function runList(args: Arguments, io: Io): Promise<number> {
  const { openPlace } = await import('./devices/open-place.ts');
  const opened = await openPlace(args, io, { isToAdd: false });
  // No registry is an empty one.
  if (!opened.ok && opened.exitCode === 1) return tell([], `${opened.sentence}\n`, args, io);
  if (!opened.ok) return refuse(io, args, opened);
  const { place } = opened;
  try {
    const devices = await place.registry.list(args.switches.has('all') ? 'all' : 'own');
    const none = `no battery is registered at ${place.name}; ./amphora add-battery ID${place.flags} registers one`;
    const text = devices.length === 0 ? `${none}\n` : devices.map((device) => deviceLines(device, place)).join('');
    return tell(devices, text, args, io);
  } finally {
    place.registry.close();
  }
}

function tell(devices: readonly Device[], text: string, args: Arguments, io: Io): number {
  io.out(args.switches.has('json') ? `${JSON.stringify({ batteries: devices.map(plain) })}\n` : text);
  return 0;
}

const plain = ({ battery, owner, certificates }: Device) => ({
  battery,
  owner,
  certificates: certificates.map(({ certificateId, isActive, createdAtMs, expiresAtMs, policyNames }) => ({
    certificateId,
    isActive,
    since: new Date(createdAtMs).toISOString(),
    until: new Date(expiresAtMs).toISOString(),
    policies: policyNames,
  })),
});

function deviceLines({ battery, owner, certificates }: Device, { registry, name }: DevicePlace): string {
  const rows = certificates.map(certificateLine);
  const none = 'no certificate: the same ./amphora add-battery again completes it';
  const where = owner === registry.owner ? name : `the stack ${owner ?? 'unknown'}`;
  return `${battery}  (${where})\n${(rows.length === 0 ? [none] : rows).map((row) => `  ${row}\n`).join('')}`;
}

function certificateLine(certificate: DeviceCertificate): string {
  const { certificateId, isActive, createdAtMs, expiresAtMs, policyNames } = certificate;
  const policies = policyNames.length === 0 ? 'NO POLICY: it may do nothing' : policyNames.join(', ');
  return `${certificateId.slice(0, SHOWN_ID_CHARACTERS)}  ${isActive ? 'active' : 'OFF   '}  since ${day(createdAtMs)}, until ${day(expiresAtMs)}  ${policies}`;
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
