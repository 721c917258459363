/**
 * A page's clock that is driven from outside, from before its own scripts on, so that an hour of it takes as long as its work:
 * `passMs(ms)` runs what is due in that time, and after each waits until what was asked has been answered. What is asked is
 * asked for real, and counted by its path.
 */

// A module, so that nothing of it is the page's.
export {};

type Timer = { readonly run: () => void; readonly everyMs: number | undefined; atMs: number };

const beganMs = Date.now();
const timers = new Map<number, Timer>();
const askedByPath: Record<string, number> = {};
let nowMs = 0;
let nextId = 1;
let unanswered = 0;

function add(run: unknown, delay: unknown, isRepeated: boolean): number {
  if (typeof run !== 'function') throw new TypeError('a timer runs a function');
  const delayMs = Math.max(Number(delay ?? 0), isRepeated ? 1 : 0);
  timers.set(nextId, { run: () => void run(), everyMs: isRepeated ? delayMs : undefined, atMs: nowMs + delayMs });
  nextId += 1;
  return nextId - 1;
}

const remove = (id: unknown): void => void timers.delete(Number(id));

Reflect.set(window, 'setTimeout', (run: unknown, delay: unknown) => add(run, delay, false));
Reflect.set(window, 'setInterval', (run: unknown, delay: unknown) => add(run, delay, true));
Reflect.set(window, 'clearTimeout', remove);
Reflect.set(window, 'clearInterval', remove);
Reflect.set(performance, 'now', () => nowMs);
Reflect.set(Date, 'now', () => beganMs + nowMs);

const askForReal = window.fetch.bind(window);
window.fetch = async (input, init) => {
  const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input, location.href);
  const shape = searchParams.get('shape');
  const name = shape === null ? pathname : `${pathname} ${shape}`;
  askedByPath[name] = (askedByPath[name] ?? 0) + 1;
  unanswered += 1;
  try {
    const response = await askForReal(input, init);
    // Read here, so that nothing of it is still on its way when the page reads it.
    const body = await response.text();
    response.text = () => Promise.resolve(body);
    return response;
  } finally {
    unanswered -= 1;
  }
};

/** A turn of the browser's own loop, which is not driven. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

async function settled(): Promise<void> {
  do await turn();
  while (unanswered > 0);
}

async function passMs(ms: number): Promise<void> {
  const untilMs = nowMs + ms;
  for (;;) {
    await settled();
    const due = [...timers].filter(([, { atMs }]) => atMs <= untilMs).sort(([, a], [, b]) => a.atMs - b.atMs)[0];
    if (due === undefined) break;
    const [id, timer] = due;
    nowMs = Math.max(nowMs, timer.atMs);
    if (timer.everyMs === undefined) timers.delete(id);
    else timer.atMs += timer.everyMs;
    timer.run();
  }
  nowMs = untilMs;
  await settled();
}

Reflect.set(globalThis, 'driven', { passMs, askedByPath });
