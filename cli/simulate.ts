/** `./amphora simulate`: a deterministic battery, published until stopped. */
import { type BatterySample, batterySample, MAX_SEED } from '../lambdas/batteries/battery-model.ts';
import { BATTERY_FLAG, batteryFlag } from './battery-flag.ts';
import { type Clock, realClock } from './clock.ts';
import { type Arguments, type Command, type Refusal, refusal, refuse } from './command.ts';
import type { Door, Receipt } from './door.ts';
import { durationText, parseDuration } from './duration.ts';
import type { Progress } from './progress.ts';
import { openSending, type Sending, sendingCommand } from './sending.ts';
import { lookAt, TARGET_FLAGS } from './target.ts';

const DEFAULT_PERIOD = '1s';
const MIN_PERIOD_MS = 10;
const MAX_PERIOD_MS = 24 * 3_600_000;
// A busy moment is caught up with; what a longer sleep of the machine missed is not.
const CATCH_UP_MS = 5000;
const LAST_ANSWERS_MS = 5000;
// While nothing answers, samples beyond this many are left out rather than kept in memory without end.
const MAX_WAITING = 1000;

export const simulate: Command = {
  name: 'simulate',
  summary: 'Publish a simulated 10 kWh home battery until stopped',
  usage: '--battery ID [--period 1s] [--seed N] [--count N]',
  positionals: 0,
  flags: [
    BATTERY_FLAG,
    { name: 'period', value: 'T', meaning: 'time between two samples: 500ms, 1s, 1m', byDefault: DEFAULT_PERIOD },
    {
      name: 'seed',
      value: 'N',
      meaning: `which battery, 0 to ${MAX_SEED}; the same seed at the same time gives the same sample`,
      byDefault: '1',
    },
    { name: 'count', value: 'N', meaning: 'stop after so many samples', byDefault: 'none' },
    ...TARGET_FLAGS,
  ],
  notes: [
    'Samples lie on whole periods of UTC and carry seq and boot, so that each can be accounted for.',
    'Ctrl-C ends it, after the last acknowledgements. With --json the result is {battery, sent, acked}.',
  ],
  example: './amphora simulate --battery b2 --period 1s --seed 7',
  exitCodes: {
    0: 'stopped, and all samples were acknowledged',
    1: 'stopped, and some samples were refused, left out or not acknowledged',
    2: 'wrong flags, or no server',
  },
  run: sendingCommand(requestOf, runSimulate),
};

type Request = {
  readonly ok: true;
  readonly battery: string;
  readonly periodMs: number;
  readonly seed: number;
  readonly count: number;
};

async function runSimulate(request: Request, sending: Sending): Promise<number> {
  const { args, io, target, line } = sending;
  const { battery } = request;
  const stop = io.stopSignal();
  const opened = await openSending(sending, battery, undefined);
  if (!opened.ok) return refuse(io, args, opened);
  const look = lookAt(target, battery);
  io.err(
    `Publishing battery ${battery} every ${durationText(request.periodMs)}; Ctrl-C stops it.${look === undefined ? '' : ` See it: ${look}`}\n`,
  );
  const counts = await publish(request, { door: opened.door, clock: realClock(io), stop, line });
  line.clear();
  await opened.door.close();
  const { sent, acked, leftOut } = counts;
  const result = { battery, sent, acked };
  if (acked < sent || leftOut > 0) {
    const why = counts.reason === undefined ? '' : `: ${counts.reason}`;
    const out = leftOut === 0 ? '' : `, and ${leftOut} were left out while nothing answered`;
    return refuse(io, args, refusal(`${sent - acked} of ${sent} samples were not acknowledged${why}${out}`, 1), result);
  }
  io.out(
    args.switches.has('json')
      ? `${JSON.stringify(result)}\n`
      : `Sent ${sent} samples of battery ${battery}, all acknowledged.\n`,
  );
  return 0;
}

type PublishDeps = { readonly door: Door; readonly clock: Clock; readonly stop: AbortSignal; readonly line: Progress };

type Counts = { sent: number; acked: number; leftOut: number; reason: string | undefined };

async function publish(request: Request, { door, clock, stop, line }: PublishDeps): Promise<Readonly<Counts>> {
  const { periodMs, seed, count } = request;
  const counts: Counts = { sent: 0, acked: 0, leftOut: 0, reason: undefined };
  const waiting = new Set<Promise<void>>();
  const ended = new AbortController();
  const refused = new AbortController();
  const halt = AbortSignal.any([stop, refused.signal]);
  const boot = new Date(clock.nowMs()).toISOString();
  const settle = (receipt: Receipt, sample: BatterySample): void => {
    if (receipt.kind === 'lost') {
      counts.reason = receipt.sentence;
      // Not one was taken, and none will be.
      if (counts.acked === 0) refused.abort();
    } else {
      counts.acked += receipt.accepted;
      counts.reason = receipt.refusals[0]?.reason ?? counts.reason;
    }
    line.update(() => `${counts.sent} sent, ${counts.acked} acknowledged; ${shown(sample)}`);
  };
  let atMs = firstOnGrid(clock.nowMs(), periodMs);
  while (!halt.aborted && counts.sent < count) {
    await clock.sleepMs(Math.max(0, atMs - clock.nowMs()), halt);
    if (halt.aborted) break;
    if (waiting.size >= MAX_WAITING) counts.leftOut++;
    else {
      counts.sent++;
      const sample = batterySample(seed, atMs);
      const text = JSON.stringify({ timestamp: new Date(atMs).toISOString(), ...sample, seq: counts.sent, boot });
      const sending: Promise<void> = door.send([text]).then((receipt) => {
        waiting.delete(sending);
        settle(receipt, sample);
      });
      waiting.add(sending);
    }
    atMs = Math.max(atMs + periodMs, firstOnGrid(clock.nowMs() - CATCH_UP_MS, periodMs));
  }
  await Promise.race([Promise.all(waiting), clock.sleepMs(LAST_ANSWERS_MS, ended.signal)]);
  ended.abort();
  return { ...counts };
}

const firstOnGrid = (fromMs: number, periodMs: number): number => Math.ceil(fromMs / periodMs) * periodMs;

function shown(sample: BatterySample): string {
  const power = sample.discharge > 0 ? `discharging with ${sample.discharge} kW` : `charging with ${sample.charge} kW`;
  return `${power}, ${sample.soc} %`;
}

function requestOf(args: Arguments): Request | Refusal {
  const battery = batteryFlag(args);
  if (!battery.ok) return battery;
  const periodText = args.texts.get('period') ?? DEFAULT_PERIOD;
  const periodMs = parseDuration(periodText);
  if (periodMs === undefined || periodMs < MIN_PERIOD_MS || periodMs > MAX_PERIOD_MS) {
    return refusal(`--period must be a number with ms, s, m or h, from ${MIN_PERIOD_MS}ms to 24h, not '${periodText}'`);
  }
  const seed = wholeNumber(args.texts.get('seed') ?? '1', 0, MAX_SEED);
  if (seed === undefined)
    return refusal(`--seed must be a whole number, 0 to ${MAX_SEED}, not '${args.texts.get('seed') ?? ''}'`);
  const countText = args.texts.get('count');
  const count = countText === undefined ? Number.POSITIVE_INFINITY : wholeNumber(countText, 1, Number.MAX_SAFE_INTEGER);
  if (count === undefined) return refusal(`--count must be a whole number from 1 on, not '${countText ?? ''}'`);
  return { ok: true, battery: battery.id, periodMs, seed, count };
}

function wholeNumber(text: string, from: number, to: number): number | undefined {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return number >= from && number <= to ? number : undefined;
}
