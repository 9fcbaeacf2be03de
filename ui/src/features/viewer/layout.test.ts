import { describe, expect, it } from 'vitest';

import { GAP, arrange, canvasRatio, current, visible } from './layout';
import { NATURAL_SCALE, percentOf, scaleFor, step } from './zoom';

const A4 = { width: 595, height: 842 };
const WIDE = { width: 842, height: 595 };

describe('arrange', () => {
  it('puts pages below each other without overlap', () => {
    const layout = arrange([A4, WIDE, A4], 1);
    expect(layout.tops).toEqual([GAP, GAP * 2 + 842, GAP * 3 + 842 + 595]);
    expect(layout.height).toBe(GAP * 4 + 842 + 595 + 842);
    expect(layout.width).toBe(842 + 2 * GAP);
  });

  it('agrees with a search page by page about what is visible', () => {
    const layout = arrange(Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? WIDE : A4)), 0.7);
    for (let top = 0; top < layout.height; top += 97) {
      const seen = layout.tops.flatMap((y, index) => (y <= top + 500 && y + layout.boxes[index]!.height >= top ? [index] : []));
      const range = visible(layout, top, 500, 0);
      for (const index of seen) expect(index >= range.first && index <= range.last, `page ${index} at ${top}`).toBe(true);
      expect(range.last - range.first + 1 - seen.length, `too many at ${top}`).toBeLessThanOrEqual(1);
    }
  });

  it('makes a wide page smaller where everything is to fit', () => {
    const layout = arrange([A4, WIDE], 1, { width: 595, height: Infinity });
    expect(layout.boxes.map(({ width }) => width)).toEqual([595, 595]);
    expect(layout.scales[0]).toBe(1);
    expect(layout.boxes[1]!.height).toBe(Math.round((595 * 595) / 842));
  });

  it('has nothing to show of no pages', () => {
    expect(visible(arrange([], 1), 0, 500)).toEqual({ first: 0, last: -1 });
    expect(current(arrange([], 1), 0, 500)).toBe(0);
  });

  it('calls the last page current at the end of the column', () => {
    const layout = arrange([A4, { width: 595, height: 60 }], 1);
    expect(current(layout, layout.height - 600, 600)).toBe(1);
    expect(current(layout, 0, 600)).toBe(0);
  });
});

describe('zoom', () => {
  it('fits', () => {
    expect(scaleFor('width', A4, { width: 1190, height: 500 })).toBeCloseTo(2);
    expect(scaleFor('page', A4, { width: 1190, height: 421 })).toBeCloseTo(0.5);
    expect(scaleFor(100, A4, { width: 1, height: 1 })).toBe(NATURAL_SCALE);
  });

  it('stays within its limits', () => {
    expect(percentOf(scaleFor('width', A4, { width: 1, height: 1 }))).toBe(25);
    expect(percentOf(scaleFor(10_000, A4, { width: 1, height: 1 }))).toBe(400);
  });

  it('steps from between the steps', () => {
    expect(step(0.8 * NATURAL_SCALE, 1)).toBe(90);
    expect(step(0.8 * NATURAL_SCALE, -1)).toBe(75);
    expect(step(4 * NATURAL_SCALE, 1)).toBe(400);
    expect(step(0.25 * NATURAL_SCALE, -1)).toBe(25);
  });
});

describe('canvasRatio', () => {
  it('is the screen for ordinary pages and less for huge ones', () => {
    expect(canvasRatio(A4, 2)).toBe(2);
    const huge = { width: 6000, height: 6000 };
    const ratio = canvasRatio(huge, 2);
    expect(huge.width * ratio * huge.height * ratio).toBeLessThanOrEqual(16_777_217);
  });
});
