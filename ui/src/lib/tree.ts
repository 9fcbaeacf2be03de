/** A node of a tree that is shown. */
export interface TreeNode<T> {
  id: string;
  value: T;
  children: TreeNode<T>[];
}

/** A node as a row: the tree laid flat in the order in which it is read. */
export interface TreeRow<T> {
  node: TreeNode<T>;
  level: number;
  parent: string | null;
  position: number;
  siblings: number;
}

/** The rows that can be seen: children of closed nodes are left out. */
export function visibleRows<T>(roots: TreeNode<T>[], closed: ReadonlySet<string>): TreeRow<T>[] {
  const rows: TreeRow<T>[] = [];
  const walk = (nodes: TreeNode<T>[], level: number, parent: string | null): void => {
    nodes.forEach((node, index) => {
      rows.push({ node, level, parent, position: index + 1, siblings: nodes.length });
      if (!closed.has(node.id)) walk(node.children, level + 1, node.id);
    });
  };
  walk(roots, 1, null);
  return rows;
}

/** Trees from a list in which each entry names its parent's index; an index that is wrong or leads in a circle makes a root. */
export function treeOf<T>(list: T[], id: (value: T, index: number) => string, parent: (value: T) => number | null): TreeNode<T>[] {
  const nodes = list.map((value, index): TreeNode<T> => ({ id: id(value, index), value, children: [] }));
  const roots: TreeNode<T>[] = [];
  list.forEach((value, index) => {
    const node = nodes[index];
    if (!node) return;
    const above = parent(value);
    const holder = above !== null && !leadsBack(list, parent, index) ? nodes[above] : undefined;
    (holder ? holder.children : roots).push(node);
  });
  return roots;
}

function leadsBack<T>(list: T[], parent: (value: T) => number | null, start: number): boolean {
  const seen = new Set<number>([start]);
  let current: T | undefined = list[start];
  while (current !== undefined) {
    const above = parent(current);
    if (above === null) return false;
    if (seen.has(above)) return true;
    seen.add(above);
    current = list[above];
  }
  return false;
}
