/** Rows that are drawn: from `from` to before `until`. */
export interface RowWindow {
  from: number;
  until: number;
}

/** So many rows above and below the view are drawn as well, so that scrolling shows no gap. */
const MARGIN = 12;

/** Which rows of a long list are in view; all lengths in one unit. Before the list is measured the first rows are drawn. */
export function rowsInView({ count, top, height, row }: { count: number; top: number; height: number; row: number }): RowWindow {
  const first = Math.floor(Math.max(0, top) / row);
  const last = Math.ceil((Math.max(0, top) + (height > 0 ? height : 40 * row)) / row);
  const from = Math.max(0, Math.min(first, count) - MARGIN);
  return { from, until: Math.min(count, last + MARGIN) };
}
