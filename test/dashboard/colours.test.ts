import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

type Palette = Readonly<Record<string, string>>;
type Rgb = readonly [number, number, number];

const css = readFileSync(join(import.meta.dirname, '..', '..', 'dashboard', 'colours.css'), 'utf8');
const blocks = [...css.matchAll(/:root[^{}]*\{([^{}]*)\}/g)].map(([, body = '']) => paletteOf(body));
const [light = {}, systemDark = {}, chosenDark = {}] = blocks;

function paletteOf(body: string): Palette {
  return Object.fromEntries(
    [...body.matchAll(/--([a-z]+): (#[0-9a-f]{6});/g)].map(([, name = '', hex = '']) => [name, hex]),
  );
}

function linear(hex: string): Rgb {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return [r ?? 0, g ?? 0, b ?? 0];
}

// WCAG 2.2, relative luminance and contrast ratio.
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [a, b]
    .map(linear)
    .map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b)
    .sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

// Machado, Oliveira and Fernandes 2009, severity 1.
const VISION: Readonly<Record<string, readonly Rgb[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(rows: readonly Rgb[], colour: Rgb): number[] {
  return rows.map((row) => row.reduce((sum, factor, i) => sum + factor * (colour[i] ?? 0), 0));
}

// CIE 1976 L*a*b*, D65.
function lab(colour: Rgb): readonly number[] {
  const [x = 0, y = 0, z = 0] = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    colour,
  ).map((value, i) => {
    const share = value / ([0.95047, 1, 1.08883][i] ?? 1);
    return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: string, b: string, vision: readonly Rgb[]): number {
  const seen = (hex: string): readonly number[] => {
    const [r = 0, g = 0, b = 0] = times(vision, linear(hex)).map((share) => Math.min(Math.max(share, 0), 1));
    return lab([r, g, b]);
  };
  const to = seen(b);
  return Math.hypot(...seen(a).map((value, i) => value - (to[i] ?? 0)));
}

const colour = (palette: Palette, name: string): string => palette[name] ?? '#000000';
const themes = [
  { theme: 'light', palette: light },
  { theme: 'dark', palette: chosenDark },
];

test('the dark colours are the same, chosen by the system or by the reader', () => {
  expect(Object.keys(chosenDark)).toEqual(Object.keys(light));
  expect(chosenDark).toEqual(systemDark);
});

describe.each(themes)('$theme', ({ palette }) => {
  test.each(['ink', 'muted', 'stale', 'in', 'out', 'soc', 'alarm'])('%s can be read on page and panel', (name) => {
    expect(contrast(colour(palette, name), colour(palette, 'background'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour(palette, name), colour(palette, 'panel'))).toBeGreaterThanOrEqual(4.5);
  });

  test('the hatch of what was not observed can be seen', () => {
    expect(contrast(colour(palette, 'hatch'), colour(palette, 'panel'))).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.entries(VISION))('in and out are far apart to %s eyes', (_, vision) => {
    expect(distance(colour(palette, 'in'), colour(palette, 'out'), vision)).toBeGreaterThanOrEqual(80);
  });
});
