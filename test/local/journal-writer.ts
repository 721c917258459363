/** Appends messages of 3 kB to the journal of the folder named, and prints what became of each: `written` or a code. */
import { openJournal } from '../../local/journal.ts';

const { journal } = await openJournal(process.argv[2] ?? '');
const outcomes: string[] = [];
for (let i = 0; i < 13; i++) {
  const message = { topic: 't', payload: Buffer.alloc(3_000, i), receivedAt: i, traceId: `trace-${i}` };
  const outcome = journal.append(message).then(
    () => 'written',
    (error: { readonly code?: string }) => error.code ?? 'an error without a code',
  );
  outcomes.push(await outcome);
}
console.log(JSON.stringify(outcomes));
process.exit(0);
