/** `./amphora doctor`: what is well, what is not, and what to type about it. */
import type { Finding, FindingLevel } from '../local/finding.ts';
import { type Arguments, type Command, type ExitCode, type Io, refusal, refuse } from './command.ts';
import { DATA_FOLDER_DEFAULT, dataFolder, type Run, runIn } from './data-folder.ts';
import { runtimeFindings } from './doctor-runtime.ts';
import { givenInfluxFlag, INFLUX_FLAGS, influxPlace } from './influx-flags.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'Look whether Amphora and its database are well, and say what to type if not',
  usage: '[--data DIR] [--influx-url URL …] [--json]',
  positionals: 0,
  flags: [
    { name: 'data', value: 'DIR', meaning: 'data folder of the Amphora to look at', byDefault: DATA_FOLDER_DEFAULT },
    ...INFLUX_FLAGS,
  ],
  notes: [
    'InfluxDB is looked at when one of its flags is given, or when the Amphora of the data folder stores there; it writes nothing.',
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
  const dataDir = dataFolder(args.texts.get('data'), io);
  const run = await runIn(dataDir);
  const isAsked = givenInfluxFlag(args) !== undefined;
  const influx = await influxFindings(args, io, run, isAsked);
  if ('ok' in influx) return refuse(io, args, influx);
  const findings = [...(await runtimeFindings(run, dataDir, !isAsked)), ...influx];
  io.out(args.switches.has('json') ? `${JSON.stringify({ findings })}\n` : told(findings));
  return exitCodeOf(findings);
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
