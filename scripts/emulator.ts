/** `npm run emulator`: an emulator of AWS without Docker, a real InfluxDB beside it, and the stack in it, until Ctrl-C. */
import { join, resolve } from 'node:path';
import { aborted, flagsOf, portOf, runCommand, stopSignal } from './command-line.ts';
import { EMULATOR_TOKEN_FILE, givenAdminToken, leaveAdminToken } from './emulator/compose-file.ts';
import { type Emulator, freePort, startEmulatorProcess } from './emulator/emulator-process.ts';
import { deployLocal } from './emulator/local-stack.ts';
import { DEPLOY_OPTIONS, deployedLines, ENDPOINT_VARIABLE, stackNames } from './emulator/stack-flags.ts';
import { influxdBinary } from './influxd/influxd-binary.ts';
import { type RunningInfluxd, startInfluxd } from './influxd/run-influxd.ts';
import { refused } from './refused.ts';

const ROOT = join(import.meta.dirname, '..');
const HELP = `npm run emulator -- [--port N] [--influx-port N] [--keep DIR] [--stack-name NAME] [--topic-root ROOT]
                        [--sign-in] [--verbose]

Starts MiniStack, an emulator of AWS, and a real InfluxDB 2, both on 127.0.0.1, deploys the stack, prints the page's
address, and runs until Ctrl-C. Needs Python 3.10 or newer with venv; the first time it is installed below build/emulator,
and InfluxDB is built, which takes minutes (npm run influxd -- --help).

  --port N         the emulator's port; 0 picks a free one (default 4566)
  --influx-port N  InfluxDB's port; 0 picks a free one (default 8086)
  --keep DIR       InfluxDB's data and its token stay there, and the next start with it has them
  --stack-name NAME, --topic-root ROOT, --sign-in, --verbose: as of npm run deploy:local

The token that may do everything in InfluxDB is INFLUX_ADMIN_TOKEN, else a random one (with --keep that of the folder);
while all of it runs, it is in ${EMULATOR_TOKEN_FILE}, where npm run deploy:local finds it.
Exit codes: 0 stopped as asked once it ran, 2 it could not start or was stopped before, or something of it ended by itself.
`;

const OPTIONS = {
  port: { type: 'string', default: '4566' },
  'influx-port': { type: 'string', default: '8086' },
  keep: { type: 'string' },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  ...DEPLOY_OPTIONS,
} as const;

const INFLUX_TAKEN = 'take another one: npm run emulator -- --influx-port 8087';

async function emulatorCommand(): Promise<void> {
  const flags = flagsOf(OPTIONS, 'emulator');
  if (flags.help) return void process.stdout.write(HELP);
  const { keep } = flags;
  const port = portOf('--port', flags.port);
  const influxPort = await freePort(portOf('--influx-port', flags['influx-port']), INFLUX_TAKEN);
  const stop = stopSignal();
  const say = (line: string): void => void process.stdout.write(`${line}\n`);

  const emulator = await startEmulatorProcess({ root: ROOT, port, say });
  let influxd: RunningInfluxd | undefined;
  let removeToken: (() => Promise<void>) | undefined;
  const given = givenAdminToken();
  try {
    stop.throwIfAborted();
    influxd = await startInfluxd({
      binary: await influxdBinary(2, stop),
      port: influxPort,
      // Else a random one: InfluxDB answers every web page that the browser has open, and a known token would be theirs.
      ...(given === undefined ? {} : { token: given }),
      // npm runs this in the repository; a relative folder is meant from where the user typed.
      ...(keep === undefined ? {} : { folder: resolve(process.env['INIT_CWD'] ?? '.', keep) }),
    });
    const { url, org, bucket, token } = influxd;
    removeToken = await leaveAdminToken(ROOT, token);
    const dead = deathOf(emulator, influxd);
    const stack = await deployLocal({
      root: ROOT,
      endpoint: emulator.url,
      ...stackNames(flags),
      hasSignIn: flags['sign-in'],
      influx: { url, urlHere: url, org, bucket, adminToken: token },
      say,
      onLine: flags.verbose ? say : undefined,
      signal: AbortSignal.any([stop, dead]),
    });
    for (const line of deployedLines(stack, { url, org, bucket, tokenIn: EMULATOR_TOKEN_FILE })) say(line);
    const again = `--influx-url ${url}${flags['sign-in'] ? ' --sign-in' : ''}`;
    say(`After a change of the sources: ${ENDPOINT_VARIABLE}=${emulator.url} npm run deploy:local -- ${again}`);
    say(
      keep === undefined
        ? 'The readings are gone after Ctrl-C; --keep DIR keeps them.'
        : `The readings stay in ${keep}.`,
    );
    say('Ctrl-C stops it all.');
    await Promise.race([aborted(stop), aborted(dead)]);
    if (!stop.aborted) dead.throwIfAborted();
  } finally {
    await Promise.all([emulator.end(), keep === undefined ? influxd?.discard() : influxd?.end(), removeToken?.()]);
  }
  say('All of it has stopped.');
}

/** Aborted, with the sentence that tells it, when one of them ends by itself. */
function deathOf(emulator: Emulator, influxd: RunningInfluxd): AbortSignal {
  const controller = new AbortController();
  const tell = (name: string, how: string, lines: readonly string[]): void => {
    const told = [`${name} ended by itself (${how}); its last lines:`, ...lines.map((line) => `  ${line}`)];
    controller.abort(refused([...told, 'Everything else was stopped. Type the same again.'].join('\n')));
  };
  void emulator.ended.then((how) => tell('the emulator', `${how}`, emulator.lastLines().slice(-5)));
  void influxd
    .ended()
    .then(({ code, signal }) => tell('InfluxDB', `${code ?? signal}`, influxd.lastWords().split('\n')));
  return controller.signal;
}

if (import.meta.main) await runCommand(emulatorCommand);
