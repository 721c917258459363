/** What is done to a stack besides deploying it: its deletion, the undoing of a failed update, its protection. */
import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  ContinueUpdateRollbackCommand,
  DeleteStackCommand,
  RollbackStackCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';
import type { StackPlace } from './deployed-stack.ts';

/** Begins it: with the role that deployed the stack, which CloudFormation remembers. `how`: as stackState has it. */
export function beginDeletion(place: StackPlace, how?: CloudFormationClientConfig): Promise<void> {
  const begin = (client: CloudFormationClient): Promise<unknown> =>
    client.send(new DeleteStackCommand({ StackName: place.stackName }));
  return withClient(place, 'delete the stack', begin, how);
}

/** Begins to undo an update that failed and was left as it was (UPDATE_FAILED). */
export function beginRollback(place: StackPlace): Promise<void> {
  return withClient(place, 'undo the failed update', (client) =>
    client.send(new RollbackStackCommand({ StackName: place.stackName })),
  );
}

/** Goes on with an undoing that failed itself (UPDATE_ROLLBACK_FAILED). */
export function continueRollback(place: StackPlace): Promise<void> {
  return withClient(place, 'go on undoing the failed update', (client) =>
    client.send(new ContinueUpdateRollbackCommand({ StackName: place.stackName })),
  );
}

export function allowDeletion(place: StackPlace): Promise<void> {
  const change = { StackName: place.stackName, EnableTerminationProtection: false };
  return withClient(place, "switch off the stack's termination protection", (client) =>
    client.send(new UpdateTerminationProtectionCommand(change)),
  );
}

async function withClient(
  { region, stackName }: StackPlace,
  what: string,
  act: (client: CloudFormationClient) => Promise<unknown>,
  how: CloudFormationClientConfig = clientOptions(region),
): Promise<void> {
  const client = new CloudFormationClient(how);
  try {
    await asked(`${what} ${stackName}`, act(client));
  } finally {
    client.destroy();
  }
}
