import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseEnvelope, payloadBytes, payloadText } from '../../lambdas/telemetry/envelope.ts';

const WHOLE = {
  payload: 'e30=',
  topic: 'battery/charge',
  clientId: 'c',
  principal: 'p',
  receivedAt: 1795435200000,
  traceId: 't',
};

const text = (payload: string): string | undefined => payloadText({ ...WHOLE, payload });

describe('envelope', () => {
  test('keeps its members, and drops what is not of it', () => {
    expect(parseEnvelope(WHOLE)).toEqual(WHOLE);
    expect(parseEnvelope({ ...WHOLE, extra: 1, clientId: 5, principal: null, traceId: undefined })).toEqual({
      payload: 'e30=',
      topic: 'battery/charge',
      receivedAt: 1795435200000,
    });
  });

  test.each([
    [null],
    [undefined],
    ['text'],
    [[]],
    [{ ...WHOLE, payload: undefined }],
    [{ ...WHOLE, payload: 5 }],
    [{ ...WHOLE, topic: null }],
    [{ ...WHOLE, receivedAt: '1795435200000' }],
    [{ Records: [] }],
  ])('%j is none', (event) => {
    expect(parseEnvelope(event)).toBeUndefined();
  });

  test('a text comes out as it went in, whatever its characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((one) => !one.startsWith('\uFEFF')),
        (original) => {
          expect(text(Buffer.from(original, 'utf8').toString('base64'))).toBe(original);
        },
      ),
    );
  });

  test('what one payload has that is no text changes nothing of the next', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.string({ unit: 'grapheme' }), (bytes, original) => {
        text(Buffer.from(bytes).toString('base64'));
        expect(text(Buffer.from(original, 'utf8').toString('base64'))).toBe(original);
      }),
    );
  });

  test('the bytes are counted as they were sent', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        expect(payloadBytes({ ...WHOLE, payload: Buffer.from(bytes).toString('base64') })).toBe(bytes.length);
      }),
    );
  });

  test.each([
    ['a byte that begins no character', Buffer.from([0xff])],
    ['half a character', Buffer.from('ä').subarray(0, 1)],
    ['half a surrogate pair', Buffer.from([0xed, 0xa0, 0x80])],
    ['an overlong slash', Buffer.from([0xc0, 0xaf])],
  ])('%s is no text', (_, bytes) => {
    expect(text(bytes.toString('base64'))).toBeUndefined();
  });

  test('what is not base64 is no text, and no crash', () => {
    expect(text('***')).toBeUndefined();
    expect(text('')).toBe('');
  });
});
