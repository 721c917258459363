import { describe, expect, test } from '@jest/globals';
import { failedMessage } from '../../lambdas/redrive/failed-message.ts';
import type { FailedInvocation } from '../../local/async-invoke.ts';
import { failureRecord } from '../../local/failure-record.ts';

const ENVELOPE = { payload: 'e30=', topic: 'battery/charge', clientId: 'c', receivedAt: 1795435200000, traceId: 't' };
const FAILED: FailedInvocation = {
  requestId: 'r',
  condition: 'RetriesExhausted',
  invokeCount: 3,
  error: { name: 'AmphoraError', message: 'no database' },
};
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:Writer';

describe('the record of an event that its function failed on', () => {
  test("is Lambda's invocation record", () => {
    expect(failureRecord(ENVELOPE, FAILED, ARN, 1795435200123)).toEqual({
      version: '1.0',
      timestamp: '2026-11-23T12:00:00.123Z',
      requestContext: {
        requestId: 'r',
        functionArn: `${ARN}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: ENVELOPE,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'AmphoraError', errorMessage: 'no database' },
    });
  });

  test('is, to a redrive, the message that it was', () => {
    const body = JSON.stringify(failureRecord(ENVELOPE, FAILED, ARN, 1));
    expect(failedMessage(body, 5)).toEqual({ envelope: ENVELOPE });
  });

  test('has an end, whatever the function said', () => {
    const error = { name: 'Error', message: 'x'.repeat(5_000_000) };
    expect(JSON.stringify(failureRecord(ENVELOPE, { ...FAILED, error }, ARN, 1)).length).toBeLessThan(11_000);
  });
});
