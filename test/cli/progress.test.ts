import { describe, expect, test } from '@jest/globals';
import { progress } from '../../cli/progress.ts';

function watched(isTerminal: boolean) {
  const written: string[] = [];
  let nowMs = 0;
  const line = progress({ err: (text) => written.push(text), isTerminal, nowMs: () => nowMs });
  return { line, written, pass: (ms: number) => (nowMs += ms) };
}

describe('progress', () => {
  test('on a terminal one line is written over, five times a second at most', () => {
    const { line, written, pass } = watched(true);
    for (let i = 0; i < 100; i++) {
      line.update(() => `${i} %`);
      pass(10);
    }
    expect(written).toStrictEqual(['0 %', '20 %', '40 %', '60 %', '80 %'].map((text) => `\r\u001b[K${text}`));
  });

  test('it is cleared before something else is printed, and only when it stands there', () => {
    const { line, written } = watched(true);
    line.clear();
    line.update(() => 'half');
    line.clear();
    line.clear();
    expect(written).toStrictEqual(['\r\u001b[Khalf', '\r\u001b[K']);
  });

  test('nothing is written where nobody watches', () => {
    const { line, written } = watched(false);
    line.update(() => 'half');
    line.clear();
    expect(written).toStrictEqual([]);
  });
});
