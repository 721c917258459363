/** `npm run deploy`: the stack into the AWS account of the credentials at hand, with everything around `cdk deploy`. */
import { join } from 'node:path';
import { flagsOf, runCommand, stopSignal, typedAgain } from './command-line.ts';
import { deployStack } from './deploy/deploy-stack.ts';
import { AWS_OPTIONS, settingsOf, useProfile } from './deploy/flags.ts';
import { confirmer } from './deploy/question.ts';
import { deployedLines } from './deploy/told.ts';

const ROOT = join(import.meta.dirname, '..');
const HELP = `npm run deploy -- [-c KEY=VALUE …] [--profile P] [--region R] [--yes] [--replace LOGICAL_ID …]

Deploys the stack into the AWS account of the credentials at hand: prepares the account when that is needed (cdk bootstrap),
shows what would change (cdk diff), stops before anything that holds data would be replaced or removed, asks, and deploys
(cdk deploy). May be typed again at any time: what an interrupted or failed deploy left is mended.

  -c KEY=VALUE          a setting, as cdk takes it; those of cdk.json hold too; docs/settings.md lists them
  --profile P           of the AWS configuration (else AWS_PROFILE, AWS_ACCESS_KEY_ID …)
  --region R            (else AWS_REGION, AWS_DEFAULT_REGION, the profile's)
  --yes                 asks nothing; what holds data is still not touched
  --replace LOGICAL_ID  lets this one be replaced or removed though it holds data; the stop names it

With AWS_ENDPOINT_URL and -c stage=emulator it deploys into an emulator; npm run deploy:local also sets up a database there.
Exit codes: 0 deployed, or nothing to change; 2 not.
`;

const OPTIONS = {
  ...AWS_OPTIONS,
  replace: { type: 'string', multiple: true, default: [] as string[] },
} as const;

async function deployCommand(): Promise<void> {
  const flags = flagsOf(OPTIONS, 'deploy');
  if (flags.help) return void process.stdout.write(HELP);
  const given = settingsOf(flags.context);
  useProfile(flags.profile);
  const signal = stopSignal();
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const deployed = await deployStack({
    ...given,
    root: ROOT,
    region: flags.region,
    replace: flags.replace,
    typed: typedAgain('deploy'),
    confirm: confirmer({ isAgreed: flags.yes, signal }),
    say,
    signal,
  });
  for (const line of await deployedLines(deployed, given.settings)) say(line);
}

if (import.meta.main) await runCommand(deployCommand);
