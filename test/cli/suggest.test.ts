import { describe, expect, test } from '@jest/globals';
import { closest } from '../../cli/suggest.ts';

const KNOWN = ['soc', 'soh', 'voltage', 'temperature', 'temperatureMin', 'start', 'replay'];

describe('suggest', () => {
  test.each([
    ['Voltage', 'voltage'],
    ['VOLTAGE', 'voltage'],
    ['volt', 'voltage'],
    ['volatge', 'voltage'],
    ['votage', 'voltage'],
    ['temp', 'temperature'],
    ['repaly', 'replay'],
    ['strat', 'start'],
    ['sok', 'soc'],
    ['xyz', undefined],
    ['', undefined],
    ['humidity', undefined],
  ])('%j is taken for %j', (word, meant) => {
    expect(closest(word, KNOWN)).toBe(meant);
  });
});
