/** Whether a stack is Amphora's: another one of that name is left alone. */
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';
import type { StackPlace } from './deployed-stack.ts';
import type { StackState } from './stack-state.ts';

// lib/amphora-stack.ts begins the description so.
const OURS = 'Amphora:';

export async function isAmphoras(place: StackPlace, { description }: StackState): Promise<boolean> {
  if (description !== '') return description.startsWith(OURS);
  // MiniStack forgets the description of a stack that was made by a change set, not its template.
  const client = new CloudFormationClient(clientOptions(place.region));
  try {
    const question = client.send(new GetTemplateCommand({ StackName: place.stackName }));
    const { TemplateBody: text = '' } = await asked(`give the template of ${place.stackName}`, question);
    return new RegExp(`"Description"\\s*:\\s*"${OURS}`).test(text);
  } finally {
    client.destroy();
  }
}
