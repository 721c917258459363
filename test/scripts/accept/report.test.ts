import { describe, expect, test } from '@jest/globals';
import { invocationIn } from '../../../scripts/accept/invocation-report.ts';
import { percentile } from '../../../scripts/accept/latency.ts';
import { functionLines, latencyLines } from '../../../scripts/accept/report.ts';

// The forms of "Using CloudWatch Logs with Lambda" in AWS's documents.
const WARM =
  'REPORT RequestId: 6f747a63 \tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 256 MB\tMax Memory Used: 90 MB\t\n';
const COLD =
  'REPORT RequestId: 6f747a63\tDuration: 79.67 ms\tBilled Duration: 80 ms\tMemory Size: 256 MB\tMax Memory Used: 73 MB\tInit Duration: 345.67 ms';
const JSON_FORM = JSON.stringify({
  time: '2026-11-26T12:00:00.000Z',
  type: 'platform.report',
  record: {
    requestId: '6f747a63',
    metrics: {
      durationMs: 101.5,
      billedDurationMs: 102,
      memorySizeMB: 256,
      maxMemoryUsedMB: 88,
      initDurationMs: 250.5,
    },
    status: 'success',
  },
});

// A line of somebody else's, and one that was cut.
const NO_REPORTS = ['kind is "platform.report" here', '{"type":"platform.report"}', JSON_FORM.slice(0, -20)];

describe('a line of a function’s log', () => {
  test('REPORT is read with and without the time of a new environment', () => {
    expect(invocationIn(WARM)).toEqual({ durationMs: 12.34, memoryMib: 90 });
    expect(invocationIn(COLD)).toEqual({ durationMs: 79.67, memoryMib: 73, initMs: 345.67 });
  });

  test('platform.report is the same in JSON', () => {
    expect(invocationIn(JSON_FORM)).toEqual({ durationMs: 101.5, memoryMib: 88, initMs: 250.5 });
  });

  test('of anything else tells nothing', () => {
    for (const line of ['START RequestId: 6f747a63 Version: $LATEST', '{"event":"request-failed"}', '', ...NO_REPORTS])
      expect(invocationIn(line)).toBeUndefined();
  });
});

describe('the figures', () => {
  test('a percentile is a value that was measured, the least for 0 and the greatest for 1', () => {
    const values = [30, 10, 20, 40];
    expect([0, 0.25, 0.5, 0.51, 0.95, 1].map((share) => percentile(values, share))).toEqual([10, 10, 20, 30, 40, 40]);
  });

  test('are told one line each, cold starts apart from warm invocations', () => {
    const invocations = [COLD, WARM, WARM].flatMap((line) => invocationIn(line) ?? []);
    const [, line = ''] = functionLines(new Map([['Ingest', invocations]]));
    expect(line).toBe(
      '  Ingest            3 invocations, warm p50 12 ms p95 12 ms, 1 cold: init p50 346 ms max 346 ms, 90 MB at most',
    );
    expect(functionLines(new Map())).toEqual([expect.stringContaining('no report of an invocation')]);
  });

  test('of the way of a reading are p50, p95 and the greatest, with their number', () => {
    const lines = latencyLines({ post: [50, 60], visible: [300, 900], read: [8.25, 9] });
    expect(lines[2]).toBe('  POST until it is shown      p50 300 ms   p95 900 ms   max 900 ms   (2)');
    expect(lines[3]).toContain('p50 8.3 ms');
  });
});
