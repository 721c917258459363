/** What is drawn by hand on the chart: where nobody was watching, the zero line, and the names of the two halves. */
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
  const until = Math.min(Math.max(plane.xOf(untilMs), left), left + width);
  context.save();
  context.strokeStyle = style.muted;
  context.lineWidth = pixelRatio;
  context.beginPath();
  context.moveTo(left, y);
  context.lineTo(until, y);
  context.stroke();
  context.setLineDash([4 * pixelRatio, 4 * pixelRatio]);
  context.beginPath();
  context.moveTo(until, y);
  context.lineTo(left + width, y);
  context.stroke();
  context.restore();
}

/** In the plot, because others draw the two directions the other way round. */
export function drawName(plane: Plane, name: 'in' | 'out', style: ChartStyle): void {
  const { context, pixelRatio } = plane;
  const px = 0.875 * style.remPx * pixelRatio;
  const x = plane.left + 8 * pixelRatio;
  const middle = name === 'in' ? plane.top + 0.8 * px : plane.top + plane.height - 0.8 * px;
  const [tip, base] =
    name === 'in' ? [middle - 0.36 * px, middle + 0.32 * px] : [middle + 0.36 * px, middle - 0.32 * px];
  context.save();
  context.fillStyle = name === 'in' ? style.charge : style.discharge;
  context.beginPath();
  context.moveTo(x, base);
  context.lineTo(x + 0.8 * px, base);
  context.lineTo(x + 0.4 * px, tip);
  context.fill();
  context.font = `600 ${style.font.replace(/^[\d.]+px/, `${px}px`)}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  // A curve may run through the words: they keep some of the ground around them.
  context.strokeStyle = style.panel;
  context.lineWidth = 4 * pixelRatio;
  context.lineJoin = 'round';
  drawText(context, name, x + 1.1 * px, middle);
  const unitX = x + 1.1 * px + context.measureText(`${name} `).width;
  context.fillStyle = style.muted;
  context.font = style.font.replace(/^[\d.]+px/, `${px}px`);
  drawText(context, 'kW', unitX, middle);
  context.restore();
}

function drawText(context: Plane['context'], text: string, x: number, y: number): void {
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}
