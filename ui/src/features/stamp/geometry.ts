import type { StampPlacement } from '../../generated/types';

/** A place on a page as it is seen, in points from its top left. */
export type Place = Pick<StampPlacement, 'x' | 'y' | 'width' | 'height'>;

/** Width and height of a page as it is seen, in points. */
export interface PageSize {
  width: number;
  height: number;
}

/** The least side of a stamp in points: anything smaller is a smudge. */
export const LEAST = 24;
/** From the edges of the page to where a stamp stands at first. */
const MARGIN = 36;
const STEP = 1;
const BIG_STEP = 10;

/** A page of letters, until the real size is known. */
export const A4: PageSize = { width: 595, height: 842 };

/** A place that is wholly on the page, in whole points, as near as can be to the one that is wished. */
export function inside(place: Place, page: PageSize): Place {
  const width = clamp(Math.round(place.width), Math.min(LEAST, page.width), Math.floor(page.width));
  const height = clamp(Math.round(place.height), Math.min(LEAST, page.height), Math.floor(page.height));
  return { x: clamp(Math.round(place.x), 0, Math.floor(page.width - width)), y: clamp(Math.round(place.y), 0, Math.floor(page.height - height)), width, height };
}

/** The place moved by so many points. */
export function moved(place: Place, dx: number, dy: number, page: PageSize): Place {
  return inside({ ...place, x: place.x + dx, y: place.y + dy }, page);
}

/** The place with its lower right corner moved; the upper left one stays. */
export function resized(place: Place, dx: number, dy: number, page: PageSize): Place {
  const width = clamp(Math.round(place.width + dx), LEAST, Math.floor(page.width - place.x));
  const height = clamp(Math.round(place.height + dy), LEAST, Math.floor(page.height - place.y));
  return inside({ ...place, width, height }, page);
}

/** What a key does to a place; null for a key that does nothing. */
export function keyed(place: Place, { key, shiftKey, altKey }: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey'>, page: PageSize): Place | null {
  const step = shiftKey ? BIG_STEP : STEP;
  const directions: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  const direction = directions[key];
  if (!direction) return null;
  return altKey ? resized(place, ...direction, page) : moved(place, ...direction, page);
}

/** Where a stamp of that size stands at first: at the lower right, where people sign. */
export function firstPlace({ width, height }: PageSize, page: PageSize): Place {
  return inside({ x: page.width - width - MARGIN, y: page.height - height - MARGIN, width, height }, page);
}

/** Places for a stamp of that size, the likeliest first: along the foot of the page, then upwards. */
export function candidates({ width, height }: PageSize, page: PageSize): Place[] {
  const columns = [page.width - width - MARGIN, MARGIN, (page.width - width) / 2];
  const places: Place[] = [];
  for (let y = page.height - height - MARGIN / 2; y >= 0; y -= Math.max(height / 2, MARGIN)) {
    for (const x of columns) places.push(inside({ x, y, width, height }, page));
  }
  return places;
}

/** The page (from 1) that a placement means in a document of so many; at least the first. */
export function pageOf(page: number, count: number): number {
  return clamp(page < 0 ? count + 1 + page : page, 1, Math.max(count, 1));
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, Math.max(most, least)));
}
