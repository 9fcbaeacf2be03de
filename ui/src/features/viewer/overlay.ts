import type { Size } from './zoom';

/** A page on the screen, for what is laid on it. */
export interface PageOnScreen {
  /** From 1. */
  page: number;
  /** Pages of the document. */
  count: number;
  /** CSS pixels per point. */
  scale: number;
  /** The page as it is seen, in points: rotated and cut to its CropBox. */
  size: Size;
}
