/** `npm run accept:aws`: whether a deployed stack does what it is for, and how fast. */
import { apiAddress } from '../cloud/api-address.ts';
import { deployedStack, outputOf } from '../cloud/deployed-stack.ts';
import { accessToken } from './accept/access-token.ts';
import { invocationsSince } from './accept/function-logs.ts';
import { measureLatency } from './accept/latency.ts';
import { clearStack, type OwnStack, ownStack } from './accept/own-stack.ts';
import { functionLines, latencyLines } from './accept/report.ts';
import { runTests, testsMs } from './accept/run-tests.ts';
import { lifetimeNotice } from './accept/token-lifetime.ts';
import { flagsOf, httpAddress, runCommand } from './command-line.ts';
import { refused } from './refused.ts';

const DEFAULT_READINGS = '40';
const HELP = `npm run accept:aws -- --stack NAME [--region R] [--endpoint-url URL] [--use-default-battery | --empty-stack]
                       [--readings N] [--only report|tests]

Runs the acceptance of a stack that is deployed: who is let in, readings by HTTP and by MQTT with a device certificate of
its own, AWS IoT's word on hostile clients and topics, the page; then how long a reading takes until it is shown, and the
functions' cold starts. It needs the credentials of the account, as the AWS CLI does (AWS_PROFILE …), and a token for the
API: AMPHORA_TOKEN, else one of the stack's machine client.

It touches no reading and no device but its own, whose ids begin with accept- and this run's letters; it removes its devices.
The API has no way to remove readings: those of its batteries (about 700) stay, and are named at the end.

With --empty-stack it runs the whole end-to-end suite besides, which counts all that is stored and kept, and so wants a stack
that was made for it: topicRoot battery, no reading in its bucket, nothing in its quarantine and its failure queues, else it
refuses. It deletes all that is in them, again and again, and leaves them empty. The database must be reachable from here.

  --stack NAME           which stack (required)
  --region R             where it is (else AWS_REGION, AWS_DEFAULT_REGION, the profile's)
  --use-default-battery  also the original demo's routes, which write readings of the battery default
  --empty-stack          the stack was made for this run; all that is stored in it is deleted
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
  'empty-stack': { type: 'boolean', default: false },
  readings: { type: 'string', default: DEFAULT_READINGS },
  only: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

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

  const wantsOwn = flags['empty-stack'];
  if (wantsOwn && flags['use-default-battery'])
    throw refused('--empty-stack writes readings of every battery, default too: leave --use-default-battery out');
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const stack = await deployedStack({ stackName, ...(region === undefined ? {} : { region }) });
  const apiUrl = apiAddress(outputOf(stack, 'ApiUrl'));
  const token = await accessToken(stack);
  const given = process.env['AMPHORA_TOKEN'] || undefined;
  const notice =
    given === undefined || only === 'report'
      ? undefined
      : lifetimeNotice(given, { nowMs: Date.now(), neededMs: testsMs(wantsOwn) });
  const prefix = `accept-${Math.floor(Date.now() / 1000).toString(36)}-`;
  say(`The stack ${stackName} in ${stack.region}, account ${stack.account}: ${apiUrl}`);
  if (notice !== undefined) say(notice);
  const own = wantsOwn ? await ownStack(stack) : undefined;
  const beginMs = Date.now();
  if (isEmulator()) for (const line of LEFT_OUT) say(line);
  try {
    const run = { stack, token, prefix, usesDefault: wantsOwn || flags['use-default-battery'], own };
    if (only !== 'report' && own !== undefined) say(SKIPPED);
    if (only !== 'report' && !(await runTests(run))) process.exitCode = 1;
    if (only !== 'tests') {
      const asked = { apiUrl, token, battery: `${prefix}latency`, readings: Number(readings) };
      for (const line of latencyLines(await measureLatency(asked))) say(line);
      for (const line of functionLines(await invocationsSince(stack, beginMs))) say(line);
    }
  } finally {
    if (own === undefined) for (const line of leftLines(prefix)) say(line);
    else await emptied(stack.region, own, say);
  }
}

const SKIPPED =
  'Skipped, and counted at the end: what the suite asks of the local runtime alone (its process, ports, folders and sign-in), and of a database that it can take away.';

async function emptied(region: string, own: OwnStack, say: (line: string) => void): Promise<void> {
  await clearStack(region, own);
  say(
    `Nothing is left behind: the bucket ${own.influx.read.bucket}, the quarantine and the failure queues are empty again.`,
  );
}

const isEmulator = (): boolean => (process.env['AWS_ENDPOINT_URL'] ?? '') !== '';

// Jest names no test of a file that it skips whole.
const LEFT_OUT = [
  'An emulator plays AWS here. Left out, for only AWS has it:',
  '  the pairs of client and topic of test/golden/device-pairs.json (iot:TestAuthorization)',
  '  a device with its certificate at the broker (TLS with client certificates, policies on MQTT)',
  '  the page behind CloudFront, its headers, and the API below /api',
];

const leftLines = (prefix: string): readonly string[] => [
  `Left behind: readings of the batteries ${prefix}…, which any tool of the database removes, for InfluxDB:`,
  `  influx delete --bucket BUCKET --start 1970-01-01T00:00:00Z --stop 2100-01-01T00:00:00Z --predicate 'battery="${prefix}one"'`,
  '  (one command for each of them; GET /batteries lists them; BUCKET is the setting influxBucket)',
];

if (import.meta.main) await runCommand(acceptCommand);
