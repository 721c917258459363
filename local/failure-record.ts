/** What Lambda puts into the on-failure destination of a function. */
import type { FailedInvocation } from './async-invoke.ts';

// Of what a function says of its failure, as much as anybody reads; a message to a queue has an end.
const MAX_REASON_LENGTH = 10_000;

/** "Capturing records of Lambda asynchronous invocations": an invocation record. */
export function failureRecord(event: unknown, failed: FailedInvocation, functionArn: string, atMs: number) {
  const { requestId, condition, invokeCount, error } = failed;
  return {
    version: '1.0',
    timestamp: new Date(atMs).toISOString(),
    requestContext: {
      requestId,
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: invokeCount,
    },
    requestPayload: event,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: error.name, errorMessage: error.message.slice(0, MAX_REASON_LENGTH) },
  };
}
