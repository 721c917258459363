/** Sends to the queue `q` of the file named until it is killed, and prints each body that was taken. */
import { systemClock } from '../../../local/clock.ts';
import { openQueues } from '../../../local/sqs/queues.ts';

const LANES = 8;

const queue = openQueues(process.argv[2] ?? '', systemClock).queue({ name: 'q', visibilityMs: 30_000 });
let sent = 0;
const lane = async (): Promise<never> => {
  for (;;) {
    const body = `message ${sent++}`;
    await queue.send(body);
    process.stdout.write(`${body}\n`);
  }
};
await Promise.all(Array.from({ length: LANES }, lane));
