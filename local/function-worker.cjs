/**
 * One function environment: loads a bundled handler and runs the events it is given, one at a time. Plain JavaScript,
 * because the type stripper would cost each environment several megabytes, and CommonJS as the handlers are: with the ESM
 * loader each environment starts 10 ms later.
 *
 * In: `{ jobs: [{ id, event, requestId }] }`. Out: `{ loaded: true }` once, then `{ results: [{ id, ok, value | error }] }`.
 * `clock[0]` is the time at which the running event began (0: none runs), so that the host can see one that hangs even
 * when this thread never yields.
 */
const { parentPort, workerData } = require('node:worker_threads');

const { modulePath, handlerName, functionName, memoryMb, timeoutMs, arn, clock } = workerData;
const times = new Float64Array(clock);
const handler = require(modulePath)[handlerName];
if (typeof handler !== 'function') throw new Error(`${modulePath} exports no function '${handlerName}'`);

const context = (requestId, deadlineMs) => ({
  functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: arn,
  memoryLimitInMB: String(memoryMb),
  awsRequestId: requestId,
  logGroupName: `/aws/lambda/${functionName}`,
  logStreamName: 'local',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
});

async function run({ id, event, requestId }) {
  times[0] = Date.now();
  try {
    const value = await handler(event, context(requestId, times[0] + timeoutMs));
    return { id, ok: true, value };
  } catch (error) {
    return { id, ok: false, error: { name: String(error?.name ?? 'Error'), message: String(error?.message ?? error) } };
  } finally {
    times[0] = 0;
  }
}

// An answer that cannot be copied (a function, a symbol) is its own handler's fault: the others of the group stand.
function copyable(result) {
  try {
    structuredClone(result);
    return result;
  } catch (error) {
    return { id: result.id, ok: false, error: { name: 'Runtime.MarshalError', message: String(error) } };
  }
}

async function runGroup(jobs) {
  const results = [];
  for (const job of jobs) {
    times[1] = job.id;
    results.push(await run(job));
  }
  try {
    parentPort.postMessage({ results });
  } catch {
    parentPort.postMessage({ results: results.map(copyable) });
  }
}

// A second group is sent ahead while the first runs. It waits for its end: one event at a time, and answers in order.
let running = Promise.resolve();
parentPort.on('message', ({ jobs }) => {
  running = running.then(() => runGroup(jobs));
});
parentPort.postMessage({ loaded: true });
