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
  // kB; the rest of the functions: REST_OF_BUNDLES.
  'bundle/ingest': { of: 'value', atMost: 320 },
  'bundle/writer': { of: 'value', atMost: 90 },
  'bundle/livedata': { of: 'value', atMost: 90 },
  'bundle/read': { of: 'value', atMost: 90 },
  'price/one': { of: 'value', atMost: 3.12 },
  'price/ten': { of: 'value', atMost: 0.31 },
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
  'page/draw-600': { of: 'ratio', atMost: 1.3 },
  'page/zoom-600': { of: 'ratio', atMost: 1.3 },
  'page/hour-heap': { of: 'ratio', atMost: 1.1 },
  // The heap without code: an hour more of readings is none that stays.
  'page/hour-kept': { of: 'ratio', atMost: 1.02 },
  'page/hour-nodes': { of: 'ratio', atMost: 1.1 },
  'page/hour-listeners': { of: 'ratio', atMost: 1.1 },
  'journal/ratio': { of: 'ratio', atLeast: 0.75 },
  'viewers/livedata-1': { of: 'value', atMost: 1 },
  'viewers/livedata-10': { of: 'value', atMost: 1 },
  'viewers/livedata-100': { of: 'value', atMost: 1 },
  ...Object.fromEntries(BOUNDED_QUESTIONS.map((name) => [name, NOT_GROWING])),
  // Where a battery is silent what came since is looked through, and each week of it is a shard with an index of its own.
  'queries/influxdb-nearest-silent': { of: 'ratio', atMost: 2 },
  'queries/influxdb-livedata-silent': { of: 'ratio', atMost: 2 },
  // What is newest is in no file yet, and InfluxDB copies it for each question that looks into it.
  'queries/influxdb-batteries-1000-busy': { of: 'ratio', atMost: 2 },
  'queries/influxdb-batteries-1000-bare': { of: 'ratio', atMost: 0.35 },
  // On a disk as slow as the one on which these were set: what batches gain, and writers side by side, is the wait for it.
  'chain/buffered-5ms': { of: 'ratio', atLeast: 30 },
  'chain/direct-5ms': { of: 'ratio', atLeast: 8 },
  'chain/writer-batch-5ms': { of: 'ratio', atLeast: 50 },
  // As many as the demo stores: what it answers is not stored yet.
  'chain/post-stored': { of: 'ratio', atLeast: 1 },
  'chain/post-stored-buffered': { of: 'ratio', atLeast: 1 },
  'chain/post-stored-5ms': { of: 'ratio', atLeast: 1 },
  'chain/post-stored-buffered-5ms': { of: 'ratio', atLeast: 1 },
};

const REST_OF_BUNDLES: Bar = { of: 'value', atMost: 500 };

const TOLERANCE = 3;

export type Judgement = {
  /** As in 'ratio at most 2.3'; absent: none is set. */
  readonly bar?: string;
  readonly isReached: boolean;
  /** Beyond three times of the bar. */
  readonly isFailed: boolean;
};

export function judge(figure: Figure): Judgement {
  const bar = BARS[figure.name] ?? (figure.name.startsWith('bundle/') ? REST_OF_BUNDLES : undefined);
  if (bar === undefined) return { isReached: true, isFailed: false };
  const value = figure[bar.of];
  // How many times worse than the bar; 1 is on it. What is no number was not measured.
  const times = 'atMost' in bar ? value / bar.atMost : bar.atLeast / value;
  const wanted = 'atMost' in bar ? `at most ${bar.atMost}` : `at least ${bar.atLeast}`;
  return { bar: `${bar.of} ${wanted}`, isReached: times <= 1, isFailed: !(times <= TOLERANCE) };
}

/** The sentence that says how a figure stands to its bar. */
export function judgementText({ bar, isReached }: Judgement): string {
  return bar === undefined ? 'no bar' : `${isReached ? 'reaches' : 'misses'} its bar, ${bar}`;
}
