import type { AnchorKind, ChainCertificate, ChainReview, HeapLink, HeapObject, HeapView, SignatureMark } from '$ui/generated/types';

/** Whether something agrees; null where it cannot be said. */
export type Mark = boolean | null;

/** A box: a certificate, or one that is not here. */
export interface GraphNode {
  /** SHA-256, or `missing:` with that of the certificate that misses it. */
  key: string;
  /** Its object, when it is on the heap. */
  id: string | null;
  name: string;
  notBefore: string | null;
  notAfter: string | null;
  /** Not here. */
  missing: boolean;
  anchor: AnchorKind | 'trusted' | null;
  /** What the drawing is about. */
  here: boolean;
  /** So many objects hang under it that have no box of their own. */
  collapsed: number;
}

/** A line from a certificate to one that may have issued it. */
export interface GraphEdge {
  child: string;
  issuer: string;
  name: Mark;
  keyId: Mark;
  signature: SignatureMark;
  /** Indices of the judged paths that go along it. */
  paths: number[];
}

/** Boxes and lines. */
export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** Whether a limit left boxes out. */
  truncated: boolean;
}

/** A box in its place. Lengths in pixels at 100 %. */
export interface PlacedNode extends GraphNode {
  x: number;
  y: number;
  width: number;
  height: number;
  lines: string[];
}

/** A line in its place. */
export interface PlacedEdge extends GraphEdge {
  /** SVG path. */
  d: string;
  /** Where its marks stand. */
  x: number;
  y: number;
  /** On which side of the marks there is room for words: -1 left, 1 right. */
  side: -1 | 1;
}

/** A drawing. */
export interface Drawing {
  width: number;
  height: number;
  nodes: PlacedNode[];
  edges: PlacedEdge[];
}

const MOST_NODES = 200;
const WIDTH = 232;
const LETTERS = 30;
const LINE = 18;
const GAP_X = 40;
const GAP_Y = 76;
const MARGIN = 20;

/** Whether a line is broken: what it claims is disproved. */
export function isBroken({ name, keyId, signature }: Pick<GraphEdge, 'name' | 'keyId' | 'signature'>): boolean {
  return signature === 'wrong' || keyId === false || name === false;
}

/** Everything above an object: what the links of the heap say, and what the judged paths add from elsewhere. */
export function graphAbove(target: HeapObject, { objects, links }: Pick<HeapView, 'objects' | 'links'>, review: ChainReview | null): Graph {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const above = new Map<string, HeapLink[]>();
  for (const link of links) above.set(link.child, [...(above.get(link.child) ?? []), link]);
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  let truncated = false;

  const add = (object: HeapObject): boolean => {
    if (nodes.has(object.sha256)) return true;
    if (nodes.size >= MOST_NODES) {
      truncated = true;
      return false;
    }
    nodes.set(object.sha256, { key: object.sha256, id: object.id, name: object.title, notBefore: object.not_before, notAfter: object.not_after, missing: false, anchor: object.anchor, here: object.id === target.id, collapsed: 0 });
    return true;
  };

  add(target);
  const seen = new Set([target.id]);
  const queue = [target];
  for (let child = queue.shift(); child !== undefined; child = queue.shift()) {
    for (const link of above.get(child.id) ?? []) {
      const issuer = byId.get(link.issuer);
      if (issuer === undefined || issuer.id === child.id || !add(issuer)) continue;
      const named = child.kind === 'certificate' && child.subtitle !== '' ? child.subtitle === issuer.title : null;
      edges.set(`${child.sha256} ${issuer.sha256}`, { child: child.sha256, issuer: issuer.sha256, name: named, keyId: link.key_id, signature: link.signature, paths: [] });
      if (!seen.has(issuer.id)) {
        seen.add(issuer.id);
        queue.push(issuer);
      }
    }
  }

  review?.paths.forEach((path, index) => {
    path.certificates.forEach((certificate, depth) => {
      let node = nodes.get(certificate.sha256);
      if (node === undefined) {
        if (nodes.size >= MOST_NODES) {
          truncated = true;
          return;
        }
        node = fromPath(certificate, certificate.id !== null && certificate.id === target.id);
        nodes.set(node.key, node);
      }
      if (certificate.anchor && node.anchor === null) node.anchor = 'trusted';
      const issuer = path.certificates[depth + 1];
      if (issuer !== undefined) {
        const key = `${certificate.sha256} ${issuer.sha256}`;
        const known = edges.get(key);
        const mismatch = path.errors.some((error) => error.depth === depth && ['name_mismatch', 'subject_issuer_mismatch'].includes(error.code));
        if (known === undefined) edges.set(key, { child: certificate.sha256, issuer: issuer.sha256, name: !mismatch, keyId: certificate.key_id, signature: certificate.signature, paths: [index] });
        else {
          known.paths.push(index);
          known.name = !mismatch;
        }
      } else if (path.end === 'issuer_missing') {
        const key = `missing:${certificate.sha256}`;
        nodes.set(key, { key, id: null, name: certificate.issuer, notBefore: null, notAfter: null, missing: true, anchor: null, here: false, collapsed: 0 });
        const edge = edges.get(`${certificate.sha256} ${key}`);
        if (edge === undefined) edges.set(`${certificate.sha256} ${key}`, { child: certificate.sha256, issuer: key, name: null, keyId: null, signature: 'missing', paths: [index] });
        else edge.paths.push(index);
      }
    });
  });
  const drawn = [...edges.values()].filter(({ child, issuer }) => child !== issuer && nodes.has(child) && nodes.has(issuer));
  return { nodes: [...nodes.values()], edges: drawn, truncated };
}

/** The heap by issuers: authorities that are here, and how much hangs under each. At most `most` boxes, those with the most under them first. */
export function overview({ objects, links }: Pick<HeapView, 'objects' | 'links'>, most = 150): Graph {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const below = new Map<string, number>();
  for (const object of objects) {
    const seen = new Set<string>();
    for (let at = object.parent; at !== null && !seen.has(at); at = byId.get(at)?.parent ?? null) {
      seen.add(at);
      below.set(at, (below.get(at) ?? 0) + 1);
    }
  }
  const candidates = objects.filter((object) => object.kind === 'certificate' && (object.is_ca || below.has(object.id)));
  const chosen = candidates.length > most ? [...candidates].sort((a, b) => (below.get(b.id) ?? 0) - (below.get(a.id) ?? 0)).slice(0, most) : candidates;
  const shown = new Set(chosen.map(({ id }) => id));
  const collapsed = new Map<string, number>();
  for (const object of objects) if (object.parent !== null && !shown.has(object.id)) collapsed.set(object.parent, (collapsed.get(object.parent) ?? 0) + 1);
  const nodes = chosen.map((object): GraphNode => ({ key: object.sha256, id: object.id, name: object.title, notBefore: object.not_before, notAfter: object.not_after, missing: false, anchor: object.anchor, here: false, collapsed: collapsed.get(object.id) ?? 0 }));
  const marks = new Map(links.filter(({ child, issuer }) => shown.has(child) && shown.has(issuer)).map((link) => [`${link.child} ${link.issuer}`, link]));
  const edges: GraphEdge[] = [];
  for (const object of chosen) {
    const issuer = object.parent === null ? undefined : byId.get(object.parent);
    if (issuer === undefined || !shown.has(issuer.id) || issuer.id === object.id) continue;
    const link = marks.get(`${object.id} ${issuer.id}`);
    edges.push({ child: object.sha256, issuer: issuer.sha256, name: object.subtitle === issuer.title, keyId: link?.key_id ?? null, signature: link?.signature ?? 'unknown', paths: [] });
  }
  return { nodes, edges, truncated: candidates.length > chosen.length };
}

/** How far above the outermost certificates each box lies; lines that close a circle do not count. */
export function layers({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>): Map<string, number> {
  const up = new Map<string, string[]>();
  for (const { child, issuer } of edges) up.set(child, [...(up.get(child) ?? []), issuer]);
  const state = new Map<string, 'open' | 'done'>();
  const order: string[] = [];
  const back = new Set<string>();
  for (const { key: start } of nodes) {
    if (state.has(start)) continue;
    const stack: { key: string; next: number }[] = [{ key: start, next: 0 }];
    state.set(start, 'open');
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const issuer = up.get(top.key)?.[top.next];
      top.next += 1;
      if (issuer === undefined) {
        state.set(top.key, 'done');
        order.push(top.key);
        stack.pop();
      } else if (state.get(issuer) === 'open') back.add(`${top.key} ${issuer}`);
      else if (!state.has(issuer)) {
        state.set(issuer, 'open');
        stack.push({ key: issuer, next: 0 });
      }
    }
  }
  const layer = new Map(nodes.map(({ key }) => [key, 0]));
  for (const key of order.reverse()) {
    for (const issuer of up.get(key) ?? []) {
      if (!back.has(`${key} ${issuer}`)) layer.set(issuer, Math.max(layer.get(issuer) ?? 0, (layer.get(key) ?? 0) + 1));
    }
  }
  return layer;
}

/** Lays a graph out in layers, anchors at the top. */
export function layered(graph: Graph): Drawing {
  const layer = layers(graph);
  const rows: GraphNode[][] = [];
  for (const node of graph.nodes) (rows[layer.get(node.key) ?? 0] ??= []).push(node);
  const levels = Array.from(rows, (row) => row ?? []);
  settle(levels, graph.edges);

  const widest = Math.max(1, ...levels.map((row) => row.length));
  const width = widest * WIDTH + (widest - 1) * GAP_X + 2 * MARGIN;
  const placed = new Map<string, PlacedNode>();
  let y = MARGIN;
  for (const row of [...levels].reverse()) {
    const lines = row.map(({ name }) => wrap(name, LETTERS, 3));
    const height = boxHeight(Math.max(1, ...lines.map(({ length }) => length)));
    const taken = row.length * WIDTH + (row.length - 1) * GAP_X;
    row.forEach((node, index) => placed.set(node.key, { ...node, x: (width - taken) / 2 + index * (WIDTH + GAP_X), y, width: WIDTH, height, lines: lines[index] ?? [] }));
    if (row.length > 0) y += height + GAP_Y;
  }
  return { width, height: y - GAP_Y + MARGIN, nodes: [...placed.values()], edges: graph.edges.flatMap((edge) => upward(edge, placed)) };
}

/** Lays the overview out as a tree that grows to the right: many boxes make it long, not wide. */
export function sideways(graph: Graph): Drawing {
  const below = new Map<string, string[]>();
  const hasIssuer = new Set<string>();
  for (const { child, issuer } of graph.edges) {
    if (hasIssuer.has(child)) continue;
    hasIssuer.add(child);
    below.set(issuer, [...(below.get(issuer) ?? []), child]);
  }
  const byKey = new Map(graph.nodes.map((node) => [node.key, node]));
  const placed = new Map<string, PlacedNode>();
  let y = MARGIN;
  const place = (key: string, depth: number): void => {
    const node = byKey.get(key);
    if (node === undefined || placed.has(key)) return;
    const lines = wrap(node.name, LETTERS, 2);
    const height = boxHeight(lines.length);
    placed.set(key, { ...node, x: MARGIN + depth * (WIDTH + 56), y, width: WIDTH, height, lines });
    const children = below.get(key) ?? [];
    if (children.length === 0) y += height + 12;
    else {
      const start = y;
      for (const child of children) place(child, depth + 1);
      y = Math.max(y, start + height + 12);
    }
  };
  for (const { key } of graph.nodes) if (!hasIssuer.has(key)) place(key, 0);
  // What is left goes round in a circle.
  for (const { key } of graph.nodes) place(key, 0);
  const nodes = [...placed.values()];
  const edges = graph.edges.flatMap((edge): PlacedEdge[] => {
    const [child, issuer] = [placed.get(edge.child), placed.get(edge.issuer)];
    if (child === undefined || issuer === undefined) return [];
    const [x1, y1, x2, y2] = [issuer.x + issuer.width, issuer.y + Math.min(issuer.height, 44) / 2, child.x, child.y + Math.min(child.height, 44) / 2];
    const middle = x1 + 20;
    return [{ ...edge, d: `M ${x1} ${y1} H ${middle} V ${y2} H ${x2}`, x: x2 - 20, y: y2, side: 1 }];
  });
  return { width: Math.max(0, ...nodes.map(({ x, width }) => x + width)) + MARGIN, height: Math.max(y, MARGIN * 2), nodes, edges };
}

/** Where an arrow key leads in a drawing: along the lines up and down, to the neighbours of its layer left and right. */
export function neighbour({ nodes, edges }: Pick<Drawing, 'nodes' | 'edges'>, from: string, key: string): string | null {
  const here = nodes.find((node) => node.key === from);
  if (here === undefined) return (nodes.find((node) => node.here) ?? nodes[0])?.key ?? null;
  const nearest = (keys: string[]): string | null =>
    nodes.filter((node) => keys.includes(node.key)).sort((a, b) => Math.abs(a.x - here.x) - Math.abs(b.x - here.x) || Math.abs(a.y - here.y) - Math.abs(b.y - here.y))[0]?.key ?? null;
  switch (key) {
    case 'ArrowUp':
      return nearest(edges.filter(({ child }) => child === from).map(({ issuer }) => issuer));
    case 'ArrowDown':
      return nearest(edges.filter(({ issuer }) => issuer === from).map(({ child }) => child));
    case 'ArrowLeft':
    case 'ArrowRight': {
      const row = nodes.filter((node) => node.y === here.y).sort((a, b) => a.x - b.x);
      return row[row.indexOf(here) + (key === 'ArrowLeft' ? -1 : 1)]?.key ?? null;
    }
    case 'Home':
      return nodes.find(({ here: target }) => target)?.key ?? nodes[0]?.key ?? null;
    default:
      return null;
  }
}

/** Breaks a name into lines; the last one ends in an ellipsis where the name is longer still. */
export function wrap(text: string, letters: number, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap((each) => each.match(new RegExp(`.{1,${letters}}`, 'gu')) ?? [])) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= letters) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  if (lines.length <= most) return lines.length === 0 ? [''] : lines;
  const last = lines[most - 1] ?? '';
  return [...lines.slice(0, most - 1), `${last.length >= letters ? last.slice(0, letters - 1) : last}…`];
}

function fromPath(certificate: ChainCertificate, here: boolean): GraphNode {
  return { key: certificate.sha256, id: certificate.id, name: certificate.name, notBefore: certificate.not_before, notAfter: certificate.not_after, missing: false, anchor: certificate.anchor ? 'trusted' : null, here, collapsed: 0 };
}

function boxHeight(lines: number): number {
  return 20 + lines * LINE + LINE;
}

/** Puts each layer in an order with few crossings: every box near the middle of what it is tied to. */
function settle(levels: GraphNode[][], edges: GraphEdge[]): void {
  const ties = new Map<string, string[]>();
  for (const { child, issuer } of edges) {
    ties.set(child, [...(ties.get(child) ?? []), issuer]);
    ties.set(issuer, [...(ties.get(issuer) ?? []), child]);
  }
  for (let sweep = 0; sweep < 4; sweep += 1) {
    const sequence = sweep % 2 === 0 ? levels : [...levels].reverse();
    const position = new Map<string, number>();
    for (const row of levels) row.forEach(({ key }, index) => position.set(key, (index + 0.5) / row.length));
    for (const row of sequence) {
      const middle = (key: string): number => {
        const tied = (ties.get(key) ?? []).map((other) => position.get(other) ?? 0.5);
        return tied.length === 0 ? (position.get(key) ?? 0.5) : tied.reduce((sum, value) => sum + value, 0) / tied.length;
      };
      const weights = new Map(row.map(({ key }) => [key, middle(key)]));
      row.sort((a, b) => (weights.get(a.key) ?? 0) - (weights.get(b.key) ?? 0));
      row.forEach(({ key }, index) => position.set(key, (index + 0.5) / row.length));
    }
  }
}

function upward(edge: GraphEdge, placed: ReadonlyMap<string, PlacedNode>): PlacedEdge[] {
  const [child, issuer] = [placed.get(edge.child), placed.get(edge.issuer)];
  if (child === undefined || issuer === undefined) return [];
  const [x1, y1] = [child.x + child.width / 2, child.y];
  const [x2, y2] = [issuer.x + issuer.width / 2, issuer.y + issuer.height];
  if (y2 > y1) {
    // It closes a circle: around the side.
    const side = Math.max(child.x + child.width, issuer.x + issuer.width) + 14;
    const [from, to] = [child.y + child.height / 2, issuer.y + issuer.height / 2];
    return [{ ...edge, d: `M ${child.x + child.width} ${from} H ${side} V ${to} H ${issuer.x + issuer.width}`, x: side, y: (from + to) / 2, side: -1 }];
  }
  const middle = (y1 + y2) / 2;
  // The marks of several lines into one box would lie on each other in the middle: they stand nearer to the child.
  const at = 0.62;
  return [{ ...edge, d: `M ${x1} ${y1} C ${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`, x: curve(x1, x1, x2, x2, 1 - at), y: curve(y1, middle, middle, y2, 1 - at), side: x2 < x1 ? -1 : 1 }];
}

function curve(a: number, b: number, c: number, d: number, t: number): number {
  const s = 1 - t;
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
}
