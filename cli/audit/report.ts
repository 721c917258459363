/** What an audit found, for a person and for a program. */
import { type Account, accountOf, beginsAtStart, runsIn, totalOf } from '../../lambdas/audit/account.ts';
import { edgesOf, type Run } from '../../lambdas/audit/runs.ts';
import { type Hole, holesIn, type Repeat } from '../../lambdas/audit/seen.ts';
import type { TimeRange } from '../../lambdas/telemetry/time-range.ts';
import type { ExitCode } from '../command.ts';
import { printable } from '../printable.ts';
import type { Beside, Looked } from './look.ts';

export type Audit = Looked &
  Beside & {
    readonly battery: string;
    readonly range: TimeRange;
    readonly url: string;
    /** Of an Amphora on this machine. */
  };

/** How much is listed of what there may be millions of. */
type Room = { readonly runs: number; readonly items: number };

const FOR_PEOPLE: Room = { runs: 40, items: 60 };
const FOR_PROGRAMS: Room = { runs: 1_000, items: 10_000 };

/** 2: there is nothing that could be judged, which is no proof of anything. */
export function exitCodeOf({ summary }: Looked): ExitCode {
  const { sent, missing, duplicated } = totalOf(runsIn(summary));
  if (sent === 0) return 2;
  return missing + duplicated > 0 ? 1 : 0;
}

export function auditJson(audit: Audit): Readonly<Record<string, unknown>> {
  const { battery, range, summary, waiting, failed, quarantined } = audit;
  const { runs, moreRuns } = listed(runsIn(summary), FOR_PROGRAMS);
  return {
    battery,
    from: iso(range.fromMs),
    to: iso(range.toMs),
    ...totalOf(runsIn(summary)),
    runs: runs.map(({ run, account, holes, moreHoles, repeats, moreRepeats }) => ({
      ...(run.boot === undefined ? {} : { boot: run.boot }),
      firstAt: iso(run.firstAtMs),
      lastAt: iso(run.lastAtMs),
      ...edgesOf(run),
      beginsAtStart: beginsAtStart(run),
      ...account,
      missingRanges: holes.map(({ from, to, afterMs, beforeMs }) => ({
        from,
        to,
        after: iso(afterMs),
        before: iso(beforeMs),
      })),
      moreMissingRanges: moreHoles,
      duplicates: repeats.map(({ seq, more }) => ({ seq, samples: more + 1 })),
      moreDuplicates: moreRepeats,
    })),
    moreRuns,
    withoutSeq: summary.withoutSeq,
    stamped: summary.stamped,
    ...(quarantined === undefined ? {} : { quarantined }),
    ...(waiting === undefined ? {} : { waiting }),
    ...(failed === undefined ? {} : { failed }),
  };
}

export function auditText(audit: Audit): string {
  const { battery, range, summary, url } = audit;
  const all = runsIn(summary);
  const { runs, moreRuns } = listed(all, FOR_PEOPLE);
  const total = totalOf(all);
  return [
    `Battery ${battery} at ${url}, ${iso(range.fromMs)} to ${iso(range.toMs)}: ${counted(all.length, 'run')} of the device`,
    ...runs.flatMap(runLines),
    ...(moreRuns === 0 ? [] : [`and ${counted(moreRuns, 'more run')}; --json lists more`]),
    verdict(total),
    ...besideLines(audit),
    ...nextLines(audit, total),
    '',
  ].join('\n');
}

type ListedRun = {
  readonly run: Run;
  readonly account: Account;
  readonly holes: readonly Hole[];
  readonly moreHoles: number;
  readonly repeats: readonly Repeat[];
  readonly moreRepeats: number;
};

/** Where there is no room for all runs, those with a fault. */
function listed(all: readonly Run[], room: Room): { readonly runs: readonly ListedRun[]; readonly moreRuns: number } {
  const faulty = all.filter(({ stretches, repeats }) => stretches.length > 1 || repeats.length > 0);
  const shown = (all.length <= room.runs ? all : faulty).slice(0, room.runs);
  let left = room.items;
  const taken = <Item>(items: readonly Item[]): readonly Item[] => {
    const some = items.slice(0, left);
    left -= some.length;
    return some;
  };
  const runs = shown.map((run): ListedRun => {
    const [allHoles, allRepeats] = [holesIn(run.stretches), run.repeats];
    const [holes, repeats] = [taken(allHoles), taken(allRepeats)];
    return {
      run,
      account: accountOf(run),
      holes,
      moreHoles: allHoles.length - holes.length,
      repeats,
      moreRepeats: allRepeats.length - repeats.length,
    };
  });
  return { runs, moreRuns: all.length - shown.length };
}

function runLines({ run, account, holes, moreHoles, repeats, moreRepeats }: ListedRun): readonly string[] {
  const { first, last } = edgesOf(run);
  const name = run.boot === undefined ? 'run without boot' : `run ${printable(run.boot)}`;
  const twice = [
    ...repeats.map(({ seq, more }) => (more === 1 ? String(seq) : `${seq} (${more + 1} times)`)),
    ...(moreRepeats === 0 ? [] : [`${moreRepeats} more`]),
  ];
  return [
    `${name}, ${iso(run.firstAtMs)} to ${iso(run.lastAtMs)}, seq ${first} to ${last}: ${verdict(account)}`,
    ...(beginsAtStart(run)
      ? []
      : [`  what it sent before seq ${first} is not known: it is not in the range, or not stored`]),
    ...holes.map(
      ({ from, to, afterMs, beforeMs }) =>
        `  missing: seq ${from === to ? from : `${from} to ${to}`}, between ${iso(afterMs)} and ${iso(beforeMs)}`,
    ),
    ...(moreHoles === 0 ? [] : [`  missing: ${counted(moreHoles, 'more range')}; --json lists more`]),
    ...(twice.length === 0 ? [] : [`  more than once: seq ${twice.join(', ')}`]),
  ];
}

/** What does not show in the numbers of the runs. */
function besideLines({ battery, summary, quarantined, waiting, failed }: Audit): readonly string[] {
  const { withoutSeq, unnamed } = summary;
  return [
    ...(withoutSeq === 0 ? [] : [`${counted(withoutSeq, 'sample')} without seq: nobody can account for them`]),
    ...(unnamed.length < 2
      ? []
      : [
          'without boot a run begins where seq falls, which a clock that is set back looks like; a device that sends boot is accounted for whatever its clock does',
        ]),
    ...(waiting === undefined || waiting === 0
      ? []
      : [`${counted(waiting, 'message')} of all batteries waiting to be stored`]),
    ...(failed === undefined || failed === 0
      ? []
      : [`${counted(failed, 'message')} of all batteries in the failure queues`]),
    quarantined === undefined
      ? `how many messages of ${battery} are in quarantine is not told there`
      : `${counted(quarantined, 'message')} of ${battery} in quarantine`,
  ];
}

function nextLines(
  { battery, summary, quarantined = 0, waiting = 0, failed = 0 }: Audit,
  { missing, duplicated }: Account,
): readonly string[] {
  return [
    ...(missing > 0 && waiting > 0 ? ['-> type the same again when no message waits'] : []),
    ...(missing > 0 && failed > 0
      ? ['-> store what waits in the failure queues, and type the same again: ./amphora redrive --apply']
      : []),
    ...(missing > 0 && quarantined > 0
      ? [`-> look for them among those that could not be stored: ./amphora quarantine list --battery ${battery}`]
      : []),
    ...(missing > 0
      ? [
          '-> what is in none of these never arrived, or has a time outside of the range: let the device send it again with its own timestamp, for what is stored stays one. If it was acknowledged, that is a fault of Amphora: please report it',
        ]
      : []),
    ...(duplicated === 0
      ? []
      : summary.stamped > 0
        ? [
            `-> ${counted(summary.stamped, 'sample')} without a timestamp: such a one is stored as often as it is sent; send it with its own timestamp`,
          ]
        : [
            '-> a number stands for samples of different time or content: the device gave it twice, or changed a sample and sent it again',
          ]),
  ];
}

const verdict = ({ sent, stored, missing, duplicated }: Account): string =>
  `${sent} sent, ${stored} stored, ${missing} missing, ${duplicated} duplicate`;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const iso = (ms: number): string => new Date(ms).toISOString();
