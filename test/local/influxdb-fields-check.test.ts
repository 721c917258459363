import { describe, expect, test } from '@jest/globals';
import { linesOf } from '../../lambdas/store/influxdb-lines.ts';
import { FIELDS } from '../../lambdas/telemetry/fields.generated.ts';
import { parseReading } from '../../lambdas/telemetry/parse-reading.ts';
import { toPoints } from '../../lambdas/telemetry/point-time.ts';
import { fieldFindings } from '../../local/influxdb-fields-check.ts';

const place = { url: 'http://localhost:8086', org: 'ENI', bucket: 'battery1', token: 'secret' };
const typed = (type: string) => (name: string) => {
  const [measurement = '', field = ''] = name.split('.');
  return { measurement, field, type };
};
const integer = typed('integer');

/** Every field that the writer stores of a sample, and how: of a battery that is not the default one, and of the default. */
function writtenTypes() {
  const texts = { state: 'off', boot: 'b', cellVoltageMinId: '1', cellVoltageMaxId: '2' };
  const others = { cells: [3.3, 3.4], alarms: [], timestamp: undefined, received: undefined, power: undefined };
  const sample = { ...Object.fromEntries(FIELDS.map((field) => [field, 1])), ...texts, ...others };
  const parsed = parseReading(JSON.parse(JSON.stringify(sample)), { receivedAtMs: 0 });
  if (!parsed.ok) throw new Error(parsed.reason);
  expect(parsed.reading.rejections).toEqual([]);
  return ['garage', 'default'].flatMap((battery) =>
    toPoints(battery, parsed.reading).flatMap((point) =>
      linesOf(point)
        .split('\n')
        .flatMap((line) => {
          const [, measurement = '', fields = ''] = /^([a-z_]+),\S+ (\S+) \d+$/.exec(line) ?? [];
          return fields.split(',').map((pair) => {
            const [field = '', value = ''] = pair.split('=');
            return { measurement, field, type: value.startsWith('"') ? 'string' : 'float' };
          });
        }),
    ),
  );
}

describe('the fields of a bucket', () => {
  test('as the writer stores them are well, and each is a problem with any other type', () => {
    const written = writtenTypes();
    expect(written.length).toBeGreaterThan(FIELDS.length);
    expect(fieldFindings(place, written)).toMatchObject([{ level: 'ok' }]);
    for (const one of written) {
      for (const type of ['float', 'integer', 'unsigned', 'boolean', 'string'].filter((other) => other !== one.type)) {
        expect({ one, type, found: fieldFindings(place, [{ ...one, type }]) }).toMatchObject({
          found: [{ level: 'problem' }],
        });
      }
    }
  });

  test.each([
    'battery.percent',
    'battery.power',
    'battery.v1',
    'battery_data.soc',
    'cell.v0',
    'cell.voltage',
    'battery_alarm.charge',
    'weather.charge',
  ])('%s is none of ours, whatever its type', (name) => {
    const types = ['float', 'integer', 'unsigned', 'boolean', 'string'].map((type) => typed(type)(name));
    expect(fieldFindings(place, types)).toMatchObject([{ level: 'ok' }]);
  });

  test('of an empty bucket are well', () => {
    expect(fieldFindings(place, [])).toMatchObject([{ level: 'ok' }]);
  });

  test('both ways out of integers are told, the second as the whole line to type', () => {
    const [finding] = fieldFindings({ ...place, org: "Ada's", tokenFile: 'my token' }, [
      integer('battery.percent'),
      integer('battery_data.charge'),
      integer('battery_data.discharge'),
    ]);
    expect(finding?.sentence).toContain('holds integers (battery_data.charge, battery_data.discharge)');
    expect(finding?.next).toBe(
      `use a new bucket (--influx-bucket NAME), or copy this one as floats: ./amphora migrate-bucket --influx-url http://localhost:8086 --influx-org 'Ada'\\''s' --from battery1 --to battery1-floats --influx-token-file 'my token'`,
    );
    expect(JSON.stringify(finding)).not.toContain('secret');
  });

  test('integers in one shard and floats in another are integers', () => {
    expect(
      fieldFindings(
        place,
        ['float', 'integer'].map((type) => typed(type)('battery_data.charge')),
      ),
    ).toMatchObject([{ level: 'problem', sentence: expect.stringContaining('holds integers (battery_data.charge)') }]);
  });

  test('a field with two types is named once, and of many the first few', () => {
    const names = ['soc', 'soh', 'voltage', 'current', 'cycles', 'seq'].map((field) => `battery.${field}`);
    expect(fieldFindings(place, [...names.map(integer), ...names.map(typed('unsigned'))])[0]?.sentence).toContain(
      '(battery.soc, battery.soh, battery.voltage, battery.current and 2 more)',
    );
  });

  test.each([
    ['battery_data.charge', 'string'],
    ['battery.soc', 'string'],
    ['battery.soc', 'boolean'],
    ['battery.boot', 'integer'],
  ])('%s as %s has one way out, a new bucket, whatever else is there', (name, type) => {
    const types = [integer('battery_data.discharge'), typed('float')(name), typed(type)(name)];
    const [finding, ...others] = fieldFindings(place, types);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ level: 'problem', next: 'use a new bucket: --influx-bucket NAME' });
    expect(finding?.sentence).toContain(`${name} as ${type}`);
  });
});
