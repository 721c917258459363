import { describe, expect, test } from '@jest/globals';
import { parsePolicy } from '../../../local/iot-policy/policy.ts';

const statement = { Effect: 'Allow', Action: 'iot:Connect', Resource: '*' };

function refusal(document: unknown): string {
  try {
    parsePolicy('devices', document);
    return 'read';
  } catch (error) {
    expect(error).toMatchObject({ code: 'setting-invalid' });
    return String(Object(error).message);
  }
}

describe('a policy document', () => {
  test('is read from an object and from its JSON text alike, one statement or a list of them', () => {
    const read = parsePolicy('p', { Version: '2012-10-17', Statement: [statement] });
    expect(read.statements).toEqual([{ effect: 'Allow', actions: ['iot:Connect'], resources: ['*'], conditions: [] }]);
    expect(parsePolicy('p', { Statement: statement })).toEqual(read);
    expect(parsePolicy('p', JSON.stringify({ Statement: [statement] }))).toEqual(read);
  });

  test.each([
    ['{"Statement":', 'the IoT policy devices cannot be judged here: it is not JSON'],
    [
      { Statement: [statement, { ...statement, Effect: 'allow' }] },
      'devices, statement 2 cannot be judged here: Effect',
    ],
    [{}, 'Effect is neither Allow nor Deny'],
    [{ Statement: [] }, 'read'],
    [{ Statement: { Effect: 'Deny', NotAction: 'iot:Connect', Resource: '*' } }, 'NotAction is not understood'],
    [{ Statement: { Effect: 'Deny', Action: 'iot:*', NotResource: '*' } }, 'NotResource is not understood'],
    [{ Statement: { ...statement, Principal: '*' } }, 'Principal is not understood'],
    [{ Statement: { ...statement, Action: [] } }, 'Action and Resource must be texts'],
    [{ Statement: { ...statement, Resource: [{ Ref: 'Topic' }] } }, 'Action and Resource must be texts'],
    [{ Statement: { ...statement, Condition: [] } }, 'Condition is not an object'],
    [{ Statement: { ...statement, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } } }, 'IpAddress is not'],
    [{ Statement: { ...statement, Condition: { constructor: {} } } }, 'constructor is not understood'],
    [{ Statement: { ...statement, Condition: { 'ForSome:StringEquals': {} } } }, 'ForSome:StringEquals is not'],
    [{ Statement: { ...statement, Condition: { Bool: 'true' } } }, 'the condition Bool is not an object'],
  ])('that is not understood is refused whole, by its place: %j', (document, sentence) => {
    expect(refusal(document)).toContain(sentence);
  });
});
