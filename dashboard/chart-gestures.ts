/**
 * Hands on the chart. A mouse looks, and drags out a stretch to zoom into; one finger looks (and still scrolls the page
 * up and down), two pinch; the strip of times under the plot is dragged to move time; the wheel zooms only with Ctrl or
 * after a click in the chart, because a page must scroll.
 */
import type { Window } from './range.ts';

export type Gestures = {
  readonly view: () => Window;
  readonly look: (atMs: number | undefined) => void;
  /** A stretch being dragged out. */
  readonly select: (window: Window | undefined) => void;
  /** Show this stretch while the gesture goes on. */
  readonly hold: (window: Window) => void;
  /** The gesture is over; with a stretch: go there. */
  readonly release: (window: Window | undefined) => void;
};

const DRAG_PX = 6;
const WHEEL_STEP = 1.2;
const WHEEL_REST_MS = 250;

export function listenForGestures(plot: HTMLElement, strip: HTMLElement | undefined, gestures: Gestures): () => void {
  const end = new AbortController();
  const options = { signal: end.signal };
  listenOnPlot(plot, gestures, options);
  listenToWheel(plot, gestures, options);
  if (strip !== undefined) listenOnStrip(strip, plot, gestures, options);
  return () => end.abort();
}

type Options = { readonly signal: AbortSignal };

function timeAt(plot: HTMLElement, { view }: Gestures, clientX: number): number {
  const { left, width } = plot.getBoundingClientRect();
  const { beginMs, endMs } = view();
  return beginMs + Math.min(Math.max((clientX - left) / width, 0), 1) * (endMs - beginMs);
}

function listenOnPlot(plot: HTMLElement, gestures: Gestures, options: Options): void {
  const fingers = new Map<number, number>();
  let dragFromX: number | undefined;
  let pinch: { readonly view: Window; readonly distance: number; readonly middleMs: number } | undefined;
  let pinched: Window | undefined;

  function onDown(event: PointerEvent): void {
    if (event.pointerType === 'mouse') {
      if (event.button !== 0) return;
      dragFromX = event.clientX;
      plot.setPointerCapture(event.pointerId);
      return;
    }
    fingers.set(event.pointerId, event.clientX);
    const [first, second] = [...fingers.values()];
    if (first !== undefined && second !== undefined) {
      const middleMs = timeAt(plot, gestures, (first + second) / 2);
      pinch = { view: gestures.view(), distance: Math.max(Math.abs(first - second), 1), middleMs };
      gestures.look(undefined);
    } else gestures.look(timeAt(plot, gestures, event.clientX));
  }

  function onMove(event: PointerEvent): void {
    if (event.pointerType === 'mouse') {
      const atMs = timeAt(plot, gestures, event.clientX);
      gestures.look(atMs);
      if (dragFromX !== undefined && Math.abs(event.clientX - dragFromX) > DRAG_PX)
        gestures.select(between(timeAt(plot, gestures, dragFromX), atMs));
      return;
    }
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, event.clientX);
    const [first, second] = [...fingers.values()];
    if (pinch !== undefined && first !== undefined && second !== undefined) {
      pinched = scaled(pinch.view, pinch.distance / Math.max(Math.abs(first - second), 1), pinch.middleMs);
      gestures.hold(pinched);
    } else if (pinch === undefined) gestures.look(timeAt(plot, gestures, event.clientX));
  }

  function onUp(event: PointerEvent): void {
    if (event.pointerType === 'mouse') {
      if (dragFromX !== undefined && Math.abs(event.clientX - dragFromX) > DRAG_PX) {
        gestures.release(between(timeAt(plot, gestures, dragFromX), timeAt(plot, gestures, event.clientX)));
      }
      gestures.select(undefined);
      dragFromX = undefined;
      return;
    }
    fingers.delete(event.pointerId);
    if (pinch === undefined || fingers.size > 0) return;
    gestures.release(pinched);
    pinch = undefined;
    pinched = undefined;
  }

  plot.addEventListener('pointerdown', onDown, options);
  plot.addEventListener('pointermove', onMove, options);
  plot.addEventListener('pointerup', onUp, options);
  plot.addEventListener('pointercancel', onUp, options);
  plot.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && gestures.look(undefined), options);
}

function listenOnStrip(strip: HTMLElement, plot: HTMLElement, gestures: Gestures, options: Options): void {
  strip.classList.add('time-strip');
  let from: { readonly x: number; readonly view: Window } | undefined;
  let moved: Window | undefined;
  strip.addEventListener(
    'pointerdown',
    (event) => {
      from = { x: event.clientX, view: gestures.view() };
      strip.setPointerCapture(event.pointerId);
    },
    options,
  );
  strip.addEventListener(
    'pointermove',
    ({ clientX }) => {
      if (from === undefined) return;
      const { beginMs, endMs } = from.view;
      const shiftMs = ((from.x - clientX) / plot.getBoundingClientRect().width) * (endMs - beginMs);
      moved = { beginMs: beginMs + shiftMs, endMs: endMs + shiftMs };
      gestures.hold(moved);
    },
    options,
  );
  const onUp = (): void => {
    if (from !== undefined) gestures.release(moved);
    from = undefined;
    moved = undefined;
  };
  strip.addEventListener('pointerup', onUp, options);
  strip.addEventListener('pointercancel', onUp, options);
}

function listenToWheel(plot: HTMLElement, gestures: Gestures, options: Options): void {
  let isArmed = false;
  let resting: ReturnType<typeof setTimeout> | undefined;
  plot.addEventListener('click', () => (isArmed = true), options);
  plot.addEventListener('pointerleave', () => (isArmed = false), options);
  plot.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !isArmed) return;
      event.preventDefault();
      const factor = event.deltaY > 0 ? WHEEL_STEP : 1 / WHEEL_STEP;
      const zoomed = scaled(gestures.view(), factor, timeAt(plot, gestures, event.clientX));
      gestures.hold(zoomed);
      clearTimeout(resting);
      resting = setTimeout(() => gestures.release(zoomed), WHEEL_REST_MS);
    },
    { ...options, passive: false },
  );
}

/** A stretch made longer or shorter around an instant that stays where it is. */
export function scaled({ beginMs, endMs }: Window, factor: number, aroundMs: number): Window {
  return { beginMs: aroundMs - (aroundMs - beginMs) * factor, endMs: aroundMs + (endMs - aroundMs) * factor };
}

function between(a: number, b: number): Window {
  return { beginMs: Math.min(a, b), endMs: Math.max(a, b) };
}
