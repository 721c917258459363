/** `npm run destroy`: the stack, and the devices that were registered for it, out of the AWS account again. */
import { flagsOf, runCommand, stopSignal, typedAgain } from './command-line.ts';
import { destroyStack } from './deploy/destroy-stack.ts';
import { AWS_OPTIONS, settingsOf, useProfile } from './deploy/flags.ts';
import { confirmer } from './deploy/question.ts';

const HELP = `npm run destroy -- [-c stackName=NAME] [--profile P] [--region R] [--yes]

Removes the stack from the AWS account of the credentials at hand: lists its devices, asks, shuts them out (certificates,
things), switches the termination protection off, deletes the stack, and says what was left on purpose, with the lines that
delete that too. May be typed again at any time: it goes on where it was cut off. The readings stay in their database.

  -c stackName=NAME  default Amphora, or that of cdk.json; the other settings do not matter
  --profile P        of the AWS configuration (else AWS_PROFILE, AWS_ACCESS_KEY_ID …)
  --region R         (else AWS_REGION, AWS_DEFAULT_REGION, the profile's)
  --yes              asks nothing

Exit codes: 0 it is gone, or was not there; 2 not all of it could be removed.
`;

async function destroyCommand(): Promise<void> {
  const flags = flagsOf(AWS_OPTIONS, 'destroy');
  if (flags.help) return void process.stdout.write(HELP);
  const { settings } = settingsOf(flags.context);
  useProfile(flags.profile);
  const signal = stopSignal();
  await destroyStack({
    stackName: settings.stackName,
    region: flags.region,
    typed: typedAgain('destroy'),
    confirm: confirmer({ isAgreed: flags.yes, signal }),
    say: (line) => void process.stdout.write(`${line}\n`),
    signal,
  });
}

if (import.meta.main) await runCommand(destroyCommand);
