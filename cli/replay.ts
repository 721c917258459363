/** `./amphora replay`: a CSV of telemetry, played into a running Amphora. */
import { resolve } from 'node:path';
import { BATTERY_FLAG, batteryFlag } from './battery-flag.ts';
import { realClock } from './clock.ts';
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { durationText } from './duration.ts';
import { type Played, play } from './play.ts';
import { parseSpeed, replaySchedule, type Speed } from './replay-schedule.ts';
import { openSending, type Sending, sendingCommand } from './sending.ts';
import { lookAt, TARGET_FLAGS } from './target.ts';
import { type Problem, readTelemetry, type Telemetry } from './telemetry-csv.ts';

const DEFAULT_PATIENCE_S = 60;
const MAX_PATIENCE_S = 86_400;
const MAX_PROBLEMS_SHOWN = 20;
const MAX_PROBLEMS_IN_JSON = 1000;

export const replay: Command = {
  name: 'replay',
  summary: 'Play a CSV file of readings into a running Amphora',
  usage: 'FILE.csv --battery ID [--speed N | max] [--as-recorded] [--skip-bad]',
  positionals: 1,
  flags: [
    BATTERY_FLAG,
    {
      name: 'speed',
      value: 'N',
      meaning: "1 as recorded, 10 ten times as fast, or 'max': all at once",
      byDefault: '1',
    },
    {
      name: 'as-recorded',
      meaning:
        "keep the file's own times; without it all are shifted alike, so that the last row's time is the moment it is sent",
    },
    { name: 'skip-bad', meaning: 'go on without the rows that are broken' },
    { name: 'patience', value: 'S', meaning: 'seconds to go on trying when the connection is lost', byDefault: '60' },
    ...TARGET_FLAGS,
  ],
  notes: [
    'The file has a header row: timestamp (ISO 8601 with offset, or epoch milliseconds) and any of the fields of a sample, such as voltage, current, charge, discharge, power, soc, temperature. An empty cell is an unknown value.',
    'It is checked whole before anything is sent. Repeating a replay stores nothing twice with --as-recorded only.',
    'With --json the result is {rows, sent, acked, rejected}.',
  ],
  example: './amphora replay examples/data/boat-charge.csv --battery boat --speed 10',
  exitCodes: {
    0: 'all rows (with --skip-bad: all good ones) were sent and acknowledged',
    1: 'the file is broken and nothing was sent, or the server refused rows',
    2: 'wrong flags, no such file, no server, or not played to the end',
  },
  run: sendingCommand(requestOf, runReplay),
};

type Request = {
  readonly ok: true;
  readonly name: string;
  readonly battery: string;
  readonly speed: Speed;
  readonly isAsRecorded: boolean;
  readonly isSkippingBad: boolean;
  readonly patienceMs: number;
};

async function runReplay(request: Request, sending: Sending): Promise<number> {
  const { args, io, line } = sending;
  const file = await readTelemetry(
    { path: resolve(io.folder, request.name), name: request.name },
    {
      nowMs: request.isAsRecorded ? io.nowMs() : Number.POSITIVE_INFINITY,
      onBytes: (read, total) => line.update(() => `reading ${request.name}: ${Math.floor((100 * read) / total)} %`),
    },
  );
  line.clear();
  if (!file.ok) return refuse(io, args, file);
  const rejected = tellProblems(file.problems, request, io);
  const rows = file.rows.length + rejected;
  if (rejected > 0 && (!request.isSkippingBad || file.rows.length === 0)) {
    const problems = file.problems
      .slice(0, MAX_PROBLEMS_IN_JSON)
      .map((problem) => ({ file: request.name, ...problem }));
    return refuse(io, args, brokenFile(rejected, rows, request), { rows, sent: 0, acked: 0, rejected, problems });
  }
  if (!file.wasSorted) io.err(`${request.name}: the rows are not in time order; they are sent sorted by time.\n`);
  return send(file, request, { ...sending, rejected });
}

/** `rejected`: rows that were left out. */
type Replaying = Sending & { readonly rejected: number };

async function send({ rows }: Telemetry, request: Request, replaying: Replaying): Promise<number> {
  const { args, io, line } = replaying;
  const stop = io.stopSignal();
  const opened = await openSending(replaying, request.battery, request.patienceMs);
  if (!opened.ok) return refuse(io, args, opened);
  const firstMs = rows[0]?.atMs ?? 0;
  const lastMs = rows.at(-1)?.atMs ?? 0;
  const schedule = replaySchedule({
    firstMs,
    lastMs,
    startMs: io.nowMs(),
    speed: request.speed,
    isAsRecorded: request.isAsRecorded,
  });
  const lastsMs = schedule.dueMs(lastMs) - schedule.dueMs(firstMs);
  const lasting = lastsMs > 0 ? `, for ${durationText(Math.round(lastsMs / 100) * 100)}` : '';
  const look = lookAt(replaying.target, request.battery);
  const seen = look === undefined ? '' : ` See them: ${look}`;
  io.err(`Playing ${rows.length} rows of ${request.name} into battery ${request.battery}${lasting} …${seen}\n`);
  const played = await play(rows, schedule, {
    door: opened.door,
    clock: realClock(io),
    stop,
    onProgress: ({ sent, acked }) => {
      const leftMs = schedule.dueMs(lastMs) - io.nowMs();
      line.update(
        () =>
          `${sent} of ${rows.length} rows sent, ${acked} acknowledged${leftMs > 0 ? `, ${durationText(leftMs)} to go` : ''}`,
      );
    },
  });
  line.clear();
  await opened.door.close();
  return tellResult(played, rows.length, request, replaying);
}

function tellResult(played: Played, good: number, request: Request, { args, io, target, rejected }: Replaying): number {
  const result = {
    rows: good + rejected,
    sent: played.sent,
    acked: played.acked,
    rejected: rejected + played.refusedCount,
  };
  for (const { line, reason } of played.refused.slice(0, MAX_PROBLEMS_SHOWN))
    io.err(`${request.name}, line ${line}: ${reason}\n`);
  if (played.end.kind !== 'done') {
    const why = played.end.kind === 'lost' ? played.end.sentence : 'stopped';
    const isNoneThere = played.sent === 0 || (played.acked === 0 && played.end.kind === 'lost' && played.end.isRefused);
    return refuse(io, args, refusal(`${why}. ${unfinished(result, request, isNoneThere === true)}`), result);
  }
  if (played.refusedCount > 0) {
    return refuse(
      io,
      args,
      refusal(`the server refused ${played.refusedCount} of ${played.sent} rows, see above; the others are stored`, 1),
      result,
    );
  }
  if (args.switches.has('json')) io.out(`${JSON.stringify(result)}\n`);
  else {
    const look = lookAt(target, request.battery);
    const leftOut = rejected === 0 ? '' : `, ${rejected} broken ones left out`;
    io.out(
      `Sent ${result.sent} rows, ${result.acked} acknowledged${leftOut}.${look === undefined ? '' : ` See them: ${look}`}\n`,
    );
  }
  return 0;
}

/** `isNoneThere`: not even a row whose acknowledgement was lost. */
function unfinished(
  { acked, rows }: { readonly rows: number; readonly acked: number },
  { isAsRecorded }: Request,
  isNoneThere: boolean,
): string {
  const done = `${acked} of ${rows} rows were acknowledged`;
  if (isNoneThere) return done;
  return isAsRecorded
    ? `${done}. The same command can be typed again: a row that is stored is not stored twice`
    : `${done}. The same command again would store them a second time under other times; only with --as-recorded is it safe to repeat`;
}

function requestOf(args: Arguments): Request | Refusal {
  const [name] = args.positionals;
  if (name === undefined) return refusal('name the CSV file to play: ./amphora replay FILE.csv --battery ID');
  const battery = batteryFlag(args);
  if (!battery.ok) return battery;
  const speedText = args.texts.get('speed') ?? '1';
  const speed = parseSpeed(speedText);
  if (speed === undefined) return refusal(`--speed must be a number from 1 on, or max, not '${speedText}'`);
  const patienceText = args.texts.get('patience') ?? String(DEFAULT_PATIENCE_S);
  const patienceS = /^\d{1,5}(\.\d+)?$/.test(patienceText) ? Number(patienceText) : Number.NaN;
  if (!(patienceS > 0 && patienceS <= MAX_PATIENCE_S)) {
    return refusal(`--patience must be a number of seconds above 0, at most ${MAX_PATIENCE_S}, not '${patienceText}'`);
  }
  return {
    ok: true,
    name,
    battery: battery.id,
    speed,
    isAsRecorded: args.switches.has('as-recorded'),
    isSkippingBad: args.switches.has('skip-bad'),
    patienceMs: patienceS * 1000,
  };
}

/** Says each broken cell, the first ones at least; gives the number of broken rows. */
function tellProblems(problems: readonly Problem[], { name }: Request, io: Io): number {
  for (const { line, column, reason } of problems.slice(0, MAX_PROBLEMS_SHOWN)) {
    io.err(`${name}, line ${line}${column === undefined ? '' : `, column ${column}`}: ${reason}\n`);
  }
  const more = problems.length - MAX_PROBLEMS_SHOWN;
  if (more > 0) io.err(`${name}: and ${more} more\n`);
  return new Set(problems.map(({ line }) => line)).size;
}

function brokenFile(rejected: number, rows: number, { name, isSkippingBad }: Request): Refusal {
  const what = `${rejected} of ${rows} rows of ${name} ${rejected === 1 ? 'is' : 'are'} broken, see above`;
  return refusal(
    isSkippingBad
      ? `${what}; no row is left to send`
      : `${what}; nothing was sent. Mend the file, or add --skip-bad to go on without ${rejected === 1 ? 'it' : 'them'}`,
    1,
  );
}
