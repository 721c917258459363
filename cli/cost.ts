/** `./amphora cost`: what the stack costs a month on AWS, line by line, from its synthesized template and a dated price table. */
import { allAssumed } from '../cost/assumptions.ts';
import { bill } from '../cost/bill.ts';
import { DATABASE_LEFT_OUT, leftOut } from '../cost/left-out.ts';
import { readingsPerMonth } from '../cost/load.ts';
import { PRICES, REGION } from '../cost/prices.ts';
import { type Arguments, type Command, type Io, refuse } from './command.ts';
import { costRequest, MOST_BATTERIES, MOST_PER_MESSAGE, MOST_VIEWERS } from './cost/request.ts';
import { stackInventories } from './cost/stack-inventories.ts';
import { costText, type Told } from './cost/table.ts';
import { progress } from './progress.ts';

export const cost: Command = {
  name: 'cost',
  summary: 'Tell what a stack on AWS costs a month, line by line',
  usage: '[SETTING=VALUE …] [--batteries N] [--period S] [--per-message K] [--viewers V] [--via mqtt|http]',
  positionals: 'any',
  flags: [
    { name: 'batteries', value: 'N', meaning: `how many send, 1 to ${MOST_BATTERIES}`, byDefault: '1' },
    {
      name: 'period',
      value: 'S',
      meaning: 'seconds between two readings of a battery, or 500ms, 1m, 1h',
      byDefault: '10s',
    },
    {
      name: 'per-message',
      value: 'K',
      meaning: `readings that a device sends at once, 1 to ${MOST_PER_MESSAGE}`,
      byDefault: '1',
    },
    { name: 'viewers', value: 'V', meaning: `pages that are open all month, 0 to ${MOST_VIEWERS}`, byDefault: '1' },
    { name: 'via', value: 'HOW', meaning: 'mqtt, or http: POST to the API', byDefault: 'mqtt' },
    {
      name: 'assume',
      value: 'LIST',
      meaning: 'other durations and sizes, as in writerMs=80,livedataMs=200; --json has the names',
    },
  ],
  notes: [
    'A SETTING is one of the stack, as in alarms=false or machineClient=true (docs/settings.md); without influxUrl a database is assumed that is reached over the internet.',
    'The stack is synthesized here, and nobody is asked: it needs no account. docs/cost.md says what is counted, and how.',
  ],
  example: './amphora cost --batteries 20 --period 5 --per-message 12 --viewers 3 alarms=false',
  exitCodes: {
    0: 'told',
    1: 'never: there is no problem to find',
    2: 'wrong flags or settings, or the stack could not be built',
  },
  run: runCost,
};

async function runCost(args: Arguments, io: Io): Promise<number> {
  const request = costRequest(args);
  if (!request.ok) return refuse(io, args, request);
  const line = progress(io);
  line.update(() => 'reading the stack …');
  const stacks = await stackInventories(request.settings);
  line.clear();
  if (!stacks.ok) return refuse(io, args, stacks);
  const { direct, buffered, minPollSeconds } = stacks;
  const load = { ...request.load, minPollSeconds };
  const told: Told = {
    load,
    assume: request.assume,
    bills: { direct: bill(direct, load, request.assume), buffered: bill(buffered, load, request.assume) },
    leftOut: leftOut(buffered),
  };
  io.out(args.switches.has('json') ? `${JSON.stringify(costJson(told))}\n` : costText(told));
  return 0;
}

function costJson({ load, assume, bills, leftOut: others }: Told): object {
  return {
    region: REGION,
    load: { ...load, readings: readingsPerMonth(load), messages: readingsPerMonth(load) / load.perMessage },
    ...bills,
    prices: PRICES,
    assumptions: allAssumed(assume),
    leftOut: [DATABASE_LEFT_OUT, ...others],
  };
}
