import { describe, expect, test } from '@jest/globals';
import { type Audit, auditJson, auditText, exitCodeOf } from '../../../cli/audit/report.ts';
import { NOTHING, type Sample, summaryOf } from '../../../lambdas/audit/runs.ts';
import { runOf, START_MS, sample } from '../../audit/samples.ts';

const auditOf = (samples: readonly Sample[], more: Partial<Audit> = {}): Audit => ({
  battery: 'garage',
  range: { fromMs: START_MS, toMs: START_MS + 3_600_000 },
  url: 'http://localhost:5003',
  summary: summaryOf(samples),
  ...more,
});

const isOdd = ({ seq = 0 }: Sample): boolean => seq % 2 === 1;

describe('the report of an audit', () => {
  test('of one run in order is three lines, the last but one the verdict', () => {
    expect(auditText(auditOf(runOf(3, { boot: 'b' })))).toBe(
      [
        'Battery garage at http://localhost:5003, 2026-11-23T12:00:00.000Z to 2026-11-23T13:00:00.000Z: 1 run of the device',
        'run b, 2026-11-23T12:00:00.000Z to 2026-11-23T12:00:02.000Z, seq 1 to 3: 3 sent, 3 stored, 0 missing, 0 duplicate',
        '3 sent, 3 stored, 0 missing, 0 duplicate',
        'how many messages of garage are in quarantine is not told there',
        '',
      ].join('\n'),
    );
  });

  test('lists so many holes and counts the rest; with --json it lists more', () => {
    const audit = auditOf(runOf(400, { boot: 'b' }).filter(isOdd));
    expect(auditText(audit).match(/^ {2}missing: seq \d+, between /gm)).toHaveLength(60);
    expect(auditText(audit)).toContain('missing: 139 more ranges; --json lists more');
    expect(auditText(audit)).toContain('399 sent, 200 stored, 199 missing, 0 duplicate');
    expect(auditJson(audit)).toMatchObject({ missing: 199, runs: [{ moreMissingRanges: 0 }] });
    const many = auditOf(runOf(40_000, { boot: 'b' }).filter(isOdd));
    expect(auditJson(many)).toMatchObject({ missing: 19_999, runs: [{ missing: 19_999, moreMissingRanges: 9_999 }] });
  });

  test('of many runs it lists those with a fault, and counts the others', () => {
    const runs = Array.from({ length: 100 }, (_, i) => runOf(5, { boot: `b${i}`, fromMs: i * 10_000 })).flat();
    const text = auditText(auditOf(runs.filter(({ boot, seq }) => boot !== 'b70' || seq !== 3)));
    expect(text.match(/^run /gm)).toHaveLength(1);
    expect(text).toContain('run b70, ');
    expect(text).toContain('and 99 more runs');
    expect(text).toContain('500 sent, 499 stored, 1 missing, 0 duplicate');
  });

  test('a boot cannot play with the terminal', () => {
    expect(auditText(auditOf(runOf(3, { boot: 'a\u001b[2J\u202eb' })))).toContain('run a[2Jb, ');
  });

  test.each([
    [0, runOf(3)],
    [1, runOf(3).filter(isOdd)],
    [1, [...runOf(3), sample(0, 1, { nanos: 1 })]],
    [2, []],
    [2, runOf(3).map(({ atMs, nanos, isStamped }) => ({ atMs, nanos, isStamped }))],
  ])('ends with %i', (exitCode, samples) => {
    expect(exitCodeOf({ summary: summaryOf(samples) })).toBe(exitCode);
    expect(exitCodeOf({ summary: NOTHING })).toBe(2);
  });

  describe('says what to do next:', () => {
    const lost = runOf(5, { boot: 'b' }).filter(({ seq }) => seq !== 3);

    test('wait, while messages do', () => {
      const text = auditText(auditOf(lost, { waiting: 7 }));
      expect(text).toContain('7 messages of all batteries waiting to be stored');
      expect(text).toContain('-> type the same again when no message waits');
    });

    test('store what waits in the failure queues, where anything does', () => {
      const audit = auditOf(lost, { failed: 2 });
      expect(auditText(audit)).toContain('2 messages of all batteries in the failure queues');
      expect(auditText(audit)).toContain(
        '-> store what waits in the failure queues, and type the same again: ./amphora redrive',
      );
      expect(auditJson(audit)).toMatchObject({ failed: 2 });
    });

    test('look among the quarantined ones of the battery, where there are any', () => {
      const audit = auditOf(lost, { quarantined: 2 });
      expect(auditText(audit)).toContain('2 messages of garage in quarantine');
      expect(auditText(audit)).toContain('./amphora quarantine list --battery garage');
      expect(auditJson(audit)).toMatchObject({ quarantined: 2 });
    });

    test('that the quarantine was not told, where it could not be asked', () => {
      expect(auditText(auditOf(lost, {}))).toContain('how many messages of garage are in quarantine is not told there');
    });

    test('nothing, when nothing is missing', () => {
      expect(auditText(auditOf(runOf(5), { waiting: 7, failed: 1, quarantined: 1 }))).not.toContain('->');
    });
  });
});
