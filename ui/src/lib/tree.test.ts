import { describe, expect, it } from 'vitest';
import { treeOf, visibleRows } from './tree';

const list = [
  { name: 'root', parent: null },
  { name: 'intermediate', parent: 0 },
  { name: 'leaf', parent: 1 },
  { name: 'other', parent: null },
];
const tree = (entries: { name: string; parent: number | null }[]) =>
  treeOf(
    entries,
    (entry) => entry.name,
    (entry) => entry.parent,
  );

describe('tree', () => {
  it('is read from parents to children', () => {
    expect(visibleRows(tree(list), new Set()).map(({ node, level }) => [node.id, level])).toEqual([
      ['root', 1],
      ['intermediate', 2],
      ['leaf', 3],
      ['other', 1],
    ]);
  });

  it('hides what is under a closed node', () => {
    expect(visibleRows(tree(list), new Set(['intermediate'])).map(({ node }) => node.id)).toEqual(['root', 'intermediate', 'other']);
  });

  it('loses nobody to a circle or a wrong index', () => {
    const twisted = [
      { name: 'a', parent: 1 },
      { name: 'b', parent: 0 },
      { name: 'c', parent: 99 },
      { name: 'd', parent: 3 },
    ];
    expect(
      visibleRows(tree(twisted), new Set())
        .map(({ node }) => node.id)
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd']);
  });
});
