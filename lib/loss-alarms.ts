/** An alarm for each loss detector, all to one topic, when it begins and when it is over. */
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type Detector, lossDetectors, type Metric, type Watched } from './loss-detectors.ts';

export type LossAlarmsProps = {
  readonly watched: Watched;
  readonly topicArn: string;
  /** MiniStack refuses an alarm on a sum (Metrics): there only those on one metric are made. */
  readonly isOnAws: boolean;
};

export class LossAlarms extends Construct {
  readonly arns: readonly string[];

  constructor(scope: Construct, id: string, { watched, topicArn, isOnAws }: LossAlarmsProps) {
    super(scope, id);
    const detectors = lossDetectors(watched).filter(({ metrics }) => isOnAws || metrics.length === 1);
    this.arns = detectors.map((detector) => {
      const { name, rhythm, means } = detector;
      return new CfnAlarm(this, name, {
        alarmName: `${watched.stackName}-${name}`,
        alarmDescription: `${means} What to do: docs/operations.md, "Alarms".`,
        ...whatIsWatched(detector),
        evaluationPeriods: rhythm.periods,
        datapointsToAlarm: rhythm.breaching,
        // A count that nobody counted is none, and an empty queue has no age.
        treatMissingData: 'notBreaching',
        alarmActions: [topicArn],
        okActions: [topicArn],
      }).attrArn;
    });
  }
}

type Watch = Pick<Detector, 'metrics' | 'overSeconds' | 'rhythm'>;

const AT_LEAST_ONE = { comparisonOperator: 'GreaterThanOrEqualToThreshold', threshold: 1 };

function whatIsWatched({ metrics, overSeconds, rhythm: { periodS: period } }: Watch) {
  const [only] = metrics;
  if (only !== undefined && metrics.length === 1) {
    const { namespace, name: metricName, statistic } = only;
    const watched = { namespace, metricName, dimensions: dimensionsOf(only), statistic, period };
    if (overSeconds === undefined) return { ...watched, ...AT_LEAST_ONE };
    return { ...watched, comparisonOperator: 'GreaterThanThreshold', threshold: overSeconds };
  }
  const terms = metrics.map((metric, i) => ({
    id: `m${i + 1}`,
    metricStat: {
      metric: { namespace: metric.namespace, metricName: metric.name, dimensions: dimensionsOf(metric) },
      period,
      stat: metric.statistic,
    },
    returnData: false,
  }));
  // In a sum a metric without data counts as 0 ("Metric math syntax and functions", basic arithmetic), and a sum of none at all
  // is missing. Not MAX, which that page does not want in alarms.
  const expression = terms
    .map(({ id }) => (overSeconds === undefined ? id : `IF(${id} > ${overSeconds}, 1, 0)`))
    .join(' + ');
  return { metrics: [{ id: 'total', expression, returnData: true }, ...terms], ...AT_LEAST_ONE };
}

function dimensionsOf({ dimensions }: Metric): { readonly name: string; readonly value: string }[] {
  return Object.entries(dimensions).map(([name, value]) => ({ name, value }));
}
