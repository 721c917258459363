/** What the template calls at a rate. */
import { broken, type Properties, type Resource, recordOf, textOf } from './template-resource.ts';

export type TemplateSchedule = {
  readonly name: string;
  readonly everyMs: number;
  readonly functionIds: readonly string[];
};

export const SCHEDULES_EMULATED: Readonly<Record<string, readonly string[]>> = {
  'AWS::Events::Rule': ['Description', 'ScheduleExpression', 'State', 'Targets'],
};

const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;
const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
// How late an event may still come: here none waits for its function.
const TARGET_MEMBERS = ['Id', 'Arn', 'RetryPolicy'];

export function readSchedules(
  resources: readonly Resource[],
  idOfArn: (arn: unknown) => string,
): readonly TemplateSchedule[] {
  const functionIds = resources.flatMap(({ type, logicalId }) => (type === 'AWS::Lambda::Function' ? [logicalId] : []));
  const targetOf = (name: string, target: Properties): string => {
    const functionId = idOfArn(target['Arn']);
    const isKnown =
      functionIds.includes(functionId) && Object.keys(target).every((one) => TARGET_MEMBERS.includes(one));
    if (isKnown) return functionId;
    throw broken(
      `schedule ${name} has a target that is not a function with the schedule's own event, which is not emulated`,
    );
  };
  return resources.flatMap(({ type, logicalId, properties }) => {
    const { ScheduleExpression: expression, State, Targets } = properties;
    if (type !== 'AWS::Events::Rule' || expression === undefined || textOf(State, '').startsWith('DISABLED')) return [];
    const targets = Array.isArray(Targets) ? Targets.map(recordOf) : [];
    return [
      {
        name: logicalId,
        everyMs: rateOf(logicalId, textOf(expression, 'no text')),
        functionIds: targets.map((target) => targetOf(logicalId, target)),
      },
    ];
  });
}

function rateOf(name: string, expression: string): number {
  const [, count, unit = ''] = RATE.exec(expression) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw broken(`schedule ${name} is ${expression}, and only rates are emulated`);
  return Number(count) * unitMs;
}
