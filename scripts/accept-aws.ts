/** `npm run accept:aws`: whether a deployed stack does what it is for, and how fast. */
import { join } from 'node:path';
import { apiAddress } from '../cloud/api-address.ts';
import { type DeployedStack, deployedStack, outputOf } from '../cloud/deployed-stack.ts';
import { accessToken } from './accept/access-token.ts';
import { invocationsSince } from './accept/function-logs.ts';
import { measureLatency } from './accept/latency.ts';
import { functionLines, latencyLines } from './accept/report.ts';
import { lifetimeNotice } from './accept/token-lifetime.ts';
import { flagsOf, httpAddress, runCommand, stopSignal } from './command-line.ts';
import { startGroup } from './process-group.ts';
import { refused } from './refused.ts';

const ROOT = join(import.meta.dirname, '..');
const DEFAULT_READINGS = '40';
const HELP = `npm run accept:aws -- --stack NAME [--region R] [--endpoint-url URL] [--use-default-battery] [--readings N]
                       [--only report|tests]

Runs the acceptance of a stack that is deployed and in use: who is let in, readings by HTTP and by MQTT with a device
certificate of its own, AWS IoT's word on hostile clients and topics, the page; then how long a reading takes until it is
shown, and the functions' cold starts. It needs the credentials of the account, as the AWS CLI does (AWS_PROFILE …), and a
token for the API: AMPHORA_TOKEN, else one of the stack's machine client.

It touches no reading and no device but its own, whose ids begin with accept- and this run's letters; it removes its devices.
The API has no way to remove readings: those of its batteries (about 700) stay, and are named at the end.

  --use-default-battery  also the original demo's routes, which write readings of the battery default
  --readings N           how many readings are timed (default ${DEFAULT_READINGS})
  --only report|tests    one of the two
  --endpoint-url URL     an emulator of AWS (as AWS_ENDPOINT_URL); what only AWS has is left out then, and named

Exit codes: 0 all is well, 1 something is not, 2 it could not look.
`;

const OPTIONS = {
  stack: { type: 'string' },
  region: { type: 'string' },
  'endpoint-url': { type: 'string' },
  'use-default-battery': { type: 'boolean', default: false },
  readings: { type: 'string', default: DEFAULT_READINGS },
  only: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

// Longer than everything takes on AWS: about five minutes, most of it waiting for new certificates to be known.
const TESTS_MS = 20 * 60_000;

async function acceptCommand(): Promise<void> {
  const flags = flagsOf(OPTIONS, 'accept:aws');
  if (flags.help) return void process.stdout.write(HELP);
  const { stack: stackName, region, only, readings } = flags;
  if (stackName === undefined) throw refused('which stack? npm run accept:aws -- --stack Amphora');
  if (only !== undefined && only !== 'report' && only !== 'tests')
    throw refused(`--only is '${only}', but must be report or tests`);
  if (!/^[1-9]\d{0,3}$/.test(readings))
    throw refused(`--readings is '${readings}', but must be a number from 1 to 9999`);
  if (flags['endpoint-url'] !== undefined)
    process.env['AWS_ENDPOINT_URL'] = httpAddress('--endpoint-url', flags['endpoint-url']);

  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const stack = await deployedStack({ stackName, ...(region === undefined ? {} : { region }) });
  const apiUrl = apiAddress(outputOf(stack, 'ApiUrl'));
  const token = await accessToken(stack);
  const given = process.env['AMPHORA_TOKEN'] || undefined;
  const notice =
    given === undefined || only === 'report'
      ? undefined
      : lifetimeNotice(given, { nowMs: Date.now(), neededMs: TESTS_MS });
  const prefix = `accept-${Math.floor(Date.now() / 1000).toString(36)}-`;
  say(`The stack ${stackName} in ${stack.region}, account ${stack.account}: ${apiUrl}`);

  if (notice !== undefined) say(notice);
  const beginMs = Date.now();
  if (isEmulator()) for (const line of LEFT_OUT) say(line);
  const isGood = only === 'report' || (await runTests(stack, token, prefix, flags['use-default-battery']));
  if (only !== 'tests') {
    const asked = { apiUrl, token, battery: `${prefix}latency`, readings: Number(readings) };
    for (const line of latencyLines(await measureLatency(asked))) say(line);
    for (const line of functionLines(await invocationsSince(stack, beginMs))) say(line);
  }
  for (const line of leftLines(prefix)) say(line);
  if (!isGood) process.exitCode = 1;
}

const isEmulator = (): boolean => (process.env['AWS_ENDPOINT_URL'] ?? '') !== '';

// Jest names no test of a file that it skips whole.
const LEFT_OUT = [
  'An emulator plays AWS here. Left out, for only AWS has it:',
  '  the pairs of client and topic of test/golden/device-pairs.json (iot:TestAuthorization)',
  '  a device with its certificate at the broker (TLS with client certificates, policies on MQTT)',
  '  the page behind CloudFront, its headers, and the API below /api',
];

async function runTests(
  stack: DeployedStack,
  token: string | undefined,
  prefix: string,
  usesDefault: boolean,
): Promise<boolean> {
  const { PATH = '/usr/bin:/bin', HOME = '/', ...rest } = process.env;
  const aws = Object.entries(rest).filter((entry): entry is [string, string] => entry[0].startsWith('AWS_'));
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const group = await startGroup(process.execPath, [...jest, '--config', 'jest.accept.config.js', '--verbose'], {
    cwd: ROOT,
    env: {
      PATH,
      HOME,
      ...Object.fromEntries(aws),
      AMPHORA_TARGET: 'aws',
      AMPHORA_ACCEPT: JSON.stringify({ ...stack, prefix, usesDefault }),
      ...(token === undefined ? {} : { AMPHORA_TOKEN: token }),
    },
    onLine: (line) => void process.stdout.write(`${line}\n`),
  });
  const stop = AbortSignal.any([stopSignal(), AbortSignal.timeout(TESTS_MS)]);
  const stopped = new Promise<'stopped'>((done) =>
    stop.addEventListener('abort', () => done('stopped'), { once: true }),
  );
  const how = await Promise.race([group.ended, stopped]);
  await group.end();
  if (how === 'stopped')
    throw refused(
      `the tests were stopped before their end; a device of theirs may be left: ./amphora list-batteries --stack ${stack.stackName} shows it, remove-battery removes it`,
    );
  return how === 0;
}

const leftLines = (prefix: string): readonly string[] => [
  `Left behind: readings of the batteries ${prefix}…, which any tool of the database removes, for InfluxDB:`,
  `  influx delete --bucket BUCKET --start 1970-01-01T00:00:00Z --stop 2100-01-01T00:00:00Z --predicate 'battery="${prefix}one"'`,
  '  (one command for each of them; GET /batteries lists them; BUCKET is the setting influxBucket)',
];

if (import.meta.main) await runCommand(acceptCommand);
