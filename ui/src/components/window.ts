/** The rows of a long list that are to be drawn: from `first` up to, not with, `last`. */
export interface Slice {
  first: number;
  last: number;
}

/** The rows within sight of a list that is scrolled to `top`, and a few beyond on both sides. All lengths in pixels. */
export function visibleSlice(count: number, row: number, top: number, height: number, beyond = 8): Slice {
  if (count === 0 || row <= 0) return { first: 0, last: 0 };
  const first = Math.floor(Math.max(0, top) / row) - beyond;
  const last = Math.ceil((Math.max(0, top) + height) / row) + beyond;
  return { first: clamp(first, 0, count), last: clamp(last, 0, count) };
}

/** Where a list must be scrolled to, for a row to be in sight: as it is, where the row is in sight already. */
export function scrollTo(index: number, row: number, top: number, height: number): number {
  const start = index * row;
  if (start < top) return start;
  if (start + row > top + height) return Math.max(0, start + row - height);
  return top;
}

/** Where a key leads in a list of `count` rows with `page` rows in sight; null where it leads nowhere. */
export function stepFor(key: string, current: number, count: number, page: number): number | null {
  if (count === 0) return null;
  const target = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: count - 1, PageDown: current + page, PageUp: current - page }[key];
  return target === undefined ? null : clamp(target, 0, count - 1);
}

/** The next row, from the current one on and around the end, whose text begins with what was typed; null where none does. */
export function typeahead(typed: string, current: number, count: number, textOf: (index: number) => string): number | null {
  if (typed === '' || count === 0) return null;
  // The same letter again and again goes from one to the next; more letters stay where they still fit.
  const wanted = /^(.)\1+$/u.test(typed) ? typed[0]! : typed;
  const start = wanted.length === 1 ? current + 1 : Math.max(0, current);
  for (let step = 0; step < count; step += 1) {
    const index = (start + step) % count;
    if (plain(textOf(index)).startsWith(plain(wanted))) return index;
  }
  return null;
}

/** A text without accents and capitals, for comparing. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
