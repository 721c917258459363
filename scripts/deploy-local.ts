/** `npm run deploy:local`: the stack into an emulator of AWS that runs already, with an InfluxDB that does. */
import { join } from 'node:path';
import { flagsOf, httpAddress, runCommand, stopSignal } from './command-line.ts';
import { adminToken, EMULATOR_TOKEN_FILE } from './emulator/compose-file.ts';
import { deployLocal } from './emulator/local-stack.ts';
import { DEPLOY_OPTIONS, deployedLines, ENDPOINT_VARIABLE, endpointHere, stackNames } from './emulator/stack-flags.ts';

const ROOT = join(import.meta.dirname, '..');
const DEFAULT_INFLUX_URL = 'http://127.0.0.1:8086';
const HELP = `npm run deploy:local -- [--influx-url URL] [--influx-url-here URL] [--influx-org ORG] [--influx-bucket BUCKET]
                         [--stack-name NAME] [--topic-root ROOT] [--sign-in] [--verbose]

Deploys the stack into the emulator at ${ENDPOINT_VARIABLE} (default http://127.0.0.1:4566), with the tokens of an
InfluxDB 2 beside it, and prints the page's address. May be typed again at any time: what is there stays, and what an
interrupted deploy left is mended.

  --influx-url URL       the InfluxDB as the emulator's functions see it (default ${DEFAULT_INFLUX_URL})
  --influx-url-here URL  the same InfluxDB as this machine sees it, when that is another address
  --influx-org ORG       default ENI
  --influx-bucket BUCKET default battery1; made when it is not there
  --stack-name NAME      default Amphora; npm run destroy:local removes the stack
  --topic-root ROOT      first level of every topic (default battery)
  --sign-in              only who signs in reaches the API, with the emulator's Cognito; a machine client is made too
  --verbose              all that cdklocal prints

INFLUX_ADMIN_TOKEN is the token that may make tokens; the default is that of a running npm run emulator, which is in
${EMULATOR_TOKEN_FILE}, else that of docker-compose.localstack.yml.
Exit codes: 0 deployed, 2 not.
`;

const OPTIONS = {
  'influx-url': { type: 'string', default: DEFAULT_INFLUX_URL },
  'influx-url-here': { type: 'string' },
  'influx-org': { type: 'string', default: 'ENI' },
  'influx-bucket': { type: 'string', default: 'battery1' },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  ...DEPLOY_OPTIONS,
} as const;

async function deployCommand(): Promise<void> {
  const flags = flagsOf(OPTIONS, 'deploy:local');
  if (flags.help) return void process.stdout.write(HELP);
  const url = httpAddress('--influx-url', flags['influx-url']);
  const urlHere = httpAddress('--influx-url-here', flags['influx-url-here'] ?? url);
  const { token, foundIn } = await adminToken(ROOT);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const stack = await deployLocal({
    root: ROOT,
    endpoint: endpointHere(),
    ...stackNames(flags),
    hasSignIn: flags['sign-in'],
    influx: { url, urlHere, org: flags['influx-org'], bucket: flags['influx-bucket'], adminToken: token },
    say,
    onLine: flags.verbose ? say : undefined,
    signal: stopSignal(),
  });
  const influx = { url: urlHere, org: flags['influx-org'], bucket: flags['influx-bucket'], tokenIn: foundIn };
  for (const line of deployedLines(stack, influx)) say(line);
}

if (import.meta.main) await runCommand(deployCommand);
