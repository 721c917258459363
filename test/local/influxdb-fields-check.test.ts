import { describe, expect, test } from '@jest/globals';
import { fieldFindings } from '../../local/influxdb-fields-check.ts';

const place = { url: 'http://localhost:8086', org: 'ENI', bucket: 'battery1', token: 'secret' };
const integer = (measurement: string, field: string) => ({ measurement, field, type: 'integer' });

describe('the fields of a bucket', () => {
  test('that are all floats, or not ours, are well', () => {
    const types = [
      { measurement: 'battery_data', field: 'charge', type: 'float' },
      { measurement: 'battery', field: 'cellVoltageMinId', type: 'string' },
      integer('weather', 'charge'),
    ];
    expect(fieldFindings(place, types)).toStrictEqual([expect.objectContaining({ level: 'ok' })]);
    expect(fieldFindings(place, [])).toMatchObject([{ level: 'ok' }]);
  });

  test.each(['battery_data', 'battery', 'cell', 'battery_alarm'])('integers in %s are a problem', (measurement) => {
    expect(fieldFindings(place, [integer(measurement, 'charge')])).toMatchObject([
      { level: 'problem', sentence: expect.stringContaining(`(${measurement}.charge)`) },
    ]);
    expect(fieldFindings(place, [{ measurement, field: 'soc', type: 'unsigned' }])).toMatchObject([
      { level: 'problem' },
    ]);
  });

  test('both ways out of integers are told, the second as the whole line to type', () => {
    const [finding] = fieldFindings({ ...place, org: "Ada's", tokenFile: 'my token' }, [
      integer('battery_data', 'charge'),
      integer('battery_data', 'discharge'),
    ]);
    expect(finding?.sentence).toContain('(battery_data.charge, battery_data.discharge)');
    expect(finding?.next).toBe(
      `use a new bucket (--influx-bucket NAME), or copy this one as floats: ./amphora migrate-bucket --influx-url http://localhost:8086 --influx-org 'Ada'\\''s' --from battery1 --to battery1-floats --influx-token-file 'my token'`,
    );
    expect(JSON.stringify(finding)).not.toContain('secret');
  });

  test('a field with two types is named once, and of many the first few', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((field) => [
      integer('battery', field),
      { measurement: 'battery', field, type: 'unsigned' },
    ]);
    expect(fieldFindings(place, names)[0]?.sentence).toContain(
      '(battery.a, battery.b, battery.c, battery.d and 2 more)',
    );
  });

  test('text in charge is a warning: it is stored beside the numbers, and not shown', () => {
    const types = [
      { measurement: 'battery_data', field: 'charge', type: 'float' },
      { measurement: 'battery_data', field: 'charge', type: 'string' },
    ];
    expect(fieldFindings(place, types)).toMatchObject([{ level: 'warning' }]);
  });
});
