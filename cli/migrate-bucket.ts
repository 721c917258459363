/** `./amphora migrate-bucket`: a bucket with the original demo's integers, copied as floats into a new one. */
import type { InfluxAddress } from '../lambdas/store/influxdb-management.ts';
import { quoted } from '../local/shell-word.ts';
import { type Arguments, type Command, type Io, type Refusal, refusal, refuse } from './command.ts';
import { DATA_FOLDER_DEFAULT, dataFolder } from './data-folder.ts';
import { INFLUX_SERVER_FLAGS, influxPlace } from './influx-flags.ts';
import type { Outcome } from './migrate/migrate.ts';
import { progress } from './progress.ts';

export const migrateBucket: Command = {
  name: 'migrate-bucket',
  summary: 'Copy a bucket of InfluxDB as floats into a new one, as the integers of the original demo need it',
  usage: '--from BUCKET --to BUCKET [--influx-url URL …] [--data DIR] [--json]',
  positionals: 0,
  flags: [
    { name: 'from', value: 'BUCKET', meaning: 'the bucket to copy (required); nothing in it is changed' },
    { name: 'to', value: 'BUCKET', meaning: 'the bucket to copy into (required); made when it is not there' },
    ...INFLUX_SERVER_FLAGS,
    { name: 'data', value: 'DIR', meaning: 'folder of the progress file', byDefault: DATA_FOLDER_DEFAULT },
  ],
  notes: [
    'It copies every measurement: integers become floats, and texts, truth values, tags and times stay as they are. The simulated battery demo, where the old bucket has it, is copied too.',
    'After Ctrl-C, or a fault, the same command goes on where it stopped.',
    'At its end InfluxDB counts both buckets; stop what still writes to the old one before.',
  ],
  example: './amphora migrate-bucket --from battery1 --to battery1-floats --influx-token-file token',
  exitCodes: {
    0: 'copied, and both buckets hold as many values',
    1: 'copied, and they differ',
    2: 'it could not be done, or was stopped',
  },
  run: runMigrateBucket,
};

type Request = { readonly ok: true; readonly from: InfluxAddress; readonly to: InfluxAddress; readonly again: string };

async function runMigrateBucket(args: Arguments, io: Io): Promise<number> {
  const request = requestOf(args, io);
  if (!request.ok) return refuse(io, args, request);
  const isJson = args.switches.has('json');
  const line = progress(io);
  const say = (sentence: string): void => {
    line.clear();
    (isJson ? io.err : io.out)(`${sentence}\n`);
  };
  // Loads the client of InfluxDB, which no other command needs.
  const { migrate } = await import('./migrate/migrate.ts');
  const { report, differences } = await import('./migrate/report.ts');
  const { from, to } = request;
  const outcome = await migrate({
    from,
    to,
    dataDir: dataFolder(args.texts.get('data'), io),
    say,
    onProgress: line.update,
    signal: io.stopSignal(),
  });
  line.clear();
  if (outcome.kind === 'failed') return refuse(io, args, againSaid(outcome, request.again));
  const { counts, refused } = outcome;
  const isEqual = differences(counts).length === 0 && refused.lines === 0;
  if (isJson) io.out(`${JSON.stringify({ from: from.bucket, to: to.bucket, isEqual, counts, refused })}\n`);
  else io.out(report(from.bucket, to.bucket, outcome));
  if (isEqual && !isJson)
    io.out(`Now: ./amphora start --store influxdb ${serverWords(args, from)} --influx-bucket ${quoted(to.bucket)}\n`);
  return isEqual ? 0 : 1;
}

function requestOf(args: Arguments, io: Io): Request | Refusal {
  const [from, to] = [args.texts.get('from'), args.texts.get('to')];
  if (from === undefined) return refusal('--from BUCKET is missing; name the bucket to copy, as in --from battery1');
  if (to === undefined)
    return refusal(`--to BUCKET is missing; name the bucket to copy into, as in --to ${from}-floats`);
  if (from === to)
    return refusal(`--from and --to are both '${from}'; a bucket cannot be copied into itself, name another with --to`);
  if (to.startsWith('_'))
    return refusal(`--to '${to}' begins with _, as the buckets do that InfluxDB keeps for itself; name another`);
  const influx = influxPlace(args, io);
  if (!influx.ok) return influx;
  const { url, org, token } = influx.place;
  const server = { url, org, token };
  const data = args.texts.get('data');
  const again = `./amphora migrate-bucket ${serverWords(args, server)} --from ${quoted(from)} --to ${quoted(to)}${data === undefined ? '' : ` --data ${quoted(data)}`}`;
  return { ok: true, from: { ...server, bucket: from }, to: { ...server, bucket: to }, again };
}

function againSaid({ sentence, mayGoOn }: Extract<Outcome, { kind: 'failed' }>, again: string): Refusal {
  return refusal(mayGoOn ? `${sentence}; to go on from there type ${again}` : sentence);
}

function serverWords(args: Arguments, { url, org }: Pick<InfluxAddress, 'url' | 'org'>): string {
  const tokenFile = args.texts.get('influx-token-file');
  const token = tokenFile === undefined ? '' : ` --influx-token-file ${quoted(tokenFile)}`;
  return `--influx-url ${quoted(url)} --influx-org ${quoted(org)}${token}`;
}
