import type { Size } from './zoom';

/** Space between pages and around them, in CSS pixels. */
export const GAP = 16;

/** Where every page stands in the column, in CSS pixels. */
export interface Layout {
  /** Upper edge of each page. */
  tops: number[];
  /** Width and height of each page. */
  boxes: Size[];
  /** CSS pixels per point of each page. */
  scales: number[];
  /** Height of the whole column. */
  height: number;
  /** Width of the widest page with the space around it. */
  width: number;
}

/** Puts the pages one below the other; none gets bigger than `limit`, so that a plan among letters fits as they do. */
export function arrange(sizes: readonly Size[], scale: number, limit: Size = { width: Infinity, height: Infinity }): Layout {
  const tops: number[] = [];
  const boxes: Size[] = [];
  const scales: number[] = [];
  let height = GAP;
  let width = 0;
  for (const size of sizes) {
    const own = Math.min(scale, limit.width / size.width, limit.height / size.height);
    const box = { width: Math.round(size.width * own), height: Math.round(size.height * own) };
    tops.push(height);
    boxes.push(box);
    scales.push(own);
    height += box.height + GAP;
    width = Math.max(width, box.width + 2 * GAP);
  }
  return { tops, boxes, scales, height, width };
}

/** First and last page (from 0) that a window of the column touches, with `extra` pages around; empty for no pages. */
export function visible(layout: Layout, top: number, height: number, extra = 1): { first: number; last: number } {
  const count = layout.tops.length;
  if (count === 0) return { first: 0, last: -1 };
  const first = lastAtOrAbove(layout.tops, top);
  // The page that begins above the window may also end above it.
  const begins = layout.tops[first]! + layout.boxes[first]!.height < top ? Math.min(first + 1, count - 1) : first;
  const last = lastAtOrAbove(layout.tops, top + height);
  return { first: Math.max(0, begins - extra), last: Math.min(count - 1, Math.max(last, begins) + extra) };
}

/** The page (from 0) that a reader would say is on the screen: the one under a line a third down the window. */
export function current(layout: Layout, top: number, height: number): number {
  if (layout.tops.length === 0) return 0;
  if (top + height >= layout.height - 1 && layout.height > height) return layout.tops.length - 1;
  return lastAtOrAbove(layout.tops, top + height / 3);
}

/** Pixels of a canvas per CSS pixel: the screen's, unless the canvas would grow beyond what browsers can hold. */
export function canvasRatio(box: Size, devicePixelRatio: number, maximum = 16_777_216): number {
  return Math.min(devicePixelRatio, Math.sqrt(maximum / (box.width * box.height)));
}

function lastAtOrAbove(tops: readonly number[], y: number): number {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (tops[middle]! <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}
