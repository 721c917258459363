/** Says what a registered device needs, and waits for its first message. */
import { telemetryTopic } from '../../lambdas/telemetry/topics.ts';
import { quoted } from '../../local/shell-word.ts';
import { type Arguments, type Io, refusal, refuse } from '../command.ts';
import { durationText } from '../duration.ts';
import type { AddRequest } from './add-request.ts';
import { firstMessage } from './first-message.ts';
import type { DevicePlace } from './place.ts';
import {
  esphomeSnippet,
  heardTopics,
  mosquittoBridge,
  mosquittoPub,
  ownedCopies,
  plainMosquittoPub,
} from './recipes.ts';
import type { RegisteredDevice } from './register-device.ts';
import { type Arrived, arrivedText, whatArrived } from './what-arrived.ts';

type Telling = {
  readonly request: AddRequest;
  readonly place: DevicePlace;
  readonly device: RegisteredDevice;
  readonly args: Arguments;
  readonly io: Io;
};

export async function tellDevice(telling: Telling): Promise<number> {
  const { request, place, device, args, io } = telling;
  const result = resultOf(request, place, device);
  const isJson = args.switches.has('json');
  if (!isJson) io.out(deviceText(telling, result));
  const done = (firstMessage: Arrived | null): number => {
    if (isJson) io.out(`${JSON.stringify({ ...result, firstMessage })}\n`);
    return firstMessage === null || firstMessage.stored === 'wholly' ? 0 : 1;
  };
  if (request.waitMs === 0) return done(null);
  const ear = await place.ear(request.waitMs);
  if (ear === undefined) return done(null);
  const heard = await firstMessage({
    ear,
    topics: heardTopics(place.topicRoot, request.battery),
    waitMs: request.waitMs,
    stop: io.stopSignal(),
    nowMs: io.nowMs,
    newId: io.newId,
    onListening: () =>
      io.err(
        `Waiting ${durationText(request.waitMs)} for the first message of ${request.battery}; Ctrl-C ends that.\n`,
      ),
  });
  switch (heard.kind) {
    case 'message': {
      const arrived = await whatArrived(place.topicRoot, heard.message);
      if (!isJson) io.out(arrivedText(arrived));
      return done(arrived);
    }
    case 'stopped':
      io.err(
        `Not waited any longer. ${request.battery} is registered; if nothing comes of it, ${place.whyLine(request.battery)} tells why.\n`,
      );
      return done(null);
    case 'silence':
      return refuse(io, args, refusal(silence(request, place), 1), { ...result, firstMessage: null });
    case 'deaf': {
      const sentence = `${request.battery} is registered, but nothing can be heard at ${ear.name}: ${heard.reason}; ${ear.hint}: ${place.doctorLine(request.battery)}`;
      return refuse(io, args, refusal(sentence), { ...result, firstMessage: null });
    }
  }
}

function silence({ battery, waitMs }: AddRequest, { topicRoot, plainPort, whyLine }: DevicePlace): string {
  const why =
    plainPort === undefined
      ? `A device whose clock is wrong, or whose client id is not ${battery}, is not let in`
      : `This Amphora runs without --device-auth: it hears a device on port ${plainPort}, without a certificate, and has no port for one with it`;
  return `${battery} is registered, but no message came on ${telemetryTopic(topicRoot, battery)} within ${durationText(waitMs)}. ${why}; ${whyLine(battery)} tells more`;
}

const ONCE_CHECKED = 'This and all that follows needs its port for certificates: once it runs with --device-auth.';

type Result = ReturnType<typeof resultOf>;

function resultOf({ battery, demoTopics }: AddRequest, place: DevicePlace, device: RegisteredDevice) {
  const { topicRoot, plainPort, remarks } = place;
  const { certificateId, isNew, files, broker } = device;
  const facts = { battery, topicRoot, broker, files };
  return {
    battery,
    at: place.registry.owner,
    certificateId,
    isNew,
    broker: { host: broker.host, port: broker.port },
    topic: telemetryTopic(topicRoot, battery),
    files,
    mosquittoPub: mosquittoPub(facts),
    ...(plainPort === undefined ? {} : { plainMosquittoPub: plainMosquittoPub(facts, plainPort) }),
    mosquittoBridge: mosquittoBridge(facts, demoTopics),
    esphome: esphomeSnippet(facts),
    remarks,
  } as const;
}

function deviceText({ request, place, device }: Telling, result: Result): string {
  const { battery, demoTopics } = request;
  const { files } = device;
  const what = device.isNew
    ? `Registered battery ${battery} at ${place.name}.`
    : `Battery ${battery} is registered at ${place.name} with this key already; all of it is there.`;
  const plain = result.plainMosquittoPub;
  const others = request.isFurther
    ? [`Its other certificates hold on; ./amphora list-batteries${place.flags} names them.`]
    : [];
  return [
    what,
    ...place.remarks,
    ...others,
    `  key          ${files.key}  (made here, sent nowhere: keep it)`,
    `  certificate  ${files.certificate}`,
    `  CA           ${files.ca}`,
    '',
    ...(plain === undefined
      ? ['Try it:']
      : ['Try it, without a certificate, as this Amphora runs now:', `  ${plain}`, '', ONCE_CHECKED]),
    `  ${result.mosquittoPub}`,
    ...(demoTopics
      ? ['', `The original demo's topics ${place.topicRoot}/charge and ${place.topicRoot}/discharge are allowed too.`]
      : []),
    '',
    'A mosquitto at home that hands on what it hears (mosquitto.conf):',
    ...indented(result.mosquittoBridge),
    'The user that mosquitto runs as must be able to read the three files. As Debian has it, this makes copies, whose paths go into the lines above:',
    `  ${ownedCopies(files)}`,
    '',
    `ESPHome, on an ESP32 with the esp-idf framework (the lines of ${quoted(files.esphomeSecrets)} go into its secrets.yaml):`,
    ...indented(result.esphome),
    '',
  ]
    .map((line) => `${line}\n`)
    .join('');
}

const indented = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
