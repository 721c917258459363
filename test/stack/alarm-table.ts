/**
 * The alarms as they must be, written from AWS's pages and no-loss.md and not from the code: what each watches, how often it may
 * happen, and the page that has the metric's name and its dimensions. `<…>` stands for a name that the stack gives.
 */

const DOCS = 'https://docs.aws.amazon.com';
const IOT = `${DOCS}/iot/latest/developerguide/metrics_dimensions.html`;
const LAMBDA = `${DOCS}/lambda/latest/dg/monitoring-metrics-types.html`;
const SQS = `${DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html`;
const OURS = 'lambdas/aws/metrics.ts';

export type AlarmRow = {
  readonly alarm: string;
  readonly page: string;
  /** `statistic namespace metric`, then the dimensions by name. */
  readonly metrics: readonly string[];
  /** Of several, what is compared with the threshold. */
  readonly total?: string;
  readonly threshold: string;
  /** `breaching of periods`. */
  readonly of: string;
};

const RULES = ['<rule>_charge', '<rule>_discharge', '<rule>_telemetry'];
const ofRules = (metric: string, others = ''): readonly string[] =>
  RULES.map((name) => `Sum AWS/IoT ${metric} ${others}RuleName=${name}`);
const ofQueue = (metric: string, name: string): string => `Maximum AWS/SQS ${metric} QueueName=<${name}.QueueName>`;
const totalOf = (count: number, term: (metric: string) => string): string =>
  Array.from({ length: count }, (_, i) => term(`m${i + 1}`)).join(' + ');
const ofWriter = (metric: string): readonly string[] => [`Sum AWS/Lambda ${metric} FunctionName=<Writer>`];
const AT_LEAST_ONE = '>= 1';
const THREE = 'm1 + m2 + m3';

/** In buffered mode besides: the rules hand over to a queue, and there is one of what the writer never lived through. */
export function alarmTable(ingest: 'direct' | 'buffered'): readonly AlarmRow[] {
  const isBuffered = ingest === 'buffered';
  const queues = ['UnwrittenReadings', 'UndeliveredMessages', ...(isBuffered ? ['DeadMessages'] : [])];
  const ofQueues = (metric: string): readonly string[] => queues.map((name) => ofQueue(metric, name));
  const overS = (seconds: number): string => totalOf(queues.length, (metric) => `IF(${metric} > ${seconds}, 1, 0)`);
  const either = totalOf(queues.length, (metric) => metric);
  return [
    {
      alarm: 'rule-parse-error',
      page: `${IOT}#rulemetrics`,
      metrics: ofRules('ParseError'),
      total: THREE,
      threshold: AT_LEAST_ONE,
      of: '1 of 12 × 300 s',
    },
    {
      alarm: 'rule-throttled',
      page: `${IOT}#rulemetrics`,
      metrics: ofRules('RuleMessageThrottled'),
      total: THREE,
      threshold: AT_LEAST_ONE,
      of: '1 of 12 × 300 s',
    },
    {
      alarm: 'rule-not-found',
      page: `${IOT}#rulemetrics`,
      metrics: ofRules('RuleNotFound'),
      total: THREE,
      threshold: AT_LEAST_ONE,
      of: '1 of 12 × 300 s',
    },
    {
      alarm: 'rule-action-failed',
      page: `${IOT}#rule-action-metrics`,
      metrics: ofRules('Failure', `ActionType=${isBuffered ? 'SQS' : 'Lambda'} `),
      total: THREE,
      threshold: AT_LEAST_ONE,
      of: '1 of 12 × 300 s',
    },
    {
      alarm: 'rule-error-action-failed',
      page: `${IOT}#rule-action-metrics`,
      metrics: ofRules('ErrorActionFailure', 'ActionType=SQS '),
      total: THREE,
      threshold: AT_LEAST_ONE,
      of: '1 of 12 × 300 s',
    },
    {
      alarm: 'writer-errors',
      page: `${LAMBDA}#invocation-metrics`,
      metrics: ofWriter('Errors'),
      threshold: AT_LEAST_ONE,
      of: '3 of 3 × 300 s',
    },
    {
      alarm: 'writer-throttled',
      page: `${LAMBDA}#invocation-metrics`,
      metrics: ofWriter('Throttles'),
      threshold: AT_LEAST_ONE,
      of: '3 of 3 × 300 s',
    },
    {
      alarm: 'writer-events-dropped',
      page: `${LAMBDA}#async-invocation-metrics`,
      metrics: ofWriter('AsyncEventsDropped'),
      threshold: AT_LEAST_ONE,
      of: '1 of 12 × 300 s',
    },
    {
      alarm: 'writer-destination-failed',
      page: `${LAMBDA}#invocation-metrics`,
      metrics: ofWriter('DestinationDeliveryFailures'),
      threshold: AT_LEAST_ONE,
      of: '1 of 12 × 300 s',
    },
    {
      alarm: 'redrive-errors',
      page: `${LAMBDA}#invocation-metrics`,
      metrics: ['Sum AWS/Lambda Errors FunctionName=<Redrive>'],
      threshold: AT_LEAST_ONE,
      of: '2 of 2 × 900 s',
    },
    {
      alarm: 'readings-refused',
      page: `${LAMBDA}#invocation-metrics and ${OURS}`,
      metrics: ['<Ingest>', '<DirectWrite>'].flatMap((name) => [
        `Sum AWS/Lambda Errors FunctionName=${name}`,
        `Sum AWS/Lambda Throttles FunctionName=${name}`,
        `Sum Amphora RequestsFailed Function=${name} Stack=<stack>`,
      ]),
      total: 'm1 + m2 + m3 + m4 + m5 + m6',
      threshold: AT_LEAST_ONE,
      of: '1 of 12 × 300 s',
    },
    {
      alarm: 'failures-waiting',
      page: SQS,
      metrics: ofQueues('ApproximateNumberOfMessagesVisible'),
      total: either,
      threshold: AT_LEAST_ONE,
      of: '1 of 3 × 300 s',
    },
    {
      alarm: 'failures-for-3-days',
      page: SQS,
      metrics: ofQueues('ApproximateNumberOfMessagesVisible'),
      total: either,
      threshold: AT_LEAST_ONE,
      of: '12 of 12 × 21600 s',
    },
    {
      alarm: 'failures-3-days-old',
      page: SQS,
      metrics: ofQueues('ApproximateAgeOfOldestMessage'),
      total: overS(259_200),
      threshold: AT_LEAST_ONE,
      of: '1 of 3 × 300 s',
    },
    {
      alarm: 'failures-10-days-old',
      page: SQS,
      metrics: ofQueues('ApproximateAgeOfOldestMessage'),
      total: overS(864_000),
      threshold: AT_LEAST_ONE,
      of: '1 of 3 × 300 s',
    },
    ...(isBuffered
      ? [
          {
            alarm: 'buffer-a-day-old',
            page: SQS,
            metrics: [ofQueue('ApproximateAgeOfOldestMessage', 'BufferedMessages')],
            threshold: '> 86400',
            of: '1 of 3 × 300 s',
          },
        ]
      : []),
    {
      alarm: 'messages-given-back',
      page: OURS,
      metrics: ['Sum Amphora MessagesGivenBack Stack=<stack>'],
      threshold: AT_LEAST_ONE,
      of: '3 of 3 × 300 s',
    },
    {
      alarm: 'messages-quarantined',
      page: OURS,
      metrics: ['Sum Amphora MessagesQuarantined Stack=<stack>'],
      threshold: AT_LEAST_ONE,
      of: '1 of 12 × 300 s',
    },
  ];
}

/** Every loss detector that no-loss.md lists, with the dimensions that a metric of that name has. */
export const PROMISED: readonly (readonly [metric: string, dimensions: string])[] = [
  ['ParseError', 'RuleName'],
  ['RuleMessageThrottled', 'RuleName'],
  ['RuleNotFound', 'RuleName'],
  ['Failure', 'ActionType,RuleName'],
  ['ErrorActionFailure', 'ActionType,RuleName'],
  ['Errors', 'FunctionName'],
  ['Throttles', 'FunctionName'],
  ['AsyncEventsDropped', 'FunctionName'],
  ['DestinationDeliveryFailures', 'FunctionName'],
  ['ApproximateAgeOfOldestMessage', 'QueueName'],
  ['ApproximateNumberOfMessagesVisible', 'QueueName'],
  ['MessagesQuarantined', 'Stack'],
  ['MessagesGivenBack', 'Stack'],
];
