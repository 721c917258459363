/**
 * What a page that is measured notes of itself, from before its own scripts on: when something is there and painted, in
 * milliseconds since the navigation began, and its long tasks. Read from outside as `noted`.
 */

// A module, so that nothing of it is the page's.
export {};

/** What to look for, by the name under which it is noted. */
type Wanted = Readonly<Record<string, string>>;

const atMsByName = new Map<string, PromiseWithResolvers<number>>();
const longTasksMs: number[] = [];

/** After the next time that a canvas is drawn on: as it begins, in this task or the next, all of it is in the same frame. */
function drawn(): Promise<number> {
  const { prototype } = CanvasRenderingContext2D;
  const clear: unknown = Reflect.get(prototype, 'clearRect');
  if (typeof clear !== 'function') throw new Error('this browser has no canvas');
  return new Promise((resolve) => {
    prototype.clearRect = function (...place) {
      Reflect.set(prototype, 'clearRect', clear);
      afterPaint(() => resolve(performance.now()));
      Reflect.apply(clear, this, place);
    };
  });
}

Reflect.set(globalThis, 'noted', { whenMs: (name: string) => noteOf(name).promise, longTasksMs, drawn });

/** After the frame that shows it: a message that is sent before a frame is painted comes after it. */
function afterPaint(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  requestAnimationFrame(() => port2.postMessage(undefined));
}

/** The same for all who ask. */
function noteOf(name: string): PromiseWithResolvers<number> {
  const note = atMsByName.get(name) ?? Promise.withResolvers<number>();
  atMsByName.set(name, note);
  return note;
}

const seen = new Set<string>();

function look(wanted: Wanted): void {
  for (const [name, selector] of Object.entries(wanted)) {
    if (seen.has(name) || document.querySelector(selector) === null) continue;
    seen.add(name);
    afterPaint(() => noteOf(name).resolve(performance.now()));
  }
}

const WANTED: Wanted = {
  // A number, and not the dash that says that there is none yet.
  number: '.live [data-field="power"][data-value], #bare[data-value]',
  chart: '.plot-power canvas',
};

new MutationObserver(() => look(WANTED)).observe(document, {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: ['data-value'],
});
new PerformanceObserver((list) => {
  longTasksMs.push(...list.getEntries().map(({ duration }) => duration));
}).observe({ type: 'longtask', buffered: true });
