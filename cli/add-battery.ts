/** `./amphora add-battery`: a device on the air: key, certificate, rights, and the lines to type. */
import { DEFAULT_BATTERY } from '../lambdas/batteries/battery.ts';
import { type Arguments, type Command, type Io, refuse } from './command.ts';
import { addRequest, DEFAULT_WAIT_S } from './devices/add-request.ts';
import { WHICH_AMPHORA_FLAGS } from './which-amphora.ts';

export const addBattery: Command = {
  name: 'add-battery',
  summary: 'Register a battery: make its key and certificate, print what its device needs, wait for its first message',
  usage: 'ID [--stack NAME [--region R]] [--out DIR] [--wait S]',
  positionals: 1,
  flags: [
    ...WHICH_AMPHORA_FLAGS,
    { name: 'out', value: 'DIR', meaning: 'folder of the key and the certificate', byDefault: './ID-device' },
    {
      name: 'wait',
      value: 'S',
      meaning: 'seconds to wait for the first message; 0 does not wait',
      byDefault: `${DEFAULT_WAIT_S}`,
    },
    {
      name: 'demo-topics',
      meaning: `allow the original demo's topics too; they carry no id, so this is for the battery ${DEFAULT_BATTERY} only`,
    },
    {
      name: 'new-certificate',
      meaning:
        'a further key and certificate for a battery that is registered, when its key was lost; in a folder of its own (--out)',
    },
  ],
  notes: [
    'The key is made on this machine and never leaves it: what is sent is a request with its public half. An existing key is never written over.',
    'The same command again completes what was cut off. With --json the result is {battery, at, certificateId, isNew, broker, topic, files, mosquittoPub, mosquittoBridge, esphome, remarks, firstMessage}.',
  ],
  example: './amphora add-battery garage --stack Amphora',
  exitCodes: {
    0: 'registered, and what arrived is stored (or nothing was waited for)',
    1: 'registered, but nothing arrived in time, or not all of it is stored',
    2: 'not registered: the id, the files, the stack; or nothing can be heard',
  },
  run: runAdd,
};

async function runAdd(args: Arguments, io: Io): Promise<number> {
  const request = addRequest(args, io);
  if (!request.ok) return refuse(io, args, request);
  const { openPlace } = await import('./devices/open-place.ts');
  const opened = await openPlace(args, io, { isToAdd: true });
  if (!opened.ok) return refuse(io, args, opened);
  const { place } = opened;
  try {
    const { registerDevice } = await import('./devices/register-device.ts');
    const device = await registerDevice(request, place);
    if (!device.ok) return refuse(io, args, device);
    const { tellDevice } = await import('./devices/tell-device.ts');
    return await tellDevice({ request, place, device, args, io });
  } finally {
    place.registry.close();
  }
}
