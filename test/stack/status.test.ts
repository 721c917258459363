import { beforeAll, describe, expect, test } from '@jest/globals';
import { CASES, type Synthesized, synthesizedCombinations } from './all-templates.ts';
import { allowed, functionVariables, ofType, SYNTHESIS_TIMEOUT_MS, type Template, textOf } from './templates.ts';

let all: readonly Synthesized[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
}, SYNTHESIS_TIMEOUT_MS);

const BUFFER = 'BufferedMessages6D066B4A';

describe.each(CASES)('$title', ({ i, settings }) => {
  const template = (): Template => all[i]?.template ?? { Resources: {}, Outputs: {} };
  const isBuffered = settings.ingest === 'buffered';

  test('the status is told of each queue by its address, of the bucket and of nothing else', () => {
    const told = Object.entries(functionVariables(template()).get('Status') ?? {});
    const own = told.filter(([name]) => !/^(INFLUX|AWS|NODE)_|^(METRICS_NAMESPACE|STACK_NAME)$/.test(name));
    expect(Object.fromEntries(own)).toEqual({
      QUARANTINE_BUCKET: { Ref: 'Quarantine23FF09FE' },
      UNWRITTEN_READINGS_URL: { Ref: 'UnwrittenReadingsCCD825B3' },
      UNDELIVERED_MESSAGES_URL: { Ref: 'UndeliveredMessages60CED835' },
      ...(isBuffered
        ? { DEAD_MESSAGES_URL: { Ref: 'DeadMessages69EF323C' }, BUFFERED_MESSAGES_URL: { Ref: BUFFER } }
        : {}),
    });
  });

  test('of the bucket it may see the names of records, and nothing beside them or in them', () => {
    const [, role] = ofType(template(), 'AWS::IAM::Role').find(([id]) => id.startsWith('StatusRole')) ?? [];
    const text = JSON.stringify(role);
    expect(text).not.toMatch(/s3:(Get|Put|Delete)Object/);
    expect(text.match(/"s3:ListBucket"/g)).toHaveLength(1);
    expect(text).toContain('"Condition":{"StringEquals":{"s3:prefix":"quarantine/"}}');
  });

  test('where the stack makes a door to SQS, the question how much is in a queue goes through it, of each queue', () => {
    const doors = ofType(template(), 'AWS::EC2::VPCEndpoint').filter(([, { Properties }]) =>
      textOf(Properties['ServiceName']).endsWith('.sqs'),
    );
    for (const [door] of doors) {
      const through = allowed(template()).filter(
        ({ id, actions }) => id === door && actions.includes('sqs:GetQueueAttributes'),
      );
      const queues = ofType(template(), 'AWS::SQS::Queue').map(([id]) => `\${${id}.Arn}`);
      expect(through.flatMap(({ resources }) => resources).toSorted()).toEqual(queues.toSorted());
    }
  });
});

test('there are combinations with such a door in both modes', () => {
  const modes = CASES.flatMap(({ i, settings }) =>
    Object.values(all[i]?.template.Resources ?? {}).some(
      ({ Type, Properties }) => Type === 'AWS::EC2::VPCEndpoint' && textOf(Properties['ServiceName']).endsWith('.sqs'),
    )
      ? [settings.ingest]
      : [],
  );
  expect(new Set(modes)).toEqual(new Set(['direct', 'buffered']));
});
