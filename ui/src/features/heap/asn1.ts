import type { Asn1NodeView } from '$ui/generated/types';

/** Bytes in a line of the hexadecimal view. */
export const LINE_BYTES = 16;

/** A stretch of bytes: from `start` up to, not with, `end`. */
export interface Stretch {
  start: number;
  end: number;
}

/** The innermost element that holds a byte; null where none does. Elements come in the order of the bytes. */
export function elementAt(nodes: Asn1NodeView[], byte: number): number | null {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (nodes[middle]!.offset <= byte) low = middle + 1;
    else high = middle;
  }
  for (let index = low - 1; index >= 0; index -= 1) {
    const node = nodes[index]!;
    if (byte < node.offset + node.header + node.length) return index;
    if (node.depth === 0) return null;
  }
  return null;
}

/** The element that a field's path means: itself, or the nearest above it that is known. */
export function elementOf(nodes: Asn1NodeView[], path: string): number | null {
  const known = new Map<string, number>();
  nodes.forEach(({ field }, index) => {
    if (field !== null && !known.has(field)) known.set(field, index);
  });
  const names = [...known.keys()];
  for (let wanted = path; wanted !== ''; wanted = wanted.replace(/(\.[^.[]*|\[[^\]]*\]|^[^.[]*)$/, '')) {
    const found = known.get(wanted) ?? known.get(names.find((name) => name.endsWith(`.${wanted}`)) ?? '');
    if (found !== undefined) return found;
  }
  return null;
}

/** The elements that can be seen: what lies in closed ones does not. */
export function shownElements(nodes: Asn1NodeView[], closed: ReadonlySet<number>): number[] {
  const rows: number[] = [];
  let hidden = Number.POSITIVE_INFINITY;
  nodes.forEach(({ depth }, index) => {
    if (depth > hidden) return;
    hidden = closed.has(index) ? depth : Number.POSITIVE_INFINITY;
    rows.push(index);
  });
  return rows;
}

/** The elements that hold an element, from the outermost on. */
export function holders(nodes: Asn1NodeView[], index: number): number[] {
  const found: number[] = [];
  let depth = nodes[index]?.depth ?? 0;
  for (let at = index - 1; at >= 0 && depth > 0; at -= 1) {
    if (nodes[at]!.depth < depth) {
      depth = nodes[at]!.depth;
      found.unshift(at);
    }
  }
  return found;
}

/** Whether an element has others in it. */
export function hasContent(nodes: Asn1NodeView[], index: number): boolean {
  return (nodes[index + 1]?.depth ?? -1) > (nodes[index]?.depth ?? 0);
}

/** A line of the hexadecimal view, as bytes with what they belong to. */
export function hexLine(bytes: Uint8Array, line: number): { offset: number; bytes: { at: number; hex: string; text: string }[] } {
  const offset = line * LINE_BYTES;
  return {
    offset,
    bytes: [...bytes.subarray(offset, offset + LINE_BYTES)].map((byte, index) => ({ at: offset + index, hex: byte.toString(16).padStart(2, '0'), text: byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·' })),
  };
}
