/** The chart's colours and type, read from the page's own variables, so that a canvas follows the theme. */

export type ChartStyle = {
  readonly muted: string;
  readonly hairline: string;
  readonly hatch: string;
  readonly charge: string;
  readonly discharge: string;
  readonly soc: string;
  readonly font: string;
  /** CSS pixels of 1 rem. */
  readonly remPx: number;
  readonly linePx: number;
  /** Whoever asked for more contrast, or has colours of their own, gets lines only. */
  readonly hasAreas: boolean;
};

export const AREA = 0.28;
export const BAND = 0.16;

export function readStyle(host: HTMLElement): ChartStyle {
  const root = getComputedStyle(document.documentElement);
  const colour = (name: string): string => root.getPropertyValue(name).trim();
  const remPx = Number.parseFloat(root.fontSize);
  const isBare = matchMedia('(prefers-contrast: more), (forced-colors: active)').matches;
  return {
    muted: colour('--muted'),
    hairline: colour('--hairline'),
    hatch: colour('--hatch'),
    charge: colour('--in'),
    discharge: colour('--out'),
    soc: colour('--soc'),
    font: `${0.875 * remPx}px ${getComputedStyle(host).fontFamily}`,
    remPx,
    linePx: isBare ? 2.5 : 1.5,
    hasAreas: !isBare,
  };
}

/** Between a label and the plot. */
export const LABEL_GAP_PX = 8;

/** Most batteries' labels fit into so much, so that the plot seldom changes its width. */
export const leastAxisPx = ({ remPx }: ChartStyle): number => 3.25 * remPx;

/** As wide as the labels need; those of a battery of megawatts are the widest. */
export function axisPx(context: CanvasRenderingContext2D, labels: readonly string[], style: ChartStyle): number {
  context.save();
  context.font = style.font;
  const widths = labels.map((label) => Math.ceil(context.measureText(label).width));
  context.restore();
  return Math.max(leastAxisPx(style), ...widths.map((width) => width + LABEL_GAP_PX));
}

/** A `#rrggbb` with a share of itself. */
export function withAlpha(colour: string, alpha: number): string {
  return `${colour}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}
