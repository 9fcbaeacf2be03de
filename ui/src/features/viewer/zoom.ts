/** How big the pages are drawn: fitted to the window, or in percent of their size on paper. */
export type Zoom = 'width' | 'page' | number;

/** CSS pixels per PDF point at 100 %: CSS has 96 to the inch, PDF 72. */
export const NATURAL_SCALE = 96 / 72;

const STEPS = [25, 33, 50, 67, 75, 90, 100, 110, 125, 150, 175, 200, 250, 300, 400];
const MIN = STEPS[0]!;
const MAX = STEPS.at(-1)!;

/** Percentages offered in the menu. */
export const CHOICES = [50, 75, 100, 125, 150, 200, 300] as const;

/** Width and height in PDF points. */
export interface Size {
  width: number;
  height: number;
}

/** CSS pixels per PDF point for a page in an area of the given CSS pixels. */
export function scaleFor(zoom: Zoom, page: Size, area: Size): number {
  const limit = (scale: number) => Math.min(Math.max(scale, (MIN / 100) * NATURAL_SCALE), (MAX / 100) * NATURAL_SCALE);
  if (typeof zoom === 'number') return limit((zoom / 100) * NATURAL_SCALE);
  const byWidth = area.width / page.width;
  return limit(zoom === 'width' ? byWidth : Math.min(byWidth, area.height / page.height));
}

/** The percentage that a scale amounts to, rounded for display. */
export function percentOf(scale: number): number {
  return Math.round((scale / NATURAL_SCALE) * 100);
}

/** The next bigger or smaller step from what is on the screen. */
export function step(scale: number, direction: 1 | -1): number {
  const now = percentOf(scale);
  if (direction === 1) return STEPS.find((percent) => percent > now) ?? MAX;
  return STEPS.findLast((percent) => percent < now) ?? MIN;
}
