/**
 * What tells that readings may be lost, or wait: one alarm each, which docs/operations.md explains. Metric names and
 * dimensions are exactly those of AWS's pages, for an alarm on a name that is nobody's is silent for ever. No dimension is a
 * battery: each value of one is a metric that is paid for.
 */

export type Metric = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Maximum' | 'Average';
};

/** Of how many periods how many must be over the threshold. */
export type Rhythm = { readonly periodS: number; readonly periods: number; readonly breaching: number };

export type Detector = {
  /** Of the alarm, behind the stack's. */
  readonly name: string;
  /** What their sum counts may not happen once. */
  readonly metrics: readonly Metric[];
  /** Of ages: counted are those metrics that are over it. */
  readonly overSeconds?: number;
  readonly rhythm: Rhythm;
  /** Stands in the mail. */
  readonly means: string;
};

/** The physical names of what is watched. */
export type Watched = {
  readonly stackName: string;
  /** The topic rules. */
  readonly ruleNames: readonly string[];
  readonly writer: string;
  /** The functions that take readings over HTTP. */
  readonly takers: readonly string[];
  readonly failureQueues: readonly string[];
  /** The function that looks after them. */
  readonly redrive: string;
  /** In buffered mode, where messages wait for the writer. */
  readonly bufferQueue?: string;
};

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** Where CloudWatch shows what the functions count (lambdas/aws/metrics.ts), and under which names the writer does. */
export const METRICS_NAMESPACE = 'Amphora';
export const QUARANTINED_METRIC = 'MessagesQuarantined';
export const GIVEN_BACK_METRIC = 'MessagesGivenBack';
export const REFUSED_METRIC = 'RequestsFailed';

// "AWS IoT metrics and dimensions", rule action metrics, does not list the values of ActionType. `SQS` is what AWS's own dashboard
// in awslabs/garnet-framework asks for; `Lambda` is written in the same way by others who read it.
export const ruleAction = ({ bufferQueue }: Watched): string => (bufferQueue === undefined ? 'Lambda' : 'SQS');
export const RULE_ERROR_ACTION = 'SQS';

/** Once in an hour. Not once in five minutes: whoever sends nonsense every ten would be told of twelve times an hour. */
const ONCE: Rhythm = { periodS: 5 * MINUTE_S, periods: 12, breaching: 1 };
/**
 * A quarter of an hour without a pause: what ends sooner has mended itself. It hides no loss, for a message that failed three
 * times in three minutes is in a failure queue, which has an alarm of its own.
 */
const LASTING: Rhythm = { periodS: 5 * MINUTE_S, periods: 3, breaching: 3 };
/** The same of what runs every quarter of an hour: twice on end. */
const LASTING_RUNS: Rhythm = { periodS: 15 * MINUTE_S, periods: 2, breaching: 2 };
/** Until it was gone for a quarter of an hour: a message that somebody has just taken to look at is not counted. */
const THERE: Rhythm = { periodS: 5 * MINUTE_S, periods: 3, breaching: 1 };
/** In each quarter of a day, for three days. */
const FOR_THREE_DAYS: Rhythm = { periodS: 6 * HOUR_S, periods: 12, breaching: 12 };

export function lossDetectors(watched: Watched): readonly Detector[] {
  return [
    ...ruleDetectors(watched),
    ...functionDetectors(watched),
    ...queueDetectors(watched),
    ...ownDetectors(watched),
  ];
}

/** How many metrics the alarms are billed for: one on a sum is billed for each of its terms. */
export function alarmedMetrics(detectors: readonly Detector[]): number {
  return detectors.reduce((sum, { metrics }) => sum + metrics.length, 0);
}

// https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html: "Rule metrics" have the dimension RuleName,
// "Rule action metrics" RuleName and ActionType.
function ruleDetectors(watched: Watched): readonly Detector[] {
  const { ruleNames } = watched;
  const ofRules = (metric: string, dimensions: Metric['dimensions'] = {}): readonly Metric[] =>
    ruleNames.map((RuleName) => count('AWS/IoT', metric, { RuleName, ...dimensions }));
  return [
    {
      name: 'rule-parse-error',
      metrics: ofRules('ParseError'),
      rhythm: ONCE,
      means: 'AWS IoT could not read messages, and they are lost: they reached neither the writer nor a queue.',
    },
    {
      name: 'rule-throttled',
      metrics: ofRules('RuleMessageThrottled'),
      rhythm: ONCE,
      means: 'AWS IoT throttled the rules: the messages are lost, they reached neither the writer nor a queue.',
    },
    {
      name: 'rule-not-found',
      metrics: ofRules('RuleNotFound'),
      rhythm: ONCE,
      means: 'Messages were sent to a rule that is not there, and are lost.',
    },
    {
      name: 'rule-action-failed',
      metrics: ofRules('Failure', { ActionType: ruleAction(watched) }),
      rhythm: ONCE,
      means: 'A rule could not hand messages to the writer. They wait in the queue UndeliveredMessages.',
    },
    {
      name: 'rule-error-action-failed',
      metrics: ofRules('ErrorActionFailure', { ActionType: RULE_ERROR_ACTION }),
      rhythm: ONCE,
      means: 'What a rule could not hand to the writer it could not put into its queue either: it is lost.',
    },
  ];
}

// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, with the dimension FunctionName of
// …/monitoring-metrics-view.html.
function functionDetectors({ stackName, writer, redrive, takers }: Watched): readonly Detector[] {
  const ofFunction = (metric: string, FunctionName: string): Metric => count('AWS/Lambda', metric, { FunctionName });
  const writerDetector = (name: string, metric: string, rhythm: Rhythm, means: string): Detector => ({
    name,
    metrics: [ofFunction(metric, writer)],
    rhythm,
    means,
  });
  return [
    writerDetector(
      'writer-errors',
      'Errors',
      LASTING,
      'The writer fails. Its messages are tried again, then wait in the queue UnwrittenReadings.',
    ),
    writerDetector(
      'writer-throttled',
      'Throttles',
      LASTING,
      'More messages come than writers may run at once. They wait up to six hours, then in the queue UnwrittenReadings.',
    ),
    writerDetector(
      'writer-events-dropped',
      'AsyncEventsDropped',
      ONCE,
      'Lambda gave messages up. They wait in the queue UnwrittenReadings, unless writer-destination-failed tells of it too.',
    ),
    writerDetector(
      'writer-destination-failed',
      'DestinationDeliveryFailures',
      ONCE,
      'What the writer could not store Lambda could not put into the queue UnwrittenReadings: it is lost.',
    ),
    {
      name: 'redrive-errors',
      metrics: [ofFunction('Errors', redrive)],
      rhythm: LASTING_RUNS,
      means:
        'What waits in the failure queues is not brought back: the function that does it fails. After 14 days it is lost.',
    },
    {
      name: 'readings-refused',
      metrics: takers.flatMap((taker) => [
        ofFunction('Errors', taker),
        ofFunction('Throttles', taker),
        count(METRICS_NAMESPACE, REFUSED_METRIC, { Stack: stackName, Function: taker }),
      ]),
      rhythm: ONCE,
      means:
        'Readings that came over HTTP were refused with 5xx. A sender that does not send them again has lost them.',
    },
  ];
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html, with the
// dimension QueueName. The page of the age: what was received three times and not deleted no longer counts. So what is taken out
// again and again and never stored has no age, and failures-for-3-days tells of it.
function queueDetectors({ failureQueues, bufferQueue }: Watched): readonly Detector[] {
  const ofQueue = (name: string, QueueName: string): Metric => ({
    namespace: 'AWS/SQS',
    name,
    dimensions: { QueueName },
    statistic: 'Maximum',
  });
  const ofQueues = (name: string): readonly Metric[] => failureQueues.map((queue) => ofQueue(name, queue));
  const waiting = ofQueues('ApproximateNumberOfMessagesVisible');
  const ages = ofQueues('ApproximateAgeOfOldestMessage');
  return [
    {
      name: 'failures-waiting',
      metrics: waiting,
      rhythm: THERE,
      means: 'Messages that could not be stored wait in a failure queue. Nothing of them is lost for 14 days.',
    },
    {
      name: 'failures-for-3-days',
      metrics: waiting,
      rhythm: FOR_THREE_DAYS,
      means:
        'For 3 days messages have waited in the failure queues, whatever tries to bring them back. After 14 they are lost.',
    },
    {
      name: 'failures-3-days-old',
      metrics: ages,
      overSeconds: 3 * DAY_S,
      rhythm: THERE,
      means: 'A message waits in a failure queue for more than 3 days. After 14 it is lost.',
    },
    {
      name: 'failures-10-days-old',
      metrics: ages,
      overSeconds: 10 * DAY_S,
      rhythm: THERE,
      means: 'A message waits in a failure queue for more than 10 days. After 14 it is lost.',
    },
    ...(bufferQueue === undefined
      ? []
      : [
          {
            name: 'buffer-a-day-old',
            metrics: [ofQueue('ApproximateAgeOfOldestMessage', bufferQueue)],
            overSeconds: DAY_S,
            rhythm: THERE,
            means:
              'Messages have waited in the queue BufferedMessages for a day: the database takes nothing, or too slowly. After 50 hours of vain tries they go to DeadMessages, after 10 days they are lost.',
          },
        ]),
  ];
}

function ownDetectors({ stackName }: Watched): readonly Detector[] {
  const own = (name: string): readonly Metric[] => [count(METRICS_NAMESPACE, name, { Stack: stackName })];
  return [
    {
      name: 'messages-given-back',
      metrics: own(GIVEN_BACK_METRIC),
      rhythm: LASTING,
      means: 'The database takes no readings. Messages are tried again, then wait in the queue UnwrittenReadings.',
    },
    {
      name: 'messages-quarantined',
      metrics: own(QUARANTINED_METRIC),
      rhythm: ONCE,
      means: 'Messages came that can never be stored as they are. They are kept with the reason.',
    },
  ];
}

function count(namespace: string, name: string, dimensions: Metric['dimensions']): Metric {
  return { namespace, name, dimensions, statistic: 'Sum' };
}
