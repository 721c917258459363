/** What a database answers to a question on a bad day, and that no bad answer is taken for an empty one. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Store } from '../../lambdas/store/store.ts';
import { until } from '../end-to-end/until.ts';
import { point, START_MS } from './arbitraries.ts';
import {
  closePeers,
  csv,
  html,
  json,
  newPeer,
  newPeerSaying,
  type PeerAnswer,
  refused,
  STORED,
} from './influxdb-peer.ts';

afterEach(closePeers);

const AGAIN = { code: 'store-unavailable', retry: true };
const range = { battery: 'boat', fromMs: START_MS, toMs: START_MS + 1_000 };

const IN_FLUX: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  latest: (store) => store.latest({ battery: 'boat' }),
};
const IN_INFLUXQL: typeof IN_FLUX = {
  points: (store) => store.points({ ...range, limit: 10 }),
  steps: (store) => store.steps({ ...range, stepMs: 100 }),
  nearest: (store) => store.nearest(range),
  newestTimes: (store) => store.newestTimes({ battery: 'boat', count: 10 }),
  counts: (store) => store.counts(range),
};
const IN_BOTH: typeof IN_FLUX = {
  live: (store) => store.live({ battery: 'boat', times: 10 }),
  batteries: (store) => store.batteries(),
};
const ALL = { ...IN_FLUX, ...IN_INFLUXQL, ...IN_BOTH };

type Row = Readonly<Record<string, string>>;

/** A table as Flux gives it; of each column its type. */
const table = (result: string, types: Row, rows: readonly Row[]): readonly string[] => [
  `#datatype,string,long,${Object.values(types).join()}`,
  `#group,false,false,${Object.keys(types)
    .map(() => 'false')
    .join()}`,
  `#default,${result},,${Object.keys(types)
    .map(() => '')
    .join()}`,
  `,result,table,${Object.keys(types).join()}`,
  ...rows.map(
    (row) =>
      `,,0,${Object.keys(types)
        .map((name) => row[name] ?? '')
        .join()}`,
  ),
  '',
];
const LAST = { _time: 'dateTime:RFC3339', _value: 'double', _field: 'string', battery: 'string' };
const socAt = (result: string, atMs: number, value: number): readonly string[] =>
  table(result, LAST, [{ _time: new Date(atMs).toISOString(), _value: String(value), _field: 'soc', battery: 'boat' }]);
const names = (...fields: readonly string[]): readonly string[] =>
  table(
    'names',
    { _value: 'string' },
    fields.map((_value) => ({ _value })),
  );

describe.each(Object.entries(ALL))('%s', (_, ask) => {
  test.each<readonly [string, PeerAnswer, RegExp]>([
    ['a bad token', refused(401, 'unauthorized access'), /401.*put a valid one in place/],
    ['no right', refused(403, 'forbidden'), /403.*the right it needs on bucket 'battery1'/],
    ['no such bucket', refused(404, 'could not find bucket "battery1"'), /404.*bucket 'battery1'/],
    ['no such organisation', refused(400, 'organization name "ENI" not found'), /check organisation 'ENI'/],
    ['a fault', refused(500, 'internal error'), /500: internal error.*tried again/],
    ['too much to do', { status: 503, headers: { 'retry-after': '1' } }, /too much to do/],
    ['a page', html(200), /check its address/],
    ['a page of refusal', html(403), /check its address/],
    ['another server’s JSON', json({ status: 'fine' }), /check its address/],
    ['nothing', { status: 204 }, /check its address/],
    ['the way to another place', { status: 307, headers: { location: 'http://x/' } }, /sends on to http:\/\/x\//],
    ['an answer that breaks off', { cutWith: 200 }, /broke off/],
    ['a closed connection', 'closed', /does not answer/],
  ])('%s is rejected as one to try again, with what to do', async (_name, answer, message) => {
    const peer = await newPeerSaying(answer);
    const rejection = expect(ask(peer.store())).rejects;
    await rejection.toMatchObject({ ...AGAIN, message: expect.stringMatching(message) });
  });

  test('no answer in its time is rejected, and no socket stays', async () => {
    const peer = await newPeerSaying('silence');
    const store = peer.store({ times: { queryTimeoutMs: 150 } });
    const message = expect.stringMatching(/did not answer within 0\.\d+ s/);
    await expect(ask(store)).rejects.toMatchObject({ ...AGAIN, message });
    await until('the sockets to be closed', () => peer.openSockets() === 0);
  });

  test('a token that is refused is fetched again once', async () => {
    const peer = await newPeer(({ headers, path }) => {
      if (headers.authorization !== 'Token new') return refused(401, 'unauthorized access');
      return path === '/query' ? json({ results: [{}] }) : csv(['', '']);
    });
    let fetched = 0;
    const token = async (old?: string): Promise<string> => {
      if (old !== undefined) fetched += 1;
      return fetched === 0 ? 'old' : 'new';
    };
    await ask(peer.store({ token }));
    expect(fetched).toBeGreaterThan(0);
    expect(peer.asked.filter(({ headers }) => headers.authorization === 'Token old').length).toBe(fetched);
  });
});

describe.each(Object.entries(IN_INFLUXQL))('%s', (_, ask) => {
  test.each([
    ['database not found: battery1', /404: database not found.*check organisation 'ENI' and bucket 'battery1'/],
    ['default retention policy not set for: battery1', /404.*bucket 'battery1'/],
    ['timeout', /400: timeout/],
  ])('an error with status 200, %s, is no empty answer', async (error, message) => {
    const peer = await newPeerSaying(json({ results: [{ statement_id: 0, error }] }));
    await expect(ask(peer.store())).rejects.toMatchObject({ ...AGAIN, message: expect.stringMatching(message) });
  });

  test('rows that the server left out are no answer', async () => {
    const series = [
      { name: 'battery', columns: ['time', 'soc'], values: [['2026-11-23T12:00:00Z', 1]], partial: true },
    ];
    const peer = await newPeerSaying(json({ results: [{ statement_id: 0, series, partial: true }] }));
    await expect(ask(peer.store())).rejects.toMatchObject(AGAIN);
  });
});

describe.each(Object.entries(IN_FLUX))('%s', (_, ask) => {
  const rows = socAt('window0', START_MS, 50);
  test.each([
    [
      'with annotations',
      ['#datatype,string,string', '#group,true,true', '#default,,', ',error,reference', ',it broke,897'],
    ],
    ['without', ['error,reference', 'it broke,897']],
  ])('an error behind the first rows, %s, is no answer', async (_name, error) => {
    const peer = await newPeerSaying(csv([...rows, ...error]));
    await expect(ask(peer.store())).rejects.toThrow(/it broke/);
    const empty = await newPeerSaying(csv(error));
    await expect(ask(empty.store())).rejects.toThrow(/it broke/);
  });
});

test('of several statements that were not executed the first one alone is told the reason', async () => {
  const [silent, telling] = ['not executed', 'database not found: battery1'].map((error) =>
    json({ results: [{ statement_id: 0, error }] }),
  );
  const peer = await newPeer(({ query }) => (query.get('q')?.includes(';') === true ? silent : telling) ?? STORED);
  const message = expect.stringMatching(/404: database not found: battery1/);
  await expect(peer.store().nearest(range)).rejects.toMatchObject({ ...AGAIN, message });
  expect(peer.asked.map(({ query }) => query.get('q')?.split(';').length)).toEqual([2, 1]);
});

test('a store that is to be exact asks each time, and another one a few times of many', async () => {
  const peer = await newPeerSaying(json({ results: [{}] }));
  const asked = async (store: Store): Promise<number> => {
    const before = peer.asked.length;
    for (let i = 0; i < 20; i++) await store.points({ ...range, limit: 10 });
    return peer.asked.length - before;
  };
  const nowMs = (): number => START_MS;
  expect([await asked(peer.store({ nowMs, isExact: true })), await asked(peer.store({ nowMs }))]).toEqual([20, 5]);
});

describe('the time of a question', () => {
  test('is one for all that one call asks', async () => {
    const peer = await newPeer(async ({ atMs }) => {
      await until('60 ms to pass', () => performance.now() > atMs + 60);
      return csv(names('soc'));
    });
    const store = peer.store({ times: { queryTimeoutMs: 150 } });
    const message = expect.stringMatching(/longer than 0\.15 s|within 0\.\d+ s/);
    await expect(store.latest({ battery: 'boat' })).rejects.toMatchObject({ ...AGAIN, message });
    expect(peer.asked.length).toBeLessThanOrEqual(3);
  });
});

describe('latest', () => {
  const found = (atMs: number, value: number): unknown => new Map([['soc', { atMs, nanos: 0, value }]]);
  const oldMs = START_MS - 200 * 86_400_000;
  const oldRow = { name: 'battery', columns: ['time', 'soc'], values: [[new Date(oldMs).toISOString(), 42]] };
  const ofOldSoc = ({ path, body }: { readonly path: string; readonly body: string }): PeerAnswer =>
    path === '/query'
      ? json({ results: [{ series: [oldRow] }] })
      : csv([...(body.includes('window3') ? socAt('window3', oldMs, 42) : []), ...names('soc')]);

  test('asked many times at once finds an old value each time', async () => {
    const peer = await newPeer(ofOldSoc);
    const store = peer.store();
    const answers = await Promise.all(Array.from({ length: 8 }, () => store.latest({ battery: 'boat' })));
    expect(answers).toEqual(answers.map(() => found(oldMs, 42)));
    expect(await store.latest({ battery: 'boat' })).toEqual(found(oldMs, 42));
  });

  test('asks once where it found the value the last time', async () => {
    const peer = await newPeer(ofOldSoc);
    const store = peer.store();
    await store.latest({ battery: 'boat' });
    const before = peer.asked.length;
    await store.latest({ battery: 'boat' });
    expect([before, peer.asked.length]).toEqual([4, 5]);
  });

  test('finds a battery’s first value right after it was asked in vain, wherever it was written', async () => {
    let isWritten = false;
    const peer = await newPeer(({ body }) =>
      csv(isWritten ? [...(body.includes('window3') ? socAt('window3', oldMs, 42) : []), ...names('soc')] : ['', '']),
    );
    const store = peer.store();
    expect(await store.latest({ battery: 'boat' })).toEqual(new Map());
    isWritten = true;
    expect(await store.latest({ battery: 'boat' })).toEqual(found(oldMs, 42));
  });

  test('finds a recent field that nobody knew a moment ago', async () => {
    let rows = names('voltage');
    const peer = await newPeer(() => csv(rows));
    const store = peer.store();
    expect(await store.latest({ battery: 'boat' })).toEqual(new Map());
    rows = socAt('window0', START_MS, 50);
    expect(await store.latest({ battery: 'boat' })).toEqual(found(START_MS, 50));
  });

  test('finds an old field that this store wrote while it was asked which there are', async () => {
    let isWritten = false;
    const held = Promise.withResolvers<void>();
    const peer = await newPeer(async ({ path, body }, before) => {
      if (path === '/api/v2/write') {
        isWritten = true;
        return STORED;
      }
      const known = isWritten ? names('soc', 'voltage') : names('voltage');
      // The first question is answered from before the write, and only after it.
      if (before === 0) await held.promise;
      return csv([...(isWritten && body.includes('window3') ? socAt('window3', oldMs, 42) : []), ...known]);
    });
    const store = peer.store();
    const first = store.latest({ battery: 'boat' });
    await until('the first question', () => peer.asked.length === 1);
    expect(await store.append([point('boat', oldMs, { soc: 42 })])).toEqual([{ kind: 'stored' }]);
    held.resolve();
    await first;
    expect(await store.latest({ battery: 'boat' })).toEqual(found(oldMs, 42));
  });
});

describe('batteries', () => {
  const spanIn = (result: string): readonly string[] =>
    table(result, { _time: 'dateTime:RFC3339', battery: 'string' }, [
      { _time: new Date(START_MS).toISOString(), battery: 'boat' },
    ]);

  test('are asked once more, each series by itself, where a field got a second type meanwhile', async () => {
    const collision = ['error,reference', 'schema collision: cannot group float and string types together,897'];
    const peer = await newPeer(({ path, body }) => {
      if (path === '/query') return json({ results: [{}] });
      return csv(body.includes('group(columns: [\\"battery\\"])') ? collision : [...spanIn('0.0'), ...spanIn('1.0')]);
    });
    expect(await peer.store().batteries()).toEqual([{ id: 'boat', firstAtMs: START_MS, lastAtMs: START_MS }]);
    expect(peer.asked).toHaveLength(3);
  });

  test('of which one was removed between the questions are those that are there', async () => {
    const peer = await newPeer(({ path, body }) => {
      if (path === '/query') return json({ results: [{}] });
      return csv(body.includes('last()') ? ['', ''] : spanIn('0.0'));
    });
    expect(await peer.store().batteries()).toEqual([]);
    expect(peer.asked).toHaveLength(3);
  });

  test('of whom there were few are asked for in one question, and where there were many in parts', async () => {
    let told = [...spanIn('0.0'), ...spanIn('1.0')];
    const peer = await newPeer(({ path }) => (path === '/query' ? json({ results: [{}] }) : csv(told)));
    const store = peer.store();
    const asked = async (): Promise<number> => {
      const before = peer.asked.length;
      await store.batteries();
      return peer.asked.length - before;
    };
    expect([await asked(), await asked()]).toEqual([3, 1]);
    told = ['0.0', '1.0'].flatMap((result) =>
      table(
        result,
        { _time: 'dateTime:RFC3339', battery: 'string' },
        Array.from({ length: 21 }, (_, i) => ({ _time: new Date(START_MS).toISOString(), battery: `b${i}` })),
      ),
    );
    expect([await asked(), await asked()]).toEqual([1, 3]);
  });
});
