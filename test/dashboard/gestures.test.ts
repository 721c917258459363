import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scaled } from '../../dashboard/chart-gestures.ts';

test('zooming keeps the instant under the hand where it is', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      (share, factor) => {
        const view = { beginMs: 1000, endMs: 2000 };
        const aroundMs = 1000 + share * 1000;
        const zoomed = scaled(view, factor, aroundMs);
        expect((aroundMs - zoomed.beginMs) / (zoomed.endMs - zoomed.beginMs)).toBeCloseTo(share);
        expect(zoomed.endMs - zoomed.beginMs).toBeCloseTo(1000 * factor);
      },
    ),
  );
});
