import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ROOT } from '../stack/templates.ts';
import { type Folder, type Ran, runCli, temporaryFolder } from './run-cli.ts';

// The first of them synthesizes two stacks, each in a process of its own.
jest.setTimeout(240_000);

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

const run = (...words: readonly string[]): Promise<Ran> => runCli(folder.path, ['cost', ...words]);

type Told = {
  readonly load: { readonly readings: number; readonly messages: number };
  readonly direct: Sums;
  readonly buffered: Sums;
  readonly prices: Readonly<Record<string, { readonly page: string; readonly asOf: string }>>;
  readonly assumptions: Readonly<Record<string, { readonly amount: number; readonly means: string }>>;
  readonly leftOut: readonly string[];
};
type Sums = {
  readonly usdByGroup: { readonly fixed: number; readonly readings: number; readonly viewers: number };
  readonly perMillionReadingsUsd: number;
  readonly totalUsd: number;
  readonly freeUsd: { readonly always: number; readonly 'first-year': number };
  readonly perViewerUsd: { readonly watched: number; readonly leftAlone: number };
  readonly lines: readonly {
    readonly what: string;
    readonly price: string;
    readonly count: number;
    readonly usd: number;
  }[];
};

async function told(...words: readonly string[]): Promise<Told> {
  const { code, out, err } = await run(...words, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

const documentOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('one home, 10 s, one tab', () => {
  // Made by `./amphora cost > test/golden/cost-one-home.txt`: whoever adds to the stack sees here what that costs.
  test('is told line by line', async () => {
    expect(await run('--batteries', '1', '--period', '10', '--per-message', '1', '--viewers', '1')).toEqual({
      code: 0,
      out: documentOf('test/golden/cost-one-home.txt'),
      err: '',
    });
    expect((await run()).out).toBe(documentOf('test/golden/cost-one-home.txt'));
  });

  test('costs what the README says', async () => {
    const alone = (await told('--assume', 'watchedHours=0')).direct;
    const watched = (await told()).direct;
    const unwatched = (await told('--assume', 'watchedHours=0', 'alarms=false')).direct;
    const tens = (await told('--per-message', '10')).direct;
    const readme = documentOf('README.md').replaceAll(/\s+/g, ' ');
    const dollars = (usd: number): string => `$${usd.toFixed(2)}`;
    const { fixed, readings, viewers } = alone.usdByGroup;
    expect(readme).toContain(
      `**One home, 10 s, one tab: ${dollars(alone.totalUsd - alone.freeUsd.always)} a month** (\`./amphora cost --assume watchedHours=0\`), ${dollars(alone.totalUsd)} where nothing is free any more: ${dollars(fixed)} fixed, of which \`alarms=false\` takes ${dollars(fixed - unwatched.usdByGroup.fixed)} away; ${dollars(readings)} for the readings, which are ${dollars(alone.perMillionReadingsUsd)} a million and ${dollars(tens.perMillionReadingsUsd)} with ten in a message; ${dollars(viewers)} for the tab`,
    );
    expect(readme).toContain(`Watched day and night, the tab alone is ${dollars(watched.perViewerUsd.watched)}`);
  });
});

describe('what is asked', () => {
  test('--json has the lines, each price with its page and date, what is assumed, and what is left out', async () => {
    const { load, direct, prices, assumptions, leftOut } = await told(
      '--batteries',
      '20',
      '--period',
      '1m',
      '--per-message',
      '5',
    );
    expect(load).toMatchObject({
      batteries: 20,
      periodS: 60,
      perMessage: 5,
      viewers: 1,
      readings: 876_000,
      messages: 175_200,
    });
    expect(direct.lines.find(({ what }) => what === 'messages published')).toEqual({
      group: 'readings',
      what: 'messages published',
      price: 'iotMessage',
      count: 175_200,
      usd: 0.1752,
    });
    for (const { price } of direct.lines) expect(prices[price]?.page).toMatch(/^https:\/\/aws\.amazon\.com\//);
    expect(assumptions['writerMs']).toMatchObject({ amount: 30, means: 'the writer, for one reading' });
    expect(leftOut[0]).toMatch(/^The database is not in it/);
  });

  test('a setting changes the stack that is counted, and what is assumed the count', async () => {
    const plain = await told('--viewers', '0');
    const other = await told('--viewers', '0', 'alarms=false', 'machineClient=true', '--assume', 'writerMs=300');
    const usdOf = ({ direct }: Told, price: string): number | undefined =>
      direct.lines.find((line) => line.price === price)?.usd;
    expect(usdOf(plain, 'alarmedMetric')).toBeGreaterThan(0);
    expect(usdOf(other, 'alarmedMetric')).toBeUndefined();
    expect(usdOf(other, 'machineClient')).toBe(6);
    const timeOf = ({ direct }: Told): number | undefined =>
      direct.lines.find(({ what }) => what === 'writer at work')?.count;
    expect(timeOf(other)).toBeCloseTo(10 * Number(timeOf(plain)));
    expect(other.assumptions['writerMs']?.amount).toBe(300);
  });

  test('a viewer more than none adds lines, and a queue only its own column', async () => {
    const { out } = await run('--viewers', '0');
    expect(out).toContain('no page is open');
    expect(out).not.toContain('Pages that are open');
    expect(out).toMatch(/^ {2}polling the queue +- +657 000 +\$0\.4 a million +- +\$0\.26$/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test('more messages than direct mode is meant for are said to be', async () => {
    const { out } = await run('--batteries', '1000', '--period', '1s');
    expect(out).toContain('1 000 messages a second are more than direct is meant for, about 50');
    expect((await run('--batteries', '1000', '--period', '1s', '--per-message', '20')).out).not.toContain('meant for');
  });
});

describe('what is wrong', () => {
  test.each<[words: readonly string[], sentence: string]>([
    [['--batteries', '0'], "--batteries must be a whole number, 1 to 1000000, not '0'"],
    [['--batteries', '1.5'], "--batteries must be a whole number, 1 to 1000000, not '1.5'"],
    [['--batteries', '1000001'], "--batteries must be a whole number, 1 to 1000000, not '1000001'"],
    [['--period', '0'], "--period must be seconds, or a number with ms, s, m or h, from 10ms to 24h, not '0'"],
    [['--period', '25h'], "--period must be seconds, or a number with ms, s, m or h, from 10ms to 24h, not '25h'"],
    [['--period', 'often'], "--period must be seconds, or a number with ms, s, m or h, from 10ms to 24h, not 'often'"],
    [['--per-message', '501'], "--per-message must be a whole number, 1 to 500, not '501'"],
    [['--viewers', '-1'], "--viewers must be a whole number, 0 to 100000, not '-1'"],
    [['--via', 'pigeon'], "--via must be mqtt or http, not 'pigeon'"],
    [
      ['--assume', 'writerMs=fast'],
      "--assume: writerMs must be a number from 0 to 10000000, as in writerMs=30, not 'fast'",
    ],
    [['--batteries'], '--batteries needs a value: --batteries N; see ./amphora cost --help'],
    [['--batterys', '2'], 'unknown flag --batterys; did you mean --batteries?; see ./amphora cost --help'],
    [['alarms'], "'alarms' is no setting; give key=value, as in alarms=false"],
    [['alarm=false'], "there is no setting 'alarm'; did you mean alarms?"],
    [['toString=1'], "there is no setting 'toString'; docs/settings.md has all of them"],
    [['alarms=true', 'alarms=false'], 'setting alarms is given twice'],
    [['ingest=buffered'], 'setting ingest is not for ./amphora cost: both modes are shown, direct and buffered'],
    [['store=sqlite'], 'setting store is not for ./amphora cost: on AWS there is only store influxdb'],
    [['stage=emulator'], 'setting stage is not for ./amphora cost: an emulator costs nothing'],
  ])('%j: %s', async (words, sentence) => {
    const { code, out, err } = await run(...words, '--json');
    expect({ code, err }).toEqual({ code: 2, err: `amphora: ${sentence}\n` });
    expect(JSON.parse(out)).toEqual({ error: sentence });
  });

  test('a value that the stack refuses is refused in its words', async () => {
    const { code, out, err } = await run('alarms=perhaps');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^amphora: setting alarms is 'perhaps', but must be true or false\n$/);
  });
});
