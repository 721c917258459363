import { describe, expect, test } from '@jest/globals';
import { failedEvent, sentMessage } from '../../local/failure-record.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the record of an event that its function failed on', () => {
  test('has the message’s own bytes and all that is known of it', () => {
    const envelope = {
      payload: base64('{"charge":1}'),
      topic: 'battery/charge',
      clientId: 'c',
      principal: 'p',
      receivedAt: 1795435200000,
      traceId: 't',
    };
    expect(failedEvent(envelope, 'no database')).toEqual({
      reason: 'no database',
      original: base64('{"charge":1}'),
      topic: 'battery/charge',
      clientId: 'c',
      receivedAt: 1795435200000,
      traceId: 't',
    });
  });

  test('says null for what a message over HTTP has not', () => {
    const record = failedEvent({ payload: '', topic: 't', receivedAt: 1 }, 'r');
    expect(record).toMatchObject({ clientId: null, traceId: null, original: '' });
  });

  test.each([
    [{ n: 1 }, '{"n":1}'],
    ['text', 'text'],
    [null, 'null'],
    [undefined, ''],
    [[1], '[1]'],
  ])('keeps %j, which is no envelope, whole', (event, text) => {
    const record = failedEvent(event, 'r');
    expect(record).toEqual({
      reason: 'r',
      original: base64(text),
      topic: '',
      clientId: null,
      receivedAt: 0,
      traceId: null,
    });
  });
});

describe('the record of a message that the writer sent to the queue', () => {
  test('is that message', () => {
    const message = { reason: 'r', original: 'e30=', topic: 't', clientId: null, receivedAt: 1, traceId: null };
    expect(sentMessage(JSON.stringify(message))).toEqual(message);
  });

  test.each(['', 'not JSON', 'null', '5', '[]', '{}', '{"reason":"r"}', '{"original":"e30=","reason":5}'])(
    'keeps %j, which is none of the writer’s, whole',
    (body) => {
      const reason = 'a message of an unknown form was sent to the failure queue';
      expect(sentMessage(body)).toMatchObject({ reason, original: base64(body) });
    },
  );
});
