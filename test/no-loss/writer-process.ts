/** A process that is one environment of the writer's function: hands it the events of a file, line by line. */
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { handler } from '../../lambdas/writer.ts';

for (const line of readFileSync(argv[2] ?? '', 'utf8').split('\n')) {
  const answer = await handler(JSON.parse(line));
  // Of a batch from a queue, what it did not take.
  if ('batchItemFailures' in answer && answer.batchItemFailures.length > 0)
    throw new Error(`given back: ${JSON.stringify(answer)}`);
}
