/** What the chart shows besides its curves: where nobody was watching, the zero line, and the names of the two halves. */
import type { ChartStyle } from './chart-style.ts';

/** The plot's rectangle in canvas pixels, and its scales. */
export type Plane = {
  readonly context: CanvasRenderingContext2D;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
  readonly xOf: (atMs: number) => number;
  readonly yOf: (value: number) => number;
};

const HATCH_STEP_PX = 6;

/** 45° lines over a stretch of time, `halfPx` above and below a height of the plot. */
export function drawHatch(
  plane: Plane,
  beginMs: number,
  endMs: number,
  y: number,
  halfPx: number,
  colour: string,
): void {
  const { context, pixelRatio } = plane;
  const left = Math.max(plane.xOf(beginMs), plane.left);
  const right = Math.min(plane.xOf(endMs), plane.left + plane.width);
  const half = halfPx * pixelRatio;
  const top = Math.max(y - half, plane.top);
  const height = Math.min(y + half, plane.top + plane.height) - top;
  if (right - left < pixelRatio) return;
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = pixelRatio;
  context.beginPath();
  const step = HATCH_STEP_PX * pixelRatio * Math.SQRT2;
  // From the plot's edge, not the gap's, so that the lines stand still while a gap grows.
  for (let x = plane.left - height + Math.floor((left - plane.left) / step) * step; x < right; x += step) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

/** Always visible; dashed where the future is. */
export function drawZeroLine(plane: Plane, untilMs: number, style: ChartStyle): void {
  const { context, pixelRatio, left, width } = plane;
  const y = Math.round(plane.yOf(0)) + 0.5 * (pixelRatio % 2);
  const right = left + width;
  const until = Math.min(Math.max(plane.xOf(untilMs), left), right);
  context.save();
  context.strokeStyle = style.muted;
  context.lineWidth = pixelRatio;
  drawLine(context, left, until, y);
  context.setLineDash([4 * pixelRatio, 4 * pixelRatio]);
  drawLine(context, until, right, y);
  context.restore();
}

function drawLine(context: Plane['context'], fromX: number, toX: number, y: number): void {
  if (fromX >= toX) return;
  context.beginPath();
  context.moveTo(fromX, y);
  context.lineTo(toX, y);
  context.stroke();
}

/**
 * In the plot, because others draw the two directions the other way round. Beside the canvas, not on it: there they would be
 * drawn again with each movement of the view.
 */
export function addNames(plot: HTMLElement): void {
  for (const name of ['in', 'out']) {
    const [place, unit] = [document.createElement('p'), document.createElement('span')];
    place.className = `plot-name ${name}`;
    place.ariaHidden = 'true';
    unit.className = 'unit';
    unit.textContent = 'kW';
    place.append(`${name} `, unit);
    plot.append(place);
  }
}
