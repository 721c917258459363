/** `./amphora doctor`: what is well, what is not, and what to type about it. */
import type { StackPlace } from '../cloud/deployed-stack.ts';
import { parseBatteryId } from '../lambdas/batteries/battery.ts';
import type { Finding, FindingLevel } from '../local/finding.ts';
import { type Arguments, type Command, type ExitCode, type Io, type Refusal, refusal, refuse } from './command.ts';
import { DATA_FOLDER_DEFAULT, dataFolder, type Run, runIn } from './data-folder.ts';
import { runtimeFindings } from './doctor/runtime-findings.ts';
import { givenInfluxFlag, INFLUX_FLAGS, influxPlace } from './influx-flags.ts';
import { whichAmphora, withoutStack } from './which-amphora.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'Look whether Amphora and its database are well, and say what to type if not',
  usage: '[--data DIR | --stack NAME [--region R] [--battery ID]] [--influx-url URL …] [--json]',
  positionals: 0,
  flags: [
    { name: 'data', value: 'DIR', meaning: 'data folder of the Amphora to look at', byDefault: DATA_FOLDER_DEFAULT },
    { name: 'stack', value: 'NAME', meaning: 'look at this stack on AWS instead' },
    { name: 'region', value: 'R', meaning: 'where the stack is', byDefault: 'that of the AWS profile' },
    { name: 'battery', value: 'ID', meaning: "with --stack: look closely at this battery's device" },
    ...INFLUX_FLAGS,
  ],
  notes: [
    'InfluxDB is looked at when one of its flags is given, or when the Amphora of the data folder stores there.',
    'It changes nothing, neither here nor on AWS.',
  ],
  example: './amphora doctor --influx-url http://localhost:8086 --influx-token-file token',
  exitCodes: { 0: 'all is well, warnings apart', 1: 'a problem was found', 2: 'something could not be looked at' },
  run: runDoctor,
};

const MARKS = { ok: 'ok', warning: 'warning', problem: 'PROBLEM', unknown: 'unknown' } as const satisfies Record<
  FindingLevel,
  string
>;

async function runDoctor(args: Arguments, io: Io): Promise<number> {
  const isAsked = givenInfluxFlag(args) !== undefined;
  const which = whichAmphora(args);
  if (!which.ok) return refuse(io, args, which);
  const looked =
    which.kind === 'stack'
      ? await lookAtAws(which.stack, args, io, isAsked)
      : await lookHere(which.dataDir, args, io, isAsked);
  if ('ok' in looked) return refuse(io, args, looked);
  io.out(args.switches.has('json') ? `${JSON.stringify({ findings: looked })}\n` : told(looked));
  return exitCodeOf(looked);
}

type Looked = readonly Finding[] | Refusal;

async function lookHere(given: string | undefined, args: Arguments, io: Io, isAsked: boolean): Promise<Looked> {
  if (args.texts.has('battery')) return withoutStack('battery');
  const dataDir = dataFolder(given, io);
  const run = await runIn(dataDir);
  const influx = await influxFindings(args, io, run, isAsked);
  if ('ok' in influx) return influx;
  return [...(await runtimeFindings(run, dataDir, !isAsked)), ...influx];
}

async function lookAtAws(stack: StackPlace, args: Arguments, io: Io, isAsked: boolean): Promise<Looked> {
  const battery = args.texts.get('battery');
  const parsed = battery === undefined ? undefined : parseBatteryId(battery);
  if (parsed?.ok === false) return refusal(parsed.reason);
  const influx = await influxFindings(args, io, undefined, isAsked);
  if ('ok' in influx) return influx;
  // The SDK, which nobody else needs.
  const { awsFindings } = await import('./doctor/aws-findings.ts');
  const findings = await awsFindings({ ...stack, battery, nowMs: io.nowMs });
  return [...findings, ...influx];
}

async function influxFindings(args: Arguments, io: Io, run: Run | undefined, isAsked: boolean) {
  const known = run?.isAlive === true ? run.influx : undefined;
  if (!isAsked && known === undefined) return [];
  const influx = influxPlace(args, io, known);
  if (influx.ok) {
    // Loads the client of InfluxDB, which nobody else needs.
    const { checkInfluxdb } = await import('../local/influxdb-check.ts');
    return checkInfluxdb(influx.place, { nowMs: io.nowMs });
  }
  // Nobody asked for it: what can be looked at without it still is.
  if (isAsked) return refusal(influx.sentence);
  const unknown: Finding = { subject: 'InfluxDB', level: 'unknown', sentence: `not looked at: ${influx.sentence}` };
  return [unknown];
}

function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const has = (level: FindingLevel): boolean => findings.some((finding) => finding.level === level);
  if (has('problem')) return 1;
  return has('unknown') ? 2 : 0;
}

function told(findings: readonly Finding[]): string {
  const markWidth = Math.max(...findings.map(({ level }) => MARKS[level].length)) + 2;
  const subjectWidth = Math.max(...findings.map(({ subject }) => subject.length)) + 2;
  const indent = ' '.repeat(markWidth + subjectWidth);
  return findings
    .map(({ subject, level, sentence, next }) => {
      const line = `${MARKS[level].padEnd(markWidth)}${subject.padEnd(subjectWidth)}${sentence}\n`;
      return next === undefined ? line : `${line}${indent}-> ${next}\n`;
    })
    .join('');
}
