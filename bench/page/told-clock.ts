/**
 * Preloaded into a runtime that a bench drives, and by itself into its functions: the clock is what a file says, a number of
 * milliseconds since 1970 in eight bytes. `NODE_OPTIONS=--import=file:///…/told-clock.ts?file=FILE`.
 */
import { openSync, readSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

const file = openSync(new URL(import.meta.url).searchParams.get('file') ?? '', 'r');
const told = new Float64Array(1);

Date.now = () => {
  readSync(file, told, 0, told.byteLength, 0);
  return told[0] ?? Number.NaN;
};

// A function's environment has variables of its own, so that no preload comes to it with them.
Reflect.set(
  threads,
  'Worker',
  new Proxy(threads.Worker, {
    construct: (worker, [path, options], made) =>
      Reflect.construct(worker, [path, { ...Object(options), execArgv: [`--import=${import.meta.url}`] }], made),
  }),
);
syncBuiltinESMExports();
