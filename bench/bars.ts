/** What a figure is to reach. A machine's own noise is not a failure: the build fails only at three times a bar. */
import type { Figure } from './figure.ts';

type Bar =
  | { readonly of: 'value' | 'ratio'; readonly atMost: number }
  | { readonly of: 'value' | 'ratio'; readonly atLeast: number };

/** Questions whose time is not to grow with what they do not ask for: among a million points, over that among ten thousand. */
const BOUNDED_QUESTIONS = [
  'latest',
  'livedata',
  'livedata-silent',
  'rows',
  'rows-deep',
  'rows-newest',
  'rows-demo',
  'chart',
  'nearest-silent',
  'newest-times',
  'counts',
  'audit',
  'batteries',
].flatMap((question) => [`queries/sqlite-${question}`, `queries/influxdb-${question}`]);
const NOT_GROWING: Bar = { of: 'ratio', atMost: 1.5 };

const BARS: Readonly<Record<string, Bar>> = {
  'cold/ingest': { of: 'ratio', atMost: 2.3 },
  'cold/writer': { of: 'ratio', atMost: 1.6 },
  'cold/livedata': { of: 'ratio', atMost: 1.6 },
  'start/cached': { of: 'value', atMost: 500 },
  'memory/200k': { of: 'value', atMost: 200 },
  'mqtt/stored': { of: 'value', atLeast: 5_000 },
  'post-visible/p50': { of: 'value', atMost: 15 },
  'page/js': { of: 'value', atMost: 60 },
  'page/css': { of: 'value', atMost: 8 },
  'page/first-number': { of: 'value', atMost: 1_000 },
  // What web.dev calls good for the largest part of a page, on such a phone.
  'page/first-number-throttled': { of: 'value', atMost: 2_500 },
  'page/draw': { of: 'ratio', atMost: 1.3 },
  'page/zoom': { of: 'ratio', atMost: 1.3 },
  'page/hour-heap': { of: 'ratio', atMost: 1.1 },
  'page/hour-nodes': { of: 'ratio', atMost: 1.1 },
  'page/hour-listeners': { of: 'ratio', atMost: 1.1 },
  'journal/ratio': { of: 'ratio', atLeast: 0.75 },
  // On a disk as slow as the one on which these were set: what batches gain, and writers side by side, is the wait for it.
  'chain/buffered-5ms': { of: 'ratio', atLeast: 30 },
  'chain/direct-5ms': { of: 'ratio', atLeast: 8 },
  'chain/writer-batch-5ms': { of: 'ratio', atLeast: 50 },
};

const TOLERANCE = 3;

/** The sentence that says how a figure stands to its bar; `isFailed` beyond three times of it. */
export function judge(figure: Figure): { readonly text: string; readonly isFailed: boolean } {
  const bar = BARS[figure.name];
  if (bar === undefined) return { text: 'no bar', isFailed: false };
  const value = figure[bar.of];
  // How many times worse than the bar; 1 is on it.
  const times = 'atMost' in bar ? value / bar.atMost : bar.atLeast / value;
  const wanted = 'atMost' in bar ? `at most ${bar.atMost}` : `at least ${bar.atLeast}`;
  return { text: `${times <= 1 ? 'reaches' : 'misses'} its bar, ${bar.of} ${wanted}`, isFailed: times > TOLERANCE };
}
