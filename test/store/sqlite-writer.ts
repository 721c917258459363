/**
 * A process or a worker thread that writes: the first 200 points are the same for all writers, the rest are its own.
 * Arguments: the store's file, the writer's name. Prints how many points had which outcome.
 */
import { argv } from 'node:process';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import { point, START_MS } from './arbitraries.ts';

const [file = '', name = ''] = argv.slice(2);
const store = sqliteStore({ file, createIfMissing: true });
const counts: Record<string, number> = {};
for (let index = 0; index < 400; index++) {
  const battery = index < 200 ? 'all' : name;
  const [outcome] = await store.append([point(battery, START_MS + index, { charge: index })]);
  if (outcome !== undefined) counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1;
}
await store.close();
console.log(JSON.stringify(counts));
