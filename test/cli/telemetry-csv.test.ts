import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonNumber, readTelemetry, sampleText } from '../../cli/telemetry-csv.ts';
import { type Folder, temporaryFolder } from './run-cli.ts';

let folder: Folder;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

async function read(text: string | Buffer, nowMs = Number.POSITIVE_INFINITY) {
  folder.file('f.csv', text);
  return readTelemetry({ path: join(folder.path, 'f.csv'), name: 'f.csv' }, { nowMs, onBytes: () => {} });
}

/** The samples as they would be sent with their own times. */
async function samples(text: string | Buffer): Promise<readonly string[]> {
  const file = await read(text);
  return file.ok ? file.rows.map((row) => sampleText(row, row.atMs)) : [file.sentence];
}

const ROW = '2026-01-31T12:00:00Z,13.5';

describe('telemetry CSV', () => {
  test.each([
    ['a byte order mark', `\uFEFFtimestamp,voltage\n${ROW}\n`],
    ['CRLF', `timestamp,voltage\r\n${ROW}\r\n`],
    ['CR alone', `timestamp,voltage\r${ROW}\r`],
    ['no newline at the end', `timestamp,voltage\n${ROW}`],
    ['quotes', '"timestamp","voltage"\n"2026-01-31T12:00:00Z","13.5"\n'],
    ['blanks around cells', ' timestamp , voltage \n 2026-01-31T12:00:00Z , 13.5 \n'],
    ['empty lines', `\ntimestamp,voltage\n\n${ROW}\n\n`],
    ['another order of columns', 'voltage,timestamp\n13.5,2026-01-31T12:00:00Z\n'],
    ['an offset', 'timestamp,voltage\n2026-01-31T13:00:00+01:00,13.5\n'],
    ['epoch milliseconds', 'timestamp,voltage\n1769860800000,13.5\n'],
    ['finer than milliseconds', 'timestamp,voltage\n2026-01-31T12:00:00.000999Z,13.5\n'],
    ['an empty cell, which is not sent', 'timestamp,voltage,soc\n2026-01-31T12:00:00Z,13.5,\n'],
  ])('a file with %s is read', async (_what, text) => {
    expect(await samples(text)).toStrictEqual(['{"timestamp":"2026-01-31T12:00:00.000Z","voltage":13.5}']);
  });

  test('text, lists and whole numbers go out as what they are', async () => {
    const text = `timestamp,state,cells,alarms,cellVoltageMinId,seq,boot
2026-01-31T12:00:00Z,charging,3.301 3.30;3.4,lowSoc:warning overVoltage:alarm,7,12,007
`;
    expect(await samples(text)).toStrictEqual([
      '{"timestamp":"2026-01-31T12:00:00.000Z","state":"charging","cells":[3.301,3.30,3.4],"alarms":["lowSoc:warning","overVoltage:alarm"],"cellVoltageMinId":"7","seq":12,"boot":"007"}',
    ]);
  });

  test.each([
    ['is empty', ''],
    ['is empty', '\n\n'],
    ['a header and no data rows', 'timestamp,voltage\n'],
    ["column 'Voltage' is not known; did you mean 'voltage'?", `timestamp,Voltage\n${ROW}`],
    ["column 'volage' is not known; did you mean 'voltage'?", `timestamp,volage\n${ROW}`],
    ["column 'temp' is not known; did you mean 'temperature'?", `timestamp,temp\n${ROW}`],
    ["column 'time' is not known; did you mean 'timestamp'?", `time,voltage\n${ROW}`],
    ["column 'xyz' is not known; known are timestamp, charge,", `timestamp,xyz\n${ROW}`],
    ["column 'received' is not known", `timestamp,received\n${ROW}`],
    ["column 'voltage' stands twice", 'timestamp,voltage,voltage\n2026-01-31T12:00:00Z,1,2'],
    ["no column 'timestamp'", 'voltage,current\n1,2'],
    ["no column besides 'timestamp'", 'timestamp\n2026-01-31T12:00:00Z'],
    ['column 2 has no name', 'timestamp,,voltage\n2026-01-31T12:00:00Z,1,2'],
    ['the first line is data', `${ROW}\n`],
    ['separated by semicolons', 'timestamp;voltage\n2026-01-31T12:00:00Z;13,5'],
    ['separated by tabs', 'timestamp\tvoltage\n2026-01-31T12:00:00Z\t13.5'],
    ['UTF-16', Buffer.from(`\uFEFFtimestamp,voltage\n${ROW}`, 'utf16le')],
    ['after line 2: a quote (") is opened and not closed', `timestamp,voltage\n${ROW}\n2026-01-31T12:00:01Z,"13.5\n`],
  ])('a file is refused whole with: %s', async (sentence, text) => {
    expect(await read(text)).toMatchObject({ ok: false, exitCode: 1, sentence: expect.stringContaining(sentence) });
  });

  test.each([
    ['voltage', "'abc' is not a number", '2026-01-31T12:00:01Z,abc,1'],
    ['voltage', "'NaN' is not a number", '2026-01-31T12:00:01Z,NaN,1'],
    ['voltage', "'0x10' is not a number", '2026-01-31T12:00:01Z,0x10,1'],
    ['voltage', 'write a decimal point instead of the comma', '2026-01-31T12:00:01Z,"13,5",1'],
    ['voltage', "'13\"5' is not a number", '2026-01-31T12:00:01Z,13"5,1'],
    ['voltage', "at most 2000 V; the cell says '20000'", '2026-01-31T12:00:01Z,20000,1'],
    ['voltage', 'at least 0 V', '2026-01-31T12:00:01Z,-1,1'],
    ['seq', 'must be an integer', '2026-01-31T12:00:01Z,13.5,1.5'],
    ['timestamp', 'has no offset; add Z', '2026-01-31T12:00:01,13.5,1'],
    ['timestamp', 'looks like epoch seconds', '1769860801,13.5,1'],
    ['timestamp', "timestamp 'yesterday' is no time", 'yesterday,13.5,1'],
    ['timestamp', 'not a time that exists', '2026-02-30T12:00:01Z,13.5,1'],
    ['timestamp', 'the cell is empty', ',13.5,1'],
    [undefined, 'the row has 2 cells, the header 3', '2026-01-31T12:00:01Z,13.5'],
    [undefined, 'the row has 4 cells, the header 3', '2026-01-31T12:00:01Z,13.5,1,2'],
    [undefined, 'no measured field', '2026-01-31T12:00:01Z,,'],
    [undefined, 'no measured field', '2026-01-31T12:00:01Z,,5'],
  ])('a broken row names line, column %s and why: %s', async (column, reason, row) => {
    const file = await read(
      `timestamp,voltage,seq\n2026-01-31T12:00:00Z,13.5,1\n\n${row}\n2026-01-31T12:00:02Z,13.5,2\n`,
    );
    expect(file).toMatchObject({ ok: true, problems: [{ line: 4, reason: expect.stringContaining(reason) }] });
    if (!file.ok) return;
    expect(file.problems.map((problem) => problem.column)).toStrictEqual([column]);
    expect(file.rows.map(({ line }) => line)).toStrictEqual([2, 5]);
  });

  test('a row further ahead than five minutes is broken where its own time is kept', async () => {
    const text = 'timestamp,voltage\n2026-01-31T12:04:59Z,1\n2026-01-31T12:05:01Z,2\n';
    const file = await read(text, Date.UTC(2026, 0, 31, 12));
    expect(file).toMatchObject({
      problems: [{ line: 3, column: 'timestamp', reason: expect.stringContaining('ahead') }],
    });
    expect(await read(text)).toMatchObject({ problems: [] });
  });

  test('rows out of order are sorted by time and say so; equal times keep their order', async () => {
    const file = await read('timestamp,soc\n2026-01-31T12:00:02Z,1\n2026-01-31T12:00:01Z,2\n2026-01-31T12:00:01Z,3\n');
    expect(file).toMatchObject({ wasSorted: false, rows: [{ line: 3 }, { line: 4 }, { line: 2 }] });
  });

  test("every row of the boat's file goes out with the file's own digits", async () => {
    const path = join(import.meta.dirname, '..', '..', 'examples', 'data', 'boat-charge.csv');
    const file = await readTelemetry({ path, name: 'boat' }, { nowMs: Number.POSITIVE_INFINITY, onBytes: () => {} });
    expect(file).toMatchObject({ ok: true, problems: [], wasSorted: true });
    if (!file.ok) return;
    expect(file.rows).toHaveLength(1005);
    expect(sampleText(file.rows[0] ?? { line: 0, atMs: 0, members: '' }, 0)).toBe(
      '{"timestamp":"1970-01-01T00:00:00.000Z","voltage":13.01,"current":0.0,"temperature":26.67}',
    );
  });

  test.each([
    ['0.0', '0.0'],
    ['13.01', '13.01'],
    ['+3', '3'],
    ['-.5', '-0.5'],
    ['5.', '5'],
    ['007', '7'],
    ['00.50', '0.50'],
    ['0', '0'],
    ['1e3', '1e3'],
    ['', undefined],
    ['.', undefined],
    ['-', undefined],
    ['1 2', undefined],
    ['Infinity', undefined],
    ['1'.repeat(65), undefined],
  ])('the number %j is written as %j', (cell, json) => {
    expect(jsonNumber(cell)).toBe(json);
  });

  test('any number as JavaScript writes it goes out unchanged', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) =>
        expect(jsonNumber(`${number}`)).toBe(`${number}`),
      ),
    );
  });
});
