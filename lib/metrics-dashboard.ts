/**
 * One page in CloudWatch that shows what comes in, what becomes of it and what fails. It asks only while somebody looks at it,
 * and an account's first three dashboards of at most 50 metrics cost nothing.
 */
import { Aws, Stack } from 'aws-cdk-lib';
import { CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import {
  GIVEN_BACK_METRIC,
  lossDetectors,
  METRICS_NAMESPACE,
  type Metric,
  QUARANTINED_METRIC,
  type Watched,
} from './loss-detectors.ts';

export type MetricsDashboardProps = {
  readonly watched: Watched;
  readonly apiId: string;
  readonly alarmArns: readonly string[];
};

type Statistic = Metric['statistic'] | 'p99';
type Line = Omit<Metric, 'statistic'> & { readonly statistic: Statistic; readonly label: string };
type Graph = { readonly title: string; readonly lines: readonly Line[] };

const GRAPH_PERIOD_S = 300;
const PAGE_WIDTH = 24;
const ALARMS_HEIGHT = 4;
const GRAPH_WIDTH = 8;
const GRAPH_HEIGHT = 6;
const GRAPHS_IN_A_ROW = PAGE_WIDTH / GRAPH_WIDTH;

export class MetricsDashboard extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { watched, apiId, alarmArns }: MetricsDashboardProps) {
    super(scope, id);
    // Dashboards are the account's, of all regions together, and one of the same name would be overwritten.
    const dashboardName = `${watched.stackName}-${Aws.REGION}`;
    const widgets = [
      {
        type: 'alarm',
        x: 0,
        y: 0,
        width: PAGE_WIDTH,
        height: ALARMS_HEIGHT,
        properties: { title: 'Alarms', alarms: alarmArns },
      },
      ...graphs(watched, apiId).map((graph, i) => ({
        type: 'metric',
        x: (i % GRAPHS_IN_A_ROW) * GRAPH_WIDTH,
        y: ALARMS_HEIGHT + Math.floor(i / GRAPHS_IN_A_ROW) * GRAPH_HEIGHT,
        width: GRAPH_WIDTH,
        height: GRAPH_HEIGHT,
        properties: {
          title: graph.title,
          region: Aws.REGION,
          view: 'timeSeries',
          period: GRAPH_PERIOD_S,
          yAxis: { left: { min: 0 } },
          metrics: graph.lines.map(lineOf),
        },
      })),
    ];
    new CfnDashboard(this, 'Dashboard', {
      dashboardName,
      dashboardBody: Stack.of(this).toJsonString({ start: '-PT24H', widgets }),
    });
    this.url = `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards:name=${dashboardName}`;
  }
}

function graphs(watched: Watched, apiId: string): readonly Graph[] {
  const { stackName, ruleNames, writer, redrive } = watched;
  // The page of AWS IoT as in loss-detectors.ts; "Working with metrics for HTTP APIs" in API Gateway's developer guide.
  const messages = ruleNames.map((RuleName) => sum('AWS/IoT', 'TopicMatch', { RuleName }, `messages of ${RuleName}`));
  const requests = (name: string, label: string): Line => sum('AWS/ApiGateway', name, { ApiId: apiId }, label);
  const ours = (name: string, label: string): Line => sum(METRICS_NAMESPACE, name, { Stack: stackName }, label);
  const ofFunction = (FunctionName: string, name: string, statistic: Statistic, label: string): Line => ({
    ...sum('AWS/Lambda', name, { FunctionName }, label),
    statistic,
  });
  const ofWriter = (name: string, statistic: Statistic, label: string): Line =>
    ofFunction(writer, name, statistic, label);
  return [
    { title: 'Came in', lines: [...messages, requests('Count', 'requests to the API')] },
    {
      title: 'Stored',
      lines: [
        ours('PointsStored', 'points stored'),
        ours('PointsRepeated', 'points that were there already'),
        ours('PointsCollided', 'points that another one was in the place of'),
      ],
    },
    {
      title: 'Not stored',
      lines: [
        ours(GIVEN_BACK_METRIC, 'messages given back, to be tried again'),
        ours(QUARANTINED_METRIC, 'messages quarantined'),
      ],
    },
    { title: 'Waiting in the failure queues', lines: detected(watched, 'failures-waiting') },
    { title: 'Age of the oldest in the failure queues (s)', lines: detected(watched, 'failures-3-days-old') },
    ...(watched.bufferQueue === undefined
      ? []
      : [{ title: 'Age of the oldest that waits for the writer (s)', lines: detected(watched, 'buffer-a-day-old') }]),
    {
      title: 'Writer: fails',
      lines: [
        ...detected(watched, 'writer-errors'),
        ...detected(watched, 'writer-throttled'),
        ...detected(watched, 'writer-events-dropped'),
        ...detected(watched, 'writer-destination-failed'),
      ],
    },
    {
      title: 'Writer: at once',
      lines: [ofWriter('ConcurrentExecutions', 'Maximum', 'writers at once')],
    },
    {
      title: 'Writer: duration, and how long messages waited for it (ms)',
      lines: [
        ofWriter('Duration', 'Average', 'duration'),
        ofWriter('Duration', 'p99', 'duration, p99'),
        ofWriter('AsyncEventAge', 'Maximum', 'waited at most'),
      ],
    },
    {
      title: 'Redrive: runs, and how long the longest took (ms)',
      lines: [
        ofFunction(redrive, 'Invocations', 'Sum', 'runs'),
        ...detected(watched, 'redrive-errors'),
        ofFunction(redrive, 'Duration', 'Maximum', 'the longest'),
      ],
    },
    {
      title: 'Refused over HTTP',
      lines: [
        ...detected(watched, 'readings-refused'),
        // Of all routes, those of readers too; what API Gateway refuses by itself no function knows of.
        requests('4xx', 'answered with 4xx'),
        requests('5xx', 'answered with 5xx'),
      ],
    },
    {
      title: 'Rules: lost',
      lines: ['rule-parse-error', 'rule-throttled', 'rule-not-found'].flatMap((name) => detected(watched, name)),
    },
    {
      title: 'Rules: fail',
      lines: ['rule-action-failed', 'rule-error-action-failed'].flatMap((name) => detected(watched, name)),
    },
  ];
}

/** What an alarm watches, so that the page shows the very same. */
function detected(watched: Watched, name: string): readonly Line[] {
  const detector = lossDetectors(watched).find((one) => one.name === name);
  return (detector?.metrics ?? []).map((metric) => {
    const { RuleName, FunctionName, Function: ours, QueueName } = metric.dimensions;
    return { ...metric, label: `${metric.name} ${RuleName ?? FunctionName ?? ours ?? QueueName ?? ''}`.trim() };
  });
}

function sum(namespace: string, name: string, dimensions: Metric['dimensions'], label: string): Line {
  return { namespace, name, dimensions, statistic: 'Sum', label };
}

function lineOf({ namespace, name, dimensions, statistic, label }: Line): readonly unknown[] {
  return [namespace, name, ...Object.entries(dimensions).flat(), { stat: statistic, label }];
}
