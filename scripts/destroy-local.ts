/** `npm run destroy:local`: the stack out of the emulator again. What InfluxDB holds stays. */
import { flagsOf, runCommand } from './command-line.ts';
import { destroyLocal } from './emulator/local-stack.ts';
import { ENDPOINT_VARIABLE, endpointHere, STACK_OPTIONS, stackNames } from './emulator/stack-flags.ts';

const HELP = `npm run destroy:local -- [--stack-name NAME]

Removes the stack from the emulator at ${ENDPOINT_VARIABLE} (default http://127.0.0.1:4566). The readings in InfluxDB stay.

  --stack-name NAME  default Amphora

Exit codes: 0 it is gone, or was not there; 2 it could not be removed.
`;

async function destroyCommand(): Promise<void> {
  const { help, ...flags } = flagsOf({ help: { type: 'boolean', default: false }, ...STACK_OPTIONS }, 'destroy:local');
  if (help) return void process.stdout.write(HELP);
  const { stackName } = stackNames(flags);
  const endpoint = endpointHere();
  const wasThere = await destroyLocal({ endpoint, stackName });
  process.stdout.write(
    wasThere
      ? `The stack ${stackName} is removed; npm run deploy:local deploys it again\n`
      : `There is no stack ${stackName} at ${endpoint}; nothing was changed\n`,
  );
}

if (import.meta.main) await runCommand(destroyCommand);
