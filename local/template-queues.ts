/** The template's queues, and what polls them. */
import type { MappingSettings } from './event-source-mapping.ts';
import type { QueueSettings } from './sqs/queues.ts';
import { broken, type Resource, recordOf, textsOf } from './template-resource.ts';

export type TemplateMapping = {
  readonly queueId: string;
  readonly functionId: string;
  readonly settings: MappingSettings;
};

export type TemplateQueues = {
  readonly queues: readonly QueueSettings[];
  readonly mappings: readonly TemplateMapping[];
};

export const QUEUES_EMULATED: Readonly<Record<string, readonly string[]>> = {
  // Here everything is kept for ever: a machine may be switched off for longer than SQS keeps anything.
  'AWS::SQS::Queue': ['MessageRetentionPeriod', 'VisibilityTimeout', 'RedrivePolicy'],
  'AWS::Lambda::EventSourceMapping': [
    'BatchSize',
    'Enabled',
    'EventSourceArn',
    'FunctionName',
    'FunctionResponseTypes',
    'MaximumBatchingWindowInSeconds',
    'ScalingConfig',
  ],
};

// SQS's and Lambda's own values where the template has none.
const DEFAULT_VISIBILITY_S = 30;
const DEFAULT_BATCH_SIZE = 10;
const DEFAULT_CONCURRENCY = 5;

export function readQueues(resources: readonly Resource[]): TemplateQueues {
  const ofType = (type: string): readonly Resource[] => resources.filter((resource) => resource.type === type);
  const queues = ofType('AWS::SQS::Queue').map(queueOf);
  const mappings = ofType('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => properties['Enabled'] !== false)
    .map(mappingOf);
  for (const { queueId } of mappings)
    if (!queues.some(({ name }) => name === queueId))
      throw broken(`an event source mapping polls ${queueId}, which is no queue of the template`);
  return { queues, mappings };
}

function queueOf({ logicalId, properties }: Resource): QueueSettings {
  const { deadLetterTargetArn, maxReceiveCount } = recordOf(properties['RedrivePolicy']);
  return {
    name: logicalId,
    visibilityMs: Number(properties['VisibilityTimeout'] ?? DEFAULT_VISIBILITY_S) * 1000,
    ...(deadLetterTargetArn === undefined
      ? {}
      : { redrive: { deadLetterQueue: idOfArn(deadLetterTargetArn), maxReceiveCount: Number(maxReceiveCount) } }),
  };
}

function mappingOf({ properties }: Resource): TemplateMapping {
  const { MaximumConcurrency } = recordOf(properties['ScalingConfig']);
  return {
    queueId: idOfArn(properties['EventSourceArn']),
    functionId: idOfArn(properties['FunctionName']),
    settings: {
      batchSize: Number(properties['BatchSize'] ?? DEFAULT_BATCH_SIZE),
      windowMs: Number(properties['MaximumBatchingWindowInSeconds'] ?? 0) * 1000,
      maxConcurrency: Number(MaximumConcurrency ?? DEFAULT_CONCURRENCY),
      reportsItemFailures: textsOf(properties['FunctionResponseTypes']).includes('ReportBatchItemFailures'),
    },
  };
}

const idOfArn = (arn: unknown): string => String(arn).split(':').at(-1) ?? '';
