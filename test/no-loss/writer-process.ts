/** A process that is one environment of the writer's function: hands it the envelopes of a file, line by line. */
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { handler } from '../../lambdas/writer.ts';

const counts = { stored: 0, repeated: 0, collided: 0 };
for (const line of readFileSync(argv[2] ?? '', 'utf8').split('\n')) {
  const written = await handler(JSON.parse(line));
  if (!('stored' in written)) throw new Error('an envelope is answered with its own counts');
  const { stored, repeated, collided } = written;
  counts.stored += stored;
  counts.repeated += repeated;
  counts.collided += collided;
}
console.log(JSON.stringify(counts));
