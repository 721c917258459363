/** What the readings use, from the device to the database. */
import type { Assume } from './assumptions.ts';
import { type Load, readingsPerMonth, SECONDS_PER_MONTH } from './load.ts';
import type { Buffer, StackInventory } from './parse-template.ts';
import { POLLERS } from './prices.ts';
import { computing, GB, logging, type Use } from './use.ts';

// aws.amazon.com/iot-core/pricing/additional-details: messages, rules and actions are counted by 5 kB, a PINGREQ every 30 seconds and
// the PUBACK of a publish not at all; of a publish over HTTP the request and, as it has a body, the answer.
const IOT_CHUNK_BYTES = 5 * 1024;
const SQS_CHUNK_BYTES = 64 * 1024;
// What SQS gives and takes back at once.
const SQS_MESSAGES = 10;
const MINUTES_PER_MONTH = SECONDS_PER_MONTH / 60;

type Way = { readonly inventory: StackInventory; readonly load: Load; readonly assume: Assume };

export function readingUses(way: Way): readonly Use[] {
  const { inventory, load, assume } = way;
  const readings = readingsPerMonth(load);
  const messages = readings / load.perMessage;
  const payloadBytes = load.perMessage * assume('readingBytes');
  const envelopeBytes = (payloadBytes * 4) / 3 + assume('envelopeBytes');
  const iotChunks = messages * Math.ceil((payloadBytes + assume('topicBytes')) / IOT_CHUNK_BYTES);
  const actionChunks = messages * inventory.actionsPerMessage * Math.ceil(envelopeBytes / IOT_CHUNK_BYTES);
  const batch = inventory.buffer === undefined ? 1 : messagesInBatch(inventory.buffer, messages);
  const calls = messages / batch;
  const callMs = assume('writerMs') + (batch * load.perMessage - 1) * assume('writerMoreMs');
  const storedBytes = calls * assume('writeBytes') + (readings - calls) * assume('storedBytes');
  const logBytes = calls * (assume('invocationLogBytes') + assume('countsLogBytes'));
  return [
    ...(load.via === 'mqtt' ? deviceUses(way) : httpUses(way, messages)),
    use('messages published', 'iotMessage', iotChunks),
    use('rules met', 'iotRule', iotChunks),
    use("rules' actions", 'iotAction', actionChunks),
    ...(inventory.buffer === undefined
      ? []
      : [use('queue: sent, received, deleted', 'sqsRequest', queueRequests(messages, batch, envelopeBytes))]),
    use('writer called', 'lambdaRequest', calls),
    { group: 'readings', what: 'writer at work', ...computing(inventory.functions.writer, calls, callMs) },
    use('to the database', 'outGb', inventory.functions.writer.isInVpc ? 0 : storedBytes / GB),
    ...logging('readings', logBytes + httpLogBytes(way, messages), way),
  ];
}

const use = (what: string, price: Use['price'], count: number): Use => ({ group: 'readings', what, price, count });

function deviceUses({ load, assume }: Way): readonly Use[] {
  return [
    use('devices connected', 'iotMinute', load.batteries * MINUTES_PER_MONTH),
    use('devices connect anew', 'iotMessage', load.batteries * assume('reconnects')),
  ];
}

function httpUses({ inventory, assume }: Way, messages: number): readonly Use[] {
  return [
    use('requests to the API', 'httpApiRequest', messages),
    use('ingest called', 'lambdaRequest', messages),
    {
      group: 'readings',
      what: 'ingest at work',
      ...computing(inventory.functions.ingest, messages, assume('ingestMs')),
    },
    use('answers to its publishing', 'iotMessage', messages),
  ];
}

const httpLogBytes = ({ load, assume }: Way, messages: number): number =>
  load.via === 'mqtt' ? 0 : messages * (assume('invocationLogBytes') + assume('accessLogBytes'));

/** What comes within the window, over the five who gather it; one at least, and what the setting allows at most. */
function messagesInBatch({ batchMessages, windowS }: Buffer, messages: number): number {
  const inWindow = (messages / SECONDS_PER_MONTH) * windowS;
  return Math.min(batchMessages, Math.max(1, inWindow / POLLERS));
}

function queueRequests(messages: number, batch: number, envelopeBytes: number): number {
  const atOnce = Math.min(SQS_MESSAGES, batch);
  const chunksOf = (bytes: number): number => Math.ceil(bytes / SQS_CHUNK_BYTES);
  const sent = messages * chunksOf(envelopeBytes);
  const received = (messages / atOnce) * chunksOf(atOnce * envelopeBytes);
  return sent + received + messages / atOnce;
}
