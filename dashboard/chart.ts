/** The chart: its two plots, kept in step with the data, the page's width and the hands on it. */
import type uPlot from 'uplot';
import { extentOf, steadyExtent } from './axis.ts';
import { listenForGestures } from './chart-gestures.ts';
import type { ChartModel } from './chart-model.ts';
import { type ChartKind, powerData, powerPlot, type Scene, sizeOf, socData, socPlot, viewOf } from './chart-plots.ts';
import { leastAxisPx, readStyle } from './chart-style.ts';
import type { Window } from './range.ts';

export type ChartEvents = {
  readonly onLook: (atMs: number | undefined) => void;
  /** A stretch was picked in the chart. */
  readonly onWindow: (window: Window) => void;
  readonly onWidth: (widthPx: number) => void;
};

export type Chart = {
  /** Undefined: nothing is known; an older picture must not stay. */
  readonly draw: (model: ChartModel | undefined, kind: ChartKind) => void;
  readonly look: (atMs: number | undefined) => void;
  readonly destroy: () => void;
};

export function createChart(host: HTMLElement, events: ChartEvents): Chart {
  const style = readStyle(host);
  const powerBox = addBox(host, 'plot-power');
  const socBox = addBox(host, 'plot-soc');
  let steady = steadyExtent();
  let scene: Scene | undefined;
  let plots: readonly uPlot[] = [];
  let stopGestures: readonly (() => void)[] = [];

  function look(atMs: number | undefined): void {
    for (const plot of plots) {
      const left = atMs === undefined ? -10 : plot.valToPos(atMs, 'x');
      plot.setCursor({ left, top: left < 0 ? -10 : 1 }, false);
    }
  }

  function show(window: Window | undefined): void {
    if (scene === undefined) return;
    scene.held = window;
    for (const plot of plots) showView(plot, scene);
  }

  function remove(): void {
    for (const stop of stopGestures) stop();
    for (const plot of plots) plot.destroy();
    stopGestures = [];
    plots = [];
  }

  function build(built: Scene): void {
    remove();
    socBox.hidden = built.model.soc === undefined;
    // Both before either is filled: to measure after a change is to lay out the page once more.
    const [powerSize, socSize] = [sizeOf(powerBox), sizeOf(socBox)];
    plots = [powerPlot(powerBox, powerSize, built), ...(socBox.hidden ? [] : [socPlot(socBox, socSize, built)])];
    stopGestures = plots.map((plot) =>
      listenForGestures(plot.over, plot.root.querySelector<HTMLElement>('.u-axis') ?? undefined, {
        view: () => viewOf(built),
        look: events.onLook,
        select: (window) => select(plot, window),
        hold: show,
        release: (window) => (window === undefined ? show(undefined) : events.onWindow(window)),
      }),
    );
  }

  function draw(model: ChartModel | undefined, kind: ChartKind): void {
    if (model === undefined) {
      remove();
      scene = undefined;
      return;
    }
    const before = scene;
    const isSameStretch =
      before?.model.battery === model.battery && before.model.stepMs === model.stepMs && before.kind === kind;
    if (!isSameStretch) steady = steadyExtent();
    const next = { model, extent: steady(extentOf(model), performance.now()), held: undefined };
    if (before?.kind === kind && socBox.hidden === (model.soc === undefined)) {
      scene = Object.assign(before, next);
      const [power, soc] = plots;
      if (power !== undefined) redraw(power, powerData(model, kind), scene);
      if (soc !== undefined) redraw(soc, socData(model), scene);
    } else {
      scene = { ...next, style, kind, axisPx: leastAxisPx(style) };
      build(scene);
    }
  }

  const observer = new ResizeObserver(() => {
    for (const plot of plots) plot.setSize(sizeOf(plot.root.parentElement ?? host));
    // Zero while it leaves the page.
    if (host.clientWidth > 0) events.onWidth(host.clientWidth);
  });
  observer.observe(host);
  return {
    draw,
    look,
    destroy: () => {
      observer.disconnect();
      remove();
      host.replaceChildren();
    },
  };
}

function addBox(host: HTMLElement, name: string): HTMLElement {
  const box = document.createElement('div');
  box.className = name;
  host.append(box);
  return box;
}

function select(plot: uPlot, window: Window | undefined): void {
  const left = window === undefined ? 0 : plot.valToPos(window.beginMs, 'x');
  const width = window === undefined ? 0 : plot.valToPos(window.endMs, 'x') - left;
  plot.setSelect({ left, width, top: 0, height: plot.over.clientHeight }, false);
}

function redraw(plot: uPlot, data: uPlot.AlignedData, scene: Scene): void {
  plot.batch(() => {
    plot.setData(data);
    setEnds(plot, scene);
  });
}

function showView(plot: uPlot, scene: Scene): void {
  const { beginMs, endMs } = viewOf(scene);
  plot.batch(() => {
    plot.setScale('x', { min: beginMs, max: endMs });
    setEnds(plot, scene);
  });
}

// Only of a scale that is set does uPlot find out which of the data are in view.
function setEnds(plot: uPlot, { extent }: Scene): void {
  if ('kw' in plot.scales) plot.setScale('kw', { min: -extent.down, max: extent.up });
  else plot.setScale('percent', { min: 0, max: 100 });
}
