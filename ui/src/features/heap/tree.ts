import type { HeapObject } from '$ui/generated/types';

/** A row of the heap's tree. */
export interface HeapRow {
  object: HeapObject;
  /** 1 for the outermost. */
  level: number;
  position: number;
  siblings: number;
  children: number;
  parent: string | null;
  /** Here for the sake of what hangs under it; the filter did not want it. */
  context: boolean;
}

/** What hangs under what. */
export interface HeapForest {
  roots: HeapObject[];
  children: ReadonlyMap<string, HeapObject[]>;
}

/** Trees of objects that name what they hang under. A parent that is not there, or a circle, makes a root. */
export function forest(objects: HeapObject[]): HeapForest {
  const known = new Map(objects.map((object) => [object.id, object]));
  const free = new Set<string>();
  const cut = new Set<string>();
  for (const object of objects) {
    const way = new Set<string>();
    let at: HeapObject | undefined = object;
    while (at !== undefined && !free.has(at.id) && !way.has(at.id)) {
      way.add(at.id);
      at = at.parent === null || cut.has(at.id) ? undefined : known.get(at.parent);
    }
    // The way came back to itself: it is cut where it closes.
    if (at !== undefined && way.has(at.id)) cut.add(at.id);
    for (const id of way) free.add(id);
  }
  const roots: HeapObject[] = [];
  const children = new Map<string, HeapObject[]>();
  for (const object of objects) {
    const parent = object.parent !== null && !cut.has(object.id) && known.has(object.parent) ? object.parent : null;
    if (parent === null) roots.push(object);
    else if (children.has(parent)) children.get(parent)!.push(object);
    else children.set(parent, [object]);
  }
  return { roots, children };
}

/** The rows that can be seen. With `wanted` only those, and what they hang under. */
export function treeRows({ roots, children }: HeapForest, closed: ReadonlySet<string>, wanted: ReadonlySet<string> | null = null): HeapRow[] {
  const kept = wanted === null ? null : withAncestors(roots, children, wanted);
  const rows: HeapRow[] = [];
  // Laid on a stack of our own: chains can be longer than the engine's.
  const stack: HeapRow[] = [];
  const push = (list: HeapObject[], level: number, parent: string | null): void => {
    const seen = kept === null ? list : list.filter(({ id }) => kept.has(id));
    for (let index = seen.length - 1; index >= 0; index -= 1) {
      const object = seen[index]!;
      const below = children.get(object.id) ?? [];
      stack.push({ object, level, position: index + 1, siblings: seen.length, children: kept === null ? below.length : below.filter(({ id }) => kept.has(id)).length, parent, context: wanted !== null && !wanted.has(object.id) });
    }
  };
  push(roots, 1, null);
  for (let row = stack.pop(); row !== undefined; row = stack.pop()) {
    rows.push(row);
    if (row.children > 0 && !closed.has(row.object.id)) push(children.get(row.object.id) ?? [], row.level + 1, row.object.id);
  }
  return rows;
}

function withAncestors(roots: HeapObject[], children: ReadonlyMap<string, HeapObject[]>, wanted: ReadonlySet<string>): Set<string> {
  const above = new Map<string, string | null>(roots.map(({ id }) => [id, null]));
  for (const [parent, list] of children) for (const { id } of list) above.set(id, parent);
  const kept = new Set<string>();
  for (const id of wanted) {
    for (let at: string | null = id; at !== null && !kept.has(at); at = above.get(at) ?? null) kept.add(at);
  }
  return kept;
}
