import { beforeAll, describe, expect, test } from '@jest/globals';
import { COMBINATIONS, type Context, DATABASES, EMULATOR, synthesisOf } from './combinations.ts';
import { noticesIn, SYNTHESIS_TIMEOUT_MS, synthesizedFolders, type Template, templateIn } from './templates.ts';

let folders: ReadonlyMap<Context, string> = new Map();
const folderOf = (context: Context): string => folders.get(context) ?? '';

beforeAll(async () => {
  const made = await synthesizedFolders(COMBINATIONS.map(synthesisOf));
  folders = new Map(COMBINATIONS.map((context, i) => [context, made[i] ?? '']));
}, SYNTHESIS_TIMEOUT_MS);

describe('the emulator’s stack', () => {
  test('says loudly that it is open, and nothing of prices; no other stack says it is', () => {
    for (const context of COMBINATIONS) {
      const loud = noticesIn(folderOf(context)).filter((notice) =>
        notice.startsWith('warning STAGE EMULATOR: EVERY ROUTE IS OPEN'),
      );
      expect([context, loud.length]).toEqual([context, 'stage' in context ? 1 : 0]);
      if ('stage' in context) expect(noticesIn(folderOf(context))).toHaveLength(1);
    }
  });

  test('is the deployed one but for sign-in, TLS and what outlives it', () => {
    const deployed = templateIn(folderOf(DATABASES.made));
    const emulated = templateIn(folderOf(EMULATOR));
    const shape = (template: Template): readonly string[] =>
      Object.entries(template.Resources)
        .filter(([, { Type }]) => !Type.endsWith('Policy'))
        .map(([id, { Type, Properties }]) => {
          const { AuthorizationType: _, AuthorizerId: __, ...rest } = Properties;
          const text = Type === 'AWS::ApiGatewayV2::Route' ? JSON.stringify(rest) : JSON.stringify(Properties);
          return `${id} ${Type} ${text.replaceAll(/http:\/\/127[^"]*|https:\/\/influx[^"]*|[0-9a-f]{64}\.zip/g, '…')}`;
        });
    expect(shape(emulated)).toEqual(shape(deployed));
  });
});
