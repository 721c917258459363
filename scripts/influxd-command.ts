/** `npm run influxd`: a real InfluxDB on this machine until Ctrl-C. */
import { join, relative, resolve } from 'node:path';
import { aborted, flagsOf, portOf, runCommand, stopSignal } from './command-line.ts';
import { influxdBinary } from './influxd/influxd-binary.ts';
import { tokenFile } from './influxd/influxd-setup.ts';
import { type RunningInfluxd, startInfluxd, startInfluxd1 } from './influxd/run-influxd.ts';
import { refused } from './refused.ts';

const ROOT = join(import.meta.dirname, '..');
const DEFAULT_PORT = '8086';
const HELP = `npm run influxd -- [--port N] [--folder DIR] [--build-only] [--version 1|2]

Starts a real InfluxDB 2 on 127.0.0.1 with the organization ENI and the bucket battery1, and runs until Ctrl-C.
The first time it is built from its Go module, which takes minutes and needs Go, Rust and a C compiler;
INFLUXD_BIN names one that is there already.

  --port N      its port; 0 picks a free one (default ${DEFAULT_PORT})
  --folder DIR  its data and its token; a second start goes on with them (default build/influxd)
  --build-only  builds it, or finds it built, and prints the path of the program
  --version 1   InfluxDB 1.12 (its folder: build/influxd1), which the writer's tests use

Exit codes: 0 stopped as asked, 2 it could not start or ended by itself.
`;

const OPTIONS = {
  port: { type: 'string', default: DEFAULT_PORT },
  folder: { type: 'string' },
  'build-only': { type: 'boolean', default: false },
  version: { type: 'string', default: '2' },
  help: { type: 'boolean', default: false },
} as const;

async function influxdCommand(): Promise<void> {
  const { folder, version, help, 'build-only': isBuildOnly, ...flags } = flagsOf(OPTIONS, 'influxd');
  if (help) return void process.stdout.write(HELP);
  const port = portOf('--port', flags.port);
  if (version !== '1' && version !== '2') throw refused(`--version is ${version}; there are recipes for 1 and 2`);

  const stop = stopSignal();
  const major = version === '1' ? 1 : 2;
  const binary = await influxdBinary(major, stop);
  if (isBuildOnly) return void process.stdout.write(`${binary}\n`);
  const start = major === 1 ? startInfluxd1 : startInfluxd;
  // npm runs this in the repository; a relative folder is meant from where the user typed.
  const typedIn = process.env['INIT_CWD'] ?? process.cwd();
  const given =
    folder === undefined ? join(ROOT, 'build', major === 1 ? 'influxd1' : 'influxd') : resolve(typedIn, folder);
  const influxd = await start({ binary, folder: given, port });
  process.stdout.write(introduction(influxd, typedIn, major));

  const ended = influxd.ended().then(() => 'by itself' as const);
  if (!stop.aborted && (await Promise.race([ended, aborted(stop)])) === 'by itself') {
    throw refused(`InfluxDB ended by itself; the last lines of its log:\n${influxd.lastWords()}`);
  }
  await influxd.end();
  process.stdout.write(`InfluxDB has stopped; its data stay in ${given}\n`);
}

function introduction({ url, org, bucket, folder }: RunningInfluxd, typedIn: string, major: 1 | 2): string {
  const token = shellWord(relative(typedIn, tokenFile(folder)));
  const lines =
    major === 1
      ? [`database  ${bucket}`, `token     in ${token} (user:password)`]
      : [
          `organization  ${org}`,
          `bucket        ${bucket}`,
          `token         in ${token}`,
          'Amphora on it, in another terminal:',
          `INFLUX_TOKEN=$(cat ${token}) npm start -- --store influxdb --influx-url ${url} --influx-org ${org} --influx-bucket ${bucket}`,
        ];
  return [`InfluxDB ${major} at ${url}; Ctrl-C stops it`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

const shellWord = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;

if (import.meta.main) await runCommand(influxdCommand);
