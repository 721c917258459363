/** The chart of the page beside bare uPlot: the same data in as many plots and series, until their pixels can be read. */
import uPlot from 'uplot';
import type { Series, SeriesField } from '../../../dashboard/answers.ts';
import { createChart } from '../../../dashboard/chart.ts';
import { scaled } from '../../../dashboard/chart-gestures.ts';
import { chartModel } from '../../../dashboard/chart-model.ts';
import { powerData, type Size, sizeOf, socData } from '../../../dashboard/chart-plots.ts';
import { AREA, BAND, withAlpha } from '../../../dashboard/chart-style.ts';
import type { Window } from '../../../dashboard/range.ts';
import type { DrawTimes } from '../draw-times.ts';

const STEP_MS = 1000;
const WIDTH_PX = 800;
const CHARGE = '#0a66c2';
const DISCHARGE = '#b45309';
const SOC = '#4a4f57';
const FACTORS = [1 / 1.2, 1 / 1.2, 1 / 1.2, 1.2, 1.2, 1.2];

/** In turns, so often. */
async function measure(points: number, turns: number): Promise<DrawTimes> {
  const series = invented(points);
  const times = {
    model: [] as number[],
    draw: [] as number[],
    bareDraw: [] as number[],
    zoom: [] as number[],
    bareZoom: [] as number[],
  };
  for (let turn = 0; turn < turns; turn += 1) {
    const beganMs = performance.now();
    const model = chartModel(series, series.endMs);
    times.model.push(performance.now() - beganMs);
    const ours = host();
    const chart = createChart(ours, { onLook: nothing, onWindow: nothing, onWidth: nothing });
    const [powerSize, socSize] = [sizeIn(ours, '.plot-power'), sizeIn(ours, '.plot-soc')];
    const bare = host();
    let plots: readonly uPlot[] = [];
    const drawOurs = async (): Promise<unknown> =>
      times.draw.push(await untilReadable(ours, () => chart.draw(model, 'line')));
    const drawBare = async (): Promise<unknown> =>
      times.bareDraw.push(
        await untilReadable(bare, () => {
          const power = barePower(boxIn(bare), powerSize, powerData(model, 'line'));
          plots = [power, bareSoc(boxIn(bare), socSize, socData(model))];
        }),
      );
    // Whichever is first has the model's garbage collected in its time.
    for (const draw of turn % 2 === 0 ? [drawOurs, drawBare] : [drawBare, drawOurs]) await draw();
    let view: Window = series;
    for (const factor of FACTORS) {
      times.zoom.push(await untilReadable(ours, () => wheel(ours, factor)));
      view = scaled(view, factor, (view.beginMs + view.endMs) / 2);
      const [min, max] = [view.beginMs, view.endMs];
      times.bareZoom.push(
        await untilReadable(bare, () => {
          for (const plot of plots) plot.setScale('x', { min, max });
        }),
      );
    }
    chart.destroy();
    for (const plot of plots) plot.destroy();
    ours.remove();
    bare.remove();
  }
  return times;
}

Reflect.set(globalThis, 'measureDrawing', measure);

function nothing(): void {}

/** uPlot draws in a microtask; to read a pixel is to wait for all that was drawn before it. */
async function untilReadable(place: HTMLElement, draw: () => void): Promise<number> {
  const beganMs = performance.now();
  draw();
  await Promise.resolve();
  for (const canvas of place.querySelectorAll('canvas')) canvas.getContext('2d')?.getImageData(0, 0, 1, 1);
  return performance.now() - beganMs;
}

function host(): HTMLElement {
  const place = document.createElement('div');
  place.style.width = `${WIDTH_PX}px`;
  document.body.append(place);
  return place;
}

function boxIn(place: HTMLElement): HTMLElement {
  const box = document.createElement('div');
  place.append(box);
  return box;
}

/** As a hand does it, with Ctrl, in the middle of the plot. */
function wheel(place: HTMLElement, factor: number): void {
  const over = place.querySelector('.u-over');
  const box = over?.getBoundingClientRect();
  if (over === null || box === undefined) throw new Error('the chart has no plot');
  const clientX = box.left + box.width / 2;
  over.dispatchEvent(
    new WheelEvent('wheel', { deltaY: factor > 1 ? 1 : -1, ctrlKey: true, clientX, cancelable: true }),
  );
}

function sizeIn(place: HTMLElement, selector: string): Size {
  const box = place.querySelector<HTMLElement>(selector);
  if (box === null) throw new Error(`the chart has no ${selector}`);
  return sizeOf(box);
}

/** As large as the page's, which its style says, or less would have to be filled. */
function bareSize(
  size: Size,
  axisPx: number,
): Pick<uPlot.Options, 'width' | 'height' | 'ms' | 'legend' | 'padding' | 'axes'> {
  return {
    ...size,
    ms: 1,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    axes: [{ size: axisPx }, { size: 52 }],
  };
}

/** Where the page's axis ends for these data, up and down. */
const END_KW = 5;

// On the page's scale for the same reason: uPlot's own reaches to 5.6. It looks for the ends in the data all the same.
function barePower(box: HTMLElement, size: Size, data: uPlot.AlignedData): uPlot {
  const edge: uPlot.Series = { width: 0, points: { show: false } };
  const mean = (colour: string): uPlot.Series => ({
    stroke: colour,
    width: 1.5,
    fill: withAlpha(colour, AREA),
    fillTo: 0,
  });
  const bands = [
    { series: [1, 2], fill: withAlpha(CHARGE, BAND) },
    { series: [4, 5], fill: withAlpha(DISCHARGE, BAND) },
  ] satisfies uPlot.Band[];
  const series = [{}, edge, edge, mean(CHARGE), edge, edge, mean(DISCHARGE)];
  const scales: uPlot.Scales = { y: { range: () => [-END_KW, END_KW] } };
  return new uPlot({ ...bareSize(size, 8), series, bands, scales }, data, box);
}

function bareSoc(box: HTMLElement, size: Size, data: uPlot.AlignedData): uPlot {
  const series = [{}, { stroke: SOC, width: 1.5 }];
  return new uPlot({ ...bareSize(size, 32), series }, data, box);
}

/** Days of charging and discharging, with a silence now and then. */
function invented(points: number): Series {
  const beginMs = Date.UTC(2026, 0, 1);
  const steps = Array.from({ length: points }, (_, i) => i).filter((i) => i % 20_000 < 19_000);
  const powerAt = (i: number): number => 4 * Math.sin((i / points) * 40 * Math.PI) + Math.sin(i * 1.7) / 4;
  const side = (sign: 1 | -1): SeriesField =>
    field(
      steps.filter((i) => sign * powerAt(i) > 0),
      (i) => sign * powerAt(i),
      'kW',
    );
  const soc = field(steps, (i) => 50 + 40 * Math.cos((i / points) * 40 * Math.PI), '%');
  return {
    battery: 'bench',
    beginMs,
    endMs: beginMs + points * STEP_MS,
    stepMs: STEP_MS,
    periodS: 1,
    nearestBeforeMs: undefined,
    nearestAfterMs: undefined,
    fieldByName: new Map([
      ['charge', side(1)],
      ['discharge', side(-1)],
      ['soc', soc],
    ]),
  };

  function field(indexes: readonly number[], valueAt: (i: number) => number, unit: string): SeriesField {
    const mean = indexes.map(valueAt);
    return {
      unit,
      isDerived: false,
      statistics: { count: mean.length, min: 0, max: 0, mean: 0 },
      atMs: indexes.map((i) => beginMs + i * STEP_MS),
      min: mean.map((value) => value * 0.9),
      max: mean.map((value) => value * 1.1),
      mean,
      count: mean.map(() => 1),
    };
  }
}
