/** What waits in a stack's queues before it goes: as long as it is there it brings that back by itself, and after that nobody does. */
import { queueDepth } from '../../cloud/queue-depth.ts';

const OUTPUTS = ['UnwrittenReadingsUrl', 'UndeliveredMessagesUrl', 'DeadMessagesUrl', 'BufferedMessagesUrl'];

/** None where nothing waits. */
export async function waitingLines(
  region: string,
  outputs: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const output of OUTPUTS) {
    const url = outputs[output];
    const messages = url === undefined ? 0 : ((await queueDepth(region, url))?.messages ?? 0);
    if (messages === 0) continue;
    lines.push(`  ${output.replace(/Url$/, '')}: ${messages} ${messages === 1 ? 'message' : 'messages'}`);
  }
  if (lines.length === 0) return [];
  return [
    "These wait in the stack's queues, and are not in the database yet:",
    ...lines,
    'As long as the stack is there it stores them by itself, every quarter of an hour: answer no, and look with ./amphora redrive.',
  ];
}
