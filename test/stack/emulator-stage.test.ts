import { beforeAll, describe, expect, test } from '@jest/globals';
import { COMBINATIONS, type Context, DATABASES, EMULATOR, EMULATOR_WITH_SIGN_IN, synthesisOf } from './combinations.ts';
import {
  noticesIn,
  type Resource,
  SYNTHESIS_TIMEOUT_MS,
  synthesizedFolders,
  type Template,
  templateIn,
} from './templates.ts';

let folders: ReadonlyMap<Context, string> = new Map();
const folderOf = (context: Context): string => folders.get(context) ?? '';

beforeAll(async () => {
  const made = await synthesizedFolders(COMBINATIONS.map(synthesisOf));
  folders = new Map(COMBINATIONS.map((context, i) => [context, made[i] ?? '']));
}, SYNTHESIS_TIMEOUT_MS);

// What an emulator has not, or a script does in its place.
const ON_AWS_ONLY = /^(Edge|Custom(CDK|S3)|SiteEmptierLogs|SiteFiles(Uploads|Logs|Role|AutoDelete))/;
// MiniStack refuses an alarm on a sum; so the dashboard has fewer alarms to show too.
const isSum = ({ Properties }: Resource): boolean => Properties['Metrics'] !== undefined;

describe('the emulator’s stack', () => {
  test('says loudly what it is, and nothing of prices; no other stack says it is', () => {
    for (const context of COMBINATIONS) {
      const notices = noticesIn(folderOf(context));
      const loud = notices.filter((notice) => notice.startsWith('warning STAGE EMULATOR'));
      expect([context, loud.length]).toEqual([context, 'stage' in context ? 1 : 0]);
      if ('stage' in context) expect(notices).toEqual(loud);
    }
  });

  test('says that it is open when nobody signs in, and only then', () => {
    const open = /EVERY ROUTE IS OPEN/;
    expect(noticesIn(folderOf(EMULATOR)).join()).toMatch(open);
    expect(noticesIn(folderOf(EMULATOR_WITH_SIGN_IN)).join()).not.toMatch(open);
  });

  test('is the deployed one but for CloudFront, TLS, alarms on a sum, sign-in where there is none, and what outlives it', () => {
    const deployed = templateIn(folderOf(DATABASES.made));
    const shape = (template: Template): readonly string[] =>
      Object.entries(template.Resources)
        .filter(([, { Type }]) => !/Policy$|^AWS::Cognito::|Authorizer$/.test(Type))
        .map(([id, { Type, Properties }]) => {
          const { AuthorizationType: _, AuthorizerId: __, AuthorizationScopes: ___, Tags: ____, ...rest } = Properties;
          const text = /^(Session|MetricsDashboard)/.test(id) ? '' : JSON.stringify(rest);
          return `${id} ${Type} ${text.replaceAll(/http:\/\/127[^"]*|https:\/\/influx[^"]*|[0-9a-f]{64}\.zip/g, '…')}`;
        });
    for (const context of [EMULATOR, EMULATOR_WITH_SIGN_IN]) {
      const emulated = templateIn(folderOf(context));
      const left = Object.entries(deployed.Resources).filter(
        ([id, resource]) => !ON_AWS_ONLY.test(id) && !isSum(resource),
      );
      expect(shape(emulated)).toEqual(shape({ ...deployed, Resources: Object.fromEntries(left) }));
    }
  });

  test('has the deployed one’s people, clients and scopes when they sign in', () => {
    const ids = (context: Context): readonly string[] =>
      Object.entries(templateIn(folderOf(context)).Resources)
        .filter(([, { Type }]) => /^AWS::Cognito::|Authorizer$/.test(Type))
        .map(([id]) => id);
    const machine = COMBINATIONS.find((context) => Object.keys(context).join() === 'machineClient') ?? {};
    expect(ids(EMULATOR_WITH_SIGN_IN)).toEqual(ids(machine));
    expect(ids(EMULATOR)).toEqual([]);
  });
});
