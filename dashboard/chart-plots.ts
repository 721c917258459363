/** All of uPlot: power above and below zero on one scale, the charge level in a strip of its own under it. */
import uPlot from 'uplot';
import type { Extent } from './axis.ts';
import { addNames, drawHatch, drawZeroLine, type Plane } from './chart-marks.ts';
import { alone, type ChartModel, type Column } from './chart-model.ts';
import { AREA, axisPx, BAND, type ChartStyle, LABEL_GAP_PX, withAlpha } from './chart-style.ts';
import { axisText, clockText, timeText } from './format.ts';
import type { Window } from './range.ts';

export type ChartKind = 'line' | 'bar';

/** What the plots are drawn from. */
export type Scene = {
  readonly style: ChartStyle;
  readonly kind: ChartKind;
  model: ChartModel;
  extent: Extent;
  /** Where a gesture has moved the view to, while it goes on. */
  held: Window | undefined;
  /** Left of the power's plot, as its labels need; the strip below begins under it. */
  axisPx: number;
};

export function viewOf({ held, model }: Scene): Window {
  return held ?? model;
}

export type Size = { readonly width: number; readonly height: number };

export function sizeOf(box: HTMLElement): Size {
  return { width: box.clientWidth, height: box.clientHeight };
}

// Charge above: mean with its area, and the band from least to most behind it. Discharge the same, below.
const BAR_SHARE = 0.8;
const SERIES = [
  'charge.high',
  'charge.low',
  'charge.mean',
  'discharge.low',
  'discharge.high',
  'discharge.mean',
] as const;

export function powerData(model: ChartModel, kind: ChartKind): uPlot.AlignedData {
  const { xMs, charge, discharge, beginMs, endMs, isReading } = model;
  // Without any instant uPlot draws no scale.
  if (xMs.length === 0) return [[beginMs, endMs], ...SERIES.map(() => [null, null])];
  const columns = [charge.high, charge.low, charge.mean, discharge.low, discharge.high, discharge.mean];
  if (kind === 'line') return [[...xMs], ...columns.map((column) => [...column])];
  // A bar is a reading's; the instants between would make all bars narrow, and `undefined` hides them from uPlot.
  const shown = (value: number | null, i: number): number | null | undefined =>
    isReading[i] === true ? value : undefined;
  return [[...xMs], ...columns.map((column) => column.map(shown))];
}

export function socData({ soc, beginMs, endMs }: ChartModel): uPlot.AlignedData {
  return soc === undefined
    ? [
        [beginMs, endMs],
        [null, null],
      ]
    : [[...soc.xMs], [...soc.percent]];
}

export function powerPlot(box: HTMLElement, size: Size, scene: Scene): uPlot {
  const { style, kind } = scene;
  const isBar = kind === 'bar';
  // As wide as its step, whatever the distance to the next reading.
  const bars: uPlot.Series.PathBuilder = (plot, ...rest) => {
    const { beginMs, stepMs } = scene.model;
    const stepPx = plot.valToPos(beginMs + stepMs, 'x') - plot.valToPos(beginMs, 'x');
    return uPlot.paths.bars?.({ size: [1, BAR_SHARE * stepPx, 1], align: 0 })(plot, ...rest) ?? null;
  };
  const lines = uPlot.paths.linear?.();
  const steps = uPlot.paths.stepped?.({ align: 1 });
  const paths: uPlot.Series.PathBuilder = (plot, i, from, to) =>
    (isBar ? bars : scene.model.isHeld ? steps : lines)?.(plot, i, from, to) ?? null;
  const mean = (colour: string, column: (model: ChartModel) => Column): uPlot.Series => ({
    scale: 'kw',
    stroke: colour,
    width: isBar ? 0 : style.linePx,
    ...(isBar
      ? { fill: style.hasAreas ? withAlpha(colour, 0.75) : colour }
      : style.hasAreas
        ? { fill: withAlpha(colour, AREA) }
        : {}),
    fillTo: 0,
    paths,
    points: dotted(colour, () => (isBar ? null : dots(scene.model, column(scene.model)))),
  });
  const edge: uPlot.Series = { scale: 'kw', width: 0, paths, points: { show: false }, show: !isBar };
  return new uPlot(
    {
      ...base(size),
      // Its ends are known (chart.ts sets them): uPlot need not look for them in the data, at each drawing and each movement of the view.
      scales: { x: xScale(scene), kw: { auto: false, range: () => [-scene.extent.down, scene.extent.up] } },
      series: [
        {},
        edge,
        edge,
        mean(style.charge, (model) => model.charge.mean),
        edge,
        edge,
        mean(style.discharge, (model) => model.discharge.mean),
      ],
      ...(isBar || !style.hasAreas
        ? {}
        : {
            bands: [
              { series: [1, 2], fill: withAlpha(style.charge, BAND) },
              { series: [4, 5], fill: withAlpha(style.discharge, BAND) },
            ],
          }),
      axes: [
        xAxis(scene, scene.model.soc === undefined),
        {
          ...yAxis(scene, 'kw'),
          size: (plot, labels) => {
            scene.axisPx = axisPx(plot.ctx, labels ?? [], style);
            return scene.axisPx;
          },
        },
      ],
      hooks: {
        drawAxes: [
          (plot) => {
            const plane = planeOf(plot, 'kw');
            for (const gap of scene.model.notObserved)
              drawHatch(plane, gap.beginMs, gap.endMs, plane.yOf(0), 7, style.hatch);
          },
        ],
        draw: [(plot) => drawZeroLine(planeOf(plot, 'kw'), scene.model.untilMs, style)],
        init: [({ over }) => addNames(over)],
      },
    },
    powerData(scene.model, kind),
    box,
  );
}

// Not shown but for what the filter finds: of shown ones, even of none, uPlot makes a path and a clip at each drawing.
function dotted(fill: string, filter: () => number[] | null): uPlot.Series.Points {
  return { show: false, size: 5, width: 0, fill, filter };
}

// A plot asks at each drawing, also while only its view moves.
const dotsByColumn = new WeakMap<Column, number[] | null>();

// Where each value was sent, if a value stands until the next one; else only what no line reaches. Null: nowhere.
function dots({ isHeld, isReading }: Pick<ChartModel, 'isHeld' | 'isReading'>, column: Column): number[] | null {
  const known = dotsByColumn.get(column);
  if (known !== undefined) return known;
  const isSent = (value: number | null, i: number): boolean => value !== null && value !== 0 && isReading[i] === true;
  const indexes = isHeld ? column.flatMap((value, i) => (isSent(value, i) ? [i] : [])) : alone(column);
  const found = indexes.length === 0 ? null : indexes;
  dotsByColumn.set(column, found);
  return found;
}

const NOT_HELD = { isHeld: false, isReading: [] } as const;

export function socPlot(box: HTMLElement, size: Size, scene: Scene): uPlot {
  const { style } = scene;
  return new uPlot(
    {
      ...base(size),
      scales: { x: xScale(scene), percent: { range: [0, 100] } },
      series: [
        {},
        {
          scale: 'percent',
          stroke: style.soc,
          width: style.linePx,
          points: dotted(style.soc, () => dots(NOT_HELD, scene.model.soc?.percent ?? [])),
        },
      ],
      axes: [
        xAxis(scene, true),
        {
          ...yAxis(scene, 'percent'),
          size: () => scene.axisPx,
          splits: [0, 50, 100],
          values: (_, splits) => splits.map((split) => `${split} %`),
        },
      ],
    },
    socData(scene.model),
    box,
  );
}

function base(size: Size): Pick<uPlot.Options, 'width' | 'height' | 'ms' | 'legend' | 'cursor' | 'padding'> {
  const ignored = (): null => null;
  return {
    ...size,
    ms: 1,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 7, width: 0, fill: (plot, i) => seriesColour(plot, i), show: true },
      // The page's own gestures move it.
      bind: {
        mousemove: ignored,
        mousedown: ignored,
        mouseup: ignored,
        mouseenter: ignored,
        mouseleave: ignored,
        dblclick: ignored,
        click: ignored,
      },
      drag: { x: false, y: false, setScale: false },
    },
  };
}

function xScale(scene: Scene): uPlot.Scale {
  return {
    time: true,
    range: () => {
      const { beginMs, endMs } = viewOf(scene);
      return [beginMs, endMs];
    },
  };
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function xAxis(scene: Scene, hasLabels: boolean): uPlot.Axis {
  const { style } = scene;
  return {
    show: true,
    ...lines(style),
    size: hasLabels ? 2 * style.remPx : 8,
    space: 5.5 * style.remPx,
    values: (plot, splits, _axis, _space, stepMs) => {
      // A label at the very edge would be cut. From the whole width: the plot's own is not known at its first drawing.
      const { beginMs, endMs } = viewOf(scene);
      const isWhole = (atMs: number): boolean => ((endMs - atMs) / (endMs - beginMs)) * plot.width > 1.5 * style.remPx;
      return splits.map((atMs) => (hasLabels && isWhole(atMs) ? timeLabel(atMs, stepMs) : ''));
    },
  };
}

function timeLabel(atMs: number, stepMs: number): string {
  const isMidnight = new Date(atMs).getHours() === 0 && new Date(atMs).getMinutes() === 0;
  if (stepMs >= DAY_MS || (isMidnight && stepMs >= MINUTE_MS)) return timeText(atMs, atMs, 'day');
  return clockText(atMs, stepMs < MINUTE_MS ? 'second' : 'minute');
}

function yAxis({ style }: Scene, scale: string): uPlot.Axis {
  return {
    scale,
    ...lines(style),
    space: 2.25 * style.remPx,
    values: (_, splits) => splits.map((split) => axisText(split, Math.abs((splits[1] ?? 1) - (splits[0] ?? 0)))),
  };
}

function lines(style: ChartStyle): uPlot.Axis {
  return {
    stroke: style.muted,
    font: style.font,
    gap: LABEL_GAP_PX,
    grid: { stroke: style.hairline, width: 1 },
    ticks: { show: false },
  };
}

function seriesColour(plot: uPlot, i: number): string {
  const stroke = plot.series[i]?.stroke;
  const colour = typeof stroke === 'function' ? stroke(plot, i) : stroke;
  // An edge of the band has no colour and shows no dot.
  return typeof colour === 'string' ? colour : 'transparent';
}

function planeOf(plot: uPlot, scale: string): Plane {
  return {
    context: plot.ctx,
    ...plot.bbox,
    left: plot.bbox.left,
    pixelRatio: uPlot.pxRatio,
    xOf: (atMs) => plot.valToPos(atMs, 'x', true),
    yOf: (value) => plot.valToPos(value, scale, true),
  };
}
