import { beforeAll, describe, expect, test } from '@jest/globals';
import { ASSUMPTIONS, METRICS_OF_A_WRITE } from '../../cost/assumptions.ts';
import { bundlesFolder } from '../../lib/bundles.ts';
import { lossDetectors, METRICS_NAMESPACE } from '../../lib/loss-detectors.ts';
import { type Ended, runNode } from '../stack/run-node.ts';
import { ROOT, SYNTHESIS_TIMEOUT_MS } from '../stack/templates.ts';
import { emfProblems } from './emf.ts';
import { s3Peer } from './s3-peer.ts';

const AT_MS = 1_790_000_000_000;
const DEPLOYED = { METRICS_NAMESPACE: 'Amphora', STACK_NAME: 'Boats', AWS_LAMBDA_FUNCTION_NAME: 'Boats-Read-X1' };

const GOOD = {
  _aws: {
    Timestamp: AT_MS,
    CloudWatchMetrics: [
      { Namespace: 'Amphora', Dimensions: [['Stack']], Metrics: [{ Name: 'Stored', Unit: 'Count' }] },
    ],
  },
  Stack: 'Boats',
  Stored: 3,
};

/** A function of the SQLite store gets an event, run as its bundle is. */
function invoked(name: string, event: unknown, env: Readonly<Record<string, string>>): Promise<Ended> {
  const call = `require('./${name}').handler(${JSON.stringify(event)}, {}).then(() => {}, () => {})`;
  return runNode(['--input-type=commonjs', '-e', call], { cwd: bundlesFolder(ROOT, 'sqlite'), env });
}

/** The counts that it prints. */
async function printed(
  name: string,
  event: unknown,
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { stdout } = await invoked(name, event, env);
  return stdout.split('\n').filter((line) => line.includes('_aws'));
}

function message(battery: string, payload: unknown): unknown {
  return {
    payload: Buffer.from(JSON.stringify(payload)).toString('base64'),
    topic: `battery/${battery}/telemetry`,
    clientId: battery,
    principal: 'p',
    receivedAt: AT_MS,
    traceId: 't',
  };
}

const REQUEST = {
  version: '2.0',
  rawPath: '/livedata',
  headers: {},
  requestContext: { http: { method: 'GET' }, timeEpoch: AT_MS },
  isBase64Encoded: false,
};

beforeAll(async () => {
  const { code, stderr } = await runNode(['scripts/bundle.ts', '--store', 'sqlite'], { cwd: ROOT });
  if (code !== 0) throw new Error(stderr);
}, SYNTHESIS_TIMEOUT_MS);

describe('the check of a metric line', () => {
  test('takes a good one', () => {
    expect(emfProblems(JSON.stringify(GOOD))).toEqual([]);
  });

  const directive = GOOD._aws.CloudWatchMetrics[0];
  const withDirective = (changes: object): object => ({
    ...GOOD,
    _aws: { ...GOOD._aws, CloudWatchMetrics: [{ ...directive, ...changes }] },
  });

  test.each([
    ['words before it', `INFO ${JSON.stringify(GOOD)}`],
    ['a metric that is not there', JSON.stringify({ ...GOOD, Stored: undefined })],
    ['a metric that is a text', JSON.stringify({ ...GOOD, Stored: '3' })],
    ['a dimension that is not there', JSON.stringify({ ...GOOD, Stack: undefined })],
    ['a dimension that is a number', JSON.stringify({ ...GOOD, Stack: 3 })],
    ['seconds for its time', JSON.stringify({ ...GOOD, _aws: { ...GOOD._aws, Timestamp: AT_MS / 1000 } })],
    ['a unit of its own', JSON.stringify(withDirective({ Metrics: [{ Name: 'Stored', Unit: 'Points' }] }))],
    ['no dimension set', JSON.stringify(withDirective({ Dimensions: [] }))],
    ['no namespace', JSON.stringify(withDirective({ Namespace: '' }))],
    ['a member more', JSON.stringify(withDirective({ Period: 60 }))],
  ])('refuses one with %s', (_, line) => {
    expect(emfProblems(line)).not.toEqual([]);
  });
});

describe('metrics', () => {
  const env = { ...DEPLOYED, SQLITE_FILE: ':memory:' };

  test('a message that is stored is one line of counts for the whole stack', async () => {
    const lines = await printed('writer', message('boat', { samples: [{ voltage: 52 }, { voltage: 53 }] }), env);
    expect(lines.map(emfProblems)).toEqual([[]]);
    const { _aws: metadata, ...members } = JSON.parse(lines[0] ?? '');
    expect(members).toEqual({
      Stack: 'Boats',
      PointsStored: 2,
      PointsRepeated: 0,
      PointsCollided: 0,
      PointsQuarantined: 0,
      MessagesQuarantined: 0,
    });
    expect(metadata.CloudWatchMetrics).toMatchObject([{ Namespace: 'Amphora', Dimensions: [['Stack']] }]);
  });

  test('what ./amphora cost counts of a write are the metrics that it prints, in a line no longer than is assumed', async () => {
    const lines = await printed('writer', message('boat', { voltage: 52 }), env);
    const [{ Metrics: metrics }] = JSON.parse(lines[0] ?? '')._aws.CloudWatchMetrics;
    expect(metrics.map(({ Name }: { readonly Name: string }) => Name)).toEqual(METRICS_OF_A_WRITE);
    expect(lines).toHaveLength(1);
    expect(Buffer.byteLength(lines[0] ?? '')).toBeLessThanOrEqual(ASSUMPTIONS.countsLogBytes.amount);
  });

  test('a message that is quarantined is counted as one, with its readings, beside what could be stored of it', async () => {
    const s3 = await s3Peer();
    const samples = [{ voltage: 52, unheard: 1 }, { voltage: 'high' }, { voltage: 53 }];
    const lines = await printed('writer', message('boat', { samples }), { ...env, ...s3.env });
    await s3.close();
    expect(lines.map(emfProblems)).toEqual([[]]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ PointsStored: 2, PointsQuarantined: 2, MessagesQuarantined: 1 });
    expect([...s3.objects.values()].map((body) => JSON.parse(body))).toMatchObject([{ attempts: 1, clientId: 'boat' }]);
  });

  test('a message that is given back is counted as one, and logged with why', async () => {
    const away = { ...DEPLOYED, SQLITE_FILE: '/nonexistent/readings.sqlite' };
    const { stdout, stderr } = await invoked('writer', message('boat', { voltage: 52 }), away);
    expect(emfProblems(stdout.trim())).toEqual([]);
    expect(JSON.parse(stdout)).toEqual({ _aws: expect.anything(), Stack: 'Boats', MessagesGivenBack: 1 });
    const lines = stderr.split('\n').filter((line) => line.includes('message-given-back'));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: 'warn',
        event: 'message-given-back',
        code: 'store-unavailable',
        topic: 'battery/boat/telemetry',
        reason: expect.stringMatching(/./),
      },
    ]);
  });

  test('a batch is one line of counts, and one of the messages that are given back', async () => {
    const s3 = await s3Peer();
    const payloads = [{ voltage: 52 }, { voltage: 53 }, { voltage: 52, unheard: 1 }];
    const records = payloads.map((payload, i) => ({
      messageId: `m${i}`,
      body: JSON.stringify(message(`b${i}`, payload)),
    }));
    const lines = await printed('writer', { Records: records }, { ...env, ...s3.env });
    await s3.close();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ PointsStored: 3, PointsRepeated: 0, PointsCollided: 0, MessagesQuarantined: 1 }),
    ]);
    const away = { ...DEPLOYED, SQLITE_FILE: '/nonexistent/readings.sqlite' };
    const { stdout, stderr } = await invoked('writer', { Records: records }, away);
    expect(JSON.parse(stdout)).toEqual({ _aws: expect.anything(), Stack: 'Boats', MessagesGivenBack: 3 });
    expect(stderr.match(/message-given-back/g)).toHaveLength(1);
  });

  test('a message that is given back is left to the local runtime to log', async () => {
    const local = { SQLITE_FILE: '/nonexistent/readings.sqlite', METRICS_NAMESPACE: '' };
    const { stdout, stderr } = await invoked('writer', message('boat', { voltage: 52 }), local);
    expect([stdout, stderr.includes('message-given-back')]).toEqual(['', false]);
  });

  test('name no battery, for each name would be a metric to pay for', async () => {
    const [line] = await printed('writer', message('boat-of-anna', { voltage: 52 }), env);
    expect(line).not.toMatch(/boat-of-anna|battery\//);
  });

  test('a request that fails is counted for its function, at the time at which it came', async () => {
    const lines = await printed('livedata', REQUEST, DEPLOYED);
    expect(lines.map(emfProblems)).toEqual([[]]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      _aws: { Timestamp: AT_MS, CloudWatchMetrics: [{ Dimensions: [['Stack', 'Function']] }] },
      Stack: 'Boats',
      Function: 'Boats-Read-X1',
      RequestsFailed: 1,
    });
  });

  test('what an alarm watches of them is what is printed, by namespace, name and dimensions', async () => {
    const taker = 'Boats-DirectWrite-X1';
    const written = { ...REQUEST, rawPath: '/writeCharge', body: '{"charge": 1, "unit": "kW"}' };
    const headers = { 'content-type': 'application/json' };
    const away = { ...DEPLOYED, SQLITE_FILE: '/nonexistent/readings.sqlite' };
    const lines = [
      ...(await printed('writer', message('boat', { voltage: 52 }), env)),
      ...(await printed('writer', message('boat', { voltage: 52 }), away)),
      ...(await printed('direct-write', { ...written, headers }, { ...away, AWS_LAMBDA_FUNCTION_NAME: taker })),
    ];
    const counted = lines.flatMap((line) => {
      const { _aws: metadata, ...members } = JSON.parse(line);
      const [{ Namespace, Dimensions, Metrics }] = metadata.CloudWatchMetrics;
      const dimensions = Object.fromEntries(Dimensions[0].map((name: string) => [name, members[name]]));
      return Metrics.map(({ Name }: { Name: string }) => ({ namespace: Namespace, name: Name, dimensions }));
    });
    const watched = lossDetectors({
      stackName: DEPLOYED.STACK_NAME,
      ruleNames: [],
      writer: 'Boats-Writer-X1',
      redrive: 'Boats-Redrive-X1',
      takers: [taker],
      failureQueues: [],
    })
      .flatMap(({ metrics }) => metrics)
      .filter(({ namespace }) => namespace === METRICS_NAMESPACE)
      .map(({ name, dimensions }) => ({ namespace: METRICS_NAMESPACE, name, dimensions }));
    expect(watched).toHaveLength(3);
    expect(counted).toEqual(expect.arrayContaining(watched));
  });

  test.each([
    ['absent', {}],
    ['empty', { METRICS_NAMESPACE: '' }],
  ])('are not printed where the namespace is %s', async (_, namespace) => {
    const quiet = { SQLITE_FILE: ':memory:', ...namespace };
    expect(await printed('writer', message('boat', { voltage: 52 }), quiet)).toEqual([]);
  });
});
