import { beforeAll, describe, expect, test } from '@jest/globals';
import { CASES, type Synthesized, synthesizedCombinations } from './all-templates.ts';
import { ofType, SYNTHESIS_TIMEOUT_MS, type Template, type Tree, textOf } from './templates.ts';

let all: readonly Synthesized[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
}, SYNTHESIS_TIMEOUT_MS);

type Widget = {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly alarms?: readonly string[];
    readonly region?: string;
    readonly metrics?: readonly (readonly unknown[])[];
  };
};

// What an account's free dashboards may have each (CloudWatch's page of prices), and how wide CloudWatch draws ("Dashboard body
// structure and syntax").
const FREE_METRICS = 50;
const PAGE_WIDTH = 24;

describe.each(CASES)('$title', ({ i, settings }) => {
  const template = (): Template => all[i]?.template ?? { Resources: {}, Outputs: {} };
  const isWanted = settings.alarms !== undefined;

  test('has one dashboard where there are alarms, by a name of its own in its region, and tells where it is', () => {
    const dashboards = ofType(template(), 'AWS::CloudWatch::Dashboard').map(([, { Properties }]) => Properties);
    const name = `${settings.stackName}-\${AWS::Region}`;
    expect(dashboards.map(({ DashboardName }) => textOf(DashboardName))).toEqual(isWanted ? [name] : []);
    const url = template().Outputs['MetricsDashboardUrl']?.['Value'];
    expect(url === undefined ? undefined : textOf(url)).toBe(
      isWanted
        ? `https://\${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=\${AWS::Region}#dashboards:name=${name}`
        : undefined,
    );
  });

  test('it has all alarms, and every metric that one of them watches', () => {
    if (!isWanted) return;
    const widgets = widgetsIn(template());
    const alarms = ofType(template(), 'AWS::CloudWatch::Alarm');
    expect(widgets.flatMap(({ properties }) => properties.alarms ?? [])).toEqual(alarms.map(([id]) => `\${${id}.Arn}`));
    const shown = metricsOf(widgets);
    const watched = alarms.flatMap(([, { Properties }]) => watchedBy(Properties));
    expect(watched.length).toBeGreaterThan(3);
    expect(watched.filter((metric) => !shown.includes(metric))).toEqual([]);
  });

  test('it shows what came in and what was stored, and how many writers there were, for how long', () => {
    if (!isWanted) return;
    const names = metricsOf(widgetsIn(template())).map((metric) => metric.split(' ').slice(0, 2).join(' '));
    expect(names).toEqual(
      expect.arrayContaining([
        'AWS/IoT TopicMatch',
        'AWS/ApiGateway Count',
        'AWS/ApiGateway 4xx',
        'AWS/ApiGateway 5xx',
        'Amphora PointsStored',
        'Amphora PointsRepeated',
        'Amphora PointsCollided',
        'AWS/Lambda ConcurrentExecutions',
        'AWS/Lambda Duration',
        'AWS/Lambda AsyncEventAge',
      ]),
    );
  });

  test('it shows the redrive: its runs, those that failed, and the longest', () => {
    if (!isWanted) return;
    const [id] = ofType(template(), 'AWS::Lambda::Function').find(([one]) => one.startsWith('Redrive')) ?? [];
    const ofRedrive = metricsOf(widgetsIn(template())).filter((metric) => metric.endsWith(`FunctionName=\${${id}}`));
    expect(ofRedrive).toEqual(
      ['Invocations', 'Errors', 'Duration'].map((name) => `AWS/Lambda ${name} FunctionName=\${${id}}`),
    );
  });

  test('it stays free, and its widgets lie on the page and beside each other', () => {
    const widgets = isWanted ? widgetsIn(template()) : [];
    expect(metricsOf(widgets).length).toBeLessThanOrEqual(FREE_METRICS);
    const cells = widgets.flatMap(({ x, y, width, height }) => {
      expect(x + width).toBeLessThanOrEqual(PAGE_WIDTH);
      return Array.from({ length: width * height }, (_, n) => `${x + (n % width)},${y + Math.floor(n / width)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('it shows its own region, and no battery', () => {
    for (const { type, properties } of isWanted ? widgetsIn(template()) : []) {
      if (type === 'metric') expect(properties.region).toBe('${AWS::Region}');
      for (const [, , ...rest] of properties.metrics ?? []) {
        const dimensions = rest.slice(0, -1).filter((_, n) => n % 2 === 0);
        expect(dimensions.filter((name) => !KNOWN_DIMENSIONS.includes(String(name)))).toEqual([]);
      }
    }
  });
});

const KNOWN_DIMENSIONS = ['RuleName', 'ActionType', 'FunctionName', 'Function', 'QueueName', 'Stack', 'ApiId'];

function widgetsIn(template: Template): readonly Widget[] {
  const [dashboard] = ofType(template, 'AWS::CloudWatch::Dashboard');
  const body: { readonly widgets: readonly Widget[] } = JSON.parse(textOf(dashboard?.[1].Properties['DashboardBody']));
  return body.widgets;
}

/** Each as `namespace name key=value …`, without how it is drawn. */
function metricsOf(widgets: readonly Widget[]): readonly string[] {
  return widgets.flatMap(({ properties }) =>
    (properties.metrics ?? []).map(([namespace, name, ...rest]) => {
      const pairs = rest.slice(0, -1).map(String);
      return shown(String(namespace), String(name), pairs);
    }),
  );
}

function watchedBy(alarm: Tree): readonly string[] {
  const metrics = [alarm['Metrics'] ?? []].flat().flatMap(({ MetricStat }) => MetricStat?.['Metric'] ?? []);
  return (metrics.length === 0 ? [alarm] : metrics).map(({ Namespace, MetricName, Dimensions }) =>
    shown(
      textOf(Namespace),
      textOf(MetricName),
      [Dimensions ?? []].flat().flatMap(({ Name, Value }) => [textOf(Name), textOf(Value)]),
    ),
  );
}

function shown(namespace: string, name: string, pairs: readonly string[]): string {
  const dimensions = pairs.flatMap((key, n) => (n % 2 === 0 ? [`${key}=${pairs[n + 1]}`] : []));
  return [namespace, name, ...dimensions.toSorted()].join(' ');
}
