/** Points into the SQLite store: one transaction a call. */
import { comparePointTimes, refusal } from './point.ts';
import type { Session } from './sqlite-connection.ts';
import { numberIn } from './sqlite-statements.ts';
import type { FieldValue, Measurement, Outcome, Point, PointTime } from './store.ts';

type Newest = PointTime & { readonly value: FieldValue };

/** What a call adds to one series; written once, at its end. */
type Growth = { points: number; firstMs: number; lastMs: number; readonly newestByField: Map<number, Newest> };

export function appendPoints(session: Session, points: readonly Point[]): readonly Outcome[] {
  const reasons = points.map(refusal);
  if (reasons.every((reason) => reason !== undefined)) return reasons.map((reason) => ({ kind: 'refused', reason }));
  const { sql } = session;
  const growthBySeries = new Map<number, Growth>();
  sql.beginWrite.run();
  const outcomes = points.map((point, index): Outcome => {
    const reason = reasons[index];
    return reason === undefined ? appendPoint(session, growthBySeries, point) : { kind: 'refused', reason };
  });
  for (const [series, growth] of growthBySeries) writeGrowth(session, series, growth);
  const collided = outcomes.filter(({ kind }) => kind === 'collided').length;
  if (collided > 0) sql.addToCounter.run('collided', collided);
  sql.commit.run();
  return outcomes;
}

function appendPoint(session: Session, growthBySeries: Map<number, Growth>, point: Point): Outcome {
  const { sql } = session;
  const series = seriesId(session, point.measurement, point.battery);
  if (sql.addSample.run(series, point.atMs, point.nanos, point.fingerprint).changes === 0) {
    const stored = numberIn(sql.fingerprint.get(series, point.atMs, point.nanos), 'value');
    return { kind: stored === point.fingerprint ? 'repeated' : 'collided' };
  }
  const growth = growthBySeries.get(series) ?? {
    points: 0,
    firstMs: point.atMs,
    lastMs: point.atMs,
    newestByField: new Map(),
  };
  growthBySeries.set(series, growth);
  growth.points += 1;
  growth.firstMs = Math.min(growth.firstMs, point.atMs);
  growth.lastMs = Math.max(growth.lastMs, point.atMs);
  for (const [name, value] of Object.entries(point.fields)) {
    const field = fieldId(session, name);
    sql.addValue.run(series, point.atMs, point.nanos, field, value);
    growth.newestByField.set(field, newer(growth.newestByField.get(field), point, value));
  }
  return { kind: 'stored' };
}

function newer(known: Newest | undefined, { atMs, nanos }: PointTime, value: FieldValue): Newest {
  return known === undefined || comparePointTimes(known, { atMs, nanos }) < 0 ? { atMs, nanos, value } : known;
}

function writeGrowth({ sql }: Session, series: number, growth: Growth): void {
  sql.countSamples.run(series, growth.firstMs, growth.lastMs, growth.points);
  for (const [field, { atMs, nanos, value }] of growth.newestByField) {
    sql.setNewest.run(series, field, atMs, nanos, value);
  }
}

function seriesId({ sql, seriesIds }: Session, measurement: Measurement, battery: string): number {
  const key = `${measurement}/${battery}`;
  const known = seriesIds.get(key);
  if (known !== undefined) return known;
  sql.addSeries.run(battery, measurement);
  const id = numberIn(sql.seriesId.get(battery, measurement), 'id');
  seriesIds.set(key, id);
  return id;
}

function fieldId({ sql, fieldIds }: Session, name: string): number {
  const known = fieldIds.get(name);
  if (known !== undefined) return known;
  sql.addField.run(name);
  const id = numberIn(sql.fieldId.get(name), 'id');
  fieldIds.set(name, id);
  return id;
}
