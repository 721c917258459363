import { describe, expect, test } from '@jest/globals';
import { resolveIntrinsics } from '../../local/intrinsics.ts';

const names = {
  ref: (id: string): string => `ref(${id})`,
  attribute: (id: string, attribute: string): string => `att(${id}.${attribute})`,
};
const resolved = (value: unknown): unknown => resolveIntrinsics(value, names);

describe('intrinsic functions', () => {
  test.each([
    [{ Ref: 'Queue' }, 'ref(Queue)'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'att(Queue.Arn)'],
    [{ 'Fn::GetAtt': 'Queue.Arn' }, 'att(Queue.Arn)'],
    [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Region' }, ':x']] }, 'arn:ref(AWS::Region):x'],
    [{ 'Fn::Join': ['/', ['a', { 'Fn::Join': ['-', ['b', { Ref: 'C' }]] }]] }, 'a/b-ref(C)'],
    [{ 'Fn::Join': [',', []] }, ''],
    [{ 'Fn::Sub': 'arn:${AWS::Partition}:${Queue.Arn}' }, 'arn:ref(AWS::Partition):att(Queue.Arn)'],
    ['plain', 'plain'],
    [5, 5],
    [true, true],
    [null, null],
    [[], []],
    [{}, {}],
  ])('%j is %j', (value, wanted) => {
    expect(resolved(value)).toEqual(wanted);
  });

  test('are found at any depth, and what stands around them is kept', () => {
    expect(resolved({ a: [{ b: { Ref: 'X' } }, 1], c: { d: 'e' } })).toEqual({
      a: [{ b: 'ref(X)' }, 1],
      c: { d: 'e' },
    });
  });

  test('a member named Ref beside another one is a member', () => {
    expect(resolved({ Ref: 'X', Other: { Ref: 'Y' } })).toEqual({ Ref: 'X', Other: 'ref(Y)' });
  });

  test('one that this runtime does not know stays to be seen', () => {
    expect(resolved({ 'Fn::ImportValue': { Ref: 'X' } })).toEqual({ 'Fn::ImportValue': 'ref(X)' });
  });
});
