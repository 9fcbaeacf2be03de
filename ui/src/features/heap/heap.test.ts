import { describe, expect, it } from 'vitest';

import type { Asn1NodeView, ChainCertificate, ChainPath, ChainReview, CompareRow, HeapLink, HeapObject } from '../../generated/types';
import { elementAt, elementOf, hasContent, hexLine, holders, shownElements } from './asn1';
import { parseInstant, typedInstant } from './at';
import { grouped, inLocalTime, pieces } from './compare';
import { type HeapQuery, countKinds, indexed, select } from './filter';
import { graphAbove, isBroken, layered, layers, neighbour, overview, sideways, wrap } from './graph';
import { forest, treeRows } from './tree';
import { scrollTo, stepFor, typeahead, visibleSlice } from '../../components/window';
import { compareField, compareHeadline, errorSentence, factName, resultWord, weightState } from './words';

const object = (id: string, rest: Partial<HeapObject> = {}): HeapObject => ({
  id,
  kind: 'certificate',
  title: id,
  subtitle: '',
  sha256: id.padEnd(64, '~'),
  sources: [0],
  offset: 0,
  length: 1,
  not_before: '2020-01-01T00:00:00Z',
  not_after: '2030-01-01T00:00:00Z',
  serial_hex: null,
  is_ca: false,
  self_issued: false,
  parent: null,
  locked: false,
  anchor: null,
  masked_cpf: null,
  cnpj: null,
  icp_type: null,
  ...rest,
});
const query = (rest: Partial<HeapQuery> = {}): HeapQuery => ({ text: '', kinds: new Set(), hideExpired: false, at: '2026-01-01T00:00:00Z', ...rest });
const found = (objects: HeapObject[], rest: Partial<HeapQuery>) => select(indexed(objects), query(rest)).map(({ object: { id } }) => id);

describe('the rows in sight', () => {
  it('are those of the window and a few beyond', () => {
    expect(visibleSlice(10_000, 40, 4000, 400, 5)).toEqual({ first: 95, last: 115 });
    expect(visibleSlice(10_000, 40, 0, 400, 5)).toEqual({ first: 0, last: 15 });
    expect(visibleSlice(3, 40, 900, 400)).toEqual({ first: 3, last: 3 });
    expect(visibleSlice(0, 40, 0, 400)).toEqual({ first: 0, last: 0 });
  });

  it('cover every pixel of the window, wherever it stands', () => {
    for (let top = 0; top <= 37 * 100 - 300; top += 13) {
      const { first, last } = visibleSlice(100, 37, top, 300, 0);
      expect(first * 37).toBeLessThanOrEqual(top);
      expect(last * 37).toBeGreaterThanOrEqual(top + 300);
    }
  });

  it('move only as far as a row needs', () => {
    expect(scrollTo(5, 40, 100, 400)).toBe(100);
    expect(scrollTo(1, 40, 100, 400)).toBe(40);
    expect(scrollTo(20, 40, 100, 400)).toBe(440);
  });

  it('are walked by keys that stop at the ends', () => {
    expect(stepFor('PageDown', 95, 100, 10)).toBe(99);
    expect(stepFor('ArrowUp', 0, 100, 10)).toBe(0);
    expect(stepFor('x', 0, 100, 10)).toBeNull();
    expect(stepFor('Home', 3, 0, 10)).toBeNull();
  });

  it('are found by their first letters, around the end and without accents', () => {
    const names = ['Ana', 'Álvaro', 'Bruno', 'Ângela'];
    const at = (typed: string, from: number) => typeahead(typed, from, names.length, (index) => names[index]!);
    expect(at('a', 0)).toBe(1);
    expect(at('aa', 1)).toBe(3);
    expect(at('a', 3)).toBe(0);
    expect(at('an', 0)).toBe(0);
    expect(at('ang', 0)).toBe(3);
    expect(at('z', 0)).toBeNull();
  });
});

describe('the filter', () => {
  const people = [
    object('a', { title: 'JOSÉ DA SILVA', subtitle: 'AC Um', masked_cpf: '***.982.247-**', serial_hex: '00ff10' }),
    object('b', { title: 'Padaria', subtitle: 'AC Dois', cnpj: '11.222.333/0001-81', serial_hex: '2A', not_after: '2024-01-01T00:00:00Z' }),
    object('c', { title: 'Lista', kind: 'crl', not_after: '2024-01-01T00:00:00Z' }),
  ];

  it('finds names in any order, without accents', () => {
    expect(found(people, { text: 'silva jose' })).toEqual(['a']);
    expect(found(people, { text: 'dois' })).toEqual(['b']);
  });

  it('finds serial numbers in hexadecimal, with colons or without, and in decimal', () => {
    expect(found(people, { text: '00:FF:10' })).toEqual(['a']);
    expect(found(people, { text: '0xff10' })).toEqual(['a']);
    expect(found(people, { text: String(0xff10) })).toEqual(['a']);
  });

  it('finds CPF by what is in sight and by the whole, CNPJ with or without marks', () => {
    expect(found(people, { text: '982.247' })).toEqual(['a']);
    expect(found(people, { text: '529.982.247-25' })).toEqual(['a']);
    expect(found(people, { text: '529.982.248-25' })).toEqual([]);
    expect(found(people, { text: '11222333000181' })).toEqual(['b']);
  });

  it('finds fingerprints by their beginning', () => {
    expect(found([object('x', { sha256: 'deadbeef'.padEnd(64, '0') })], { text: 'DEAD BEEF' })).toEqual(['x']);
  });

  it('leaves out kinds and what is expired at the instant that counts', () => {
    expect(found(people, { kinds: new Set(['crl']) })).toEqual(['c']);
    expect(found(people, { hideExpired: true })).toEqual(['a', 'c']);
    expect(found(people, { hideExpired: true, at: '2023-01-01T00:00:00Z' })).toEqual(['a', 'b', 'c']);
  });

  it('goes through ten thousand', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => object(`n${index}`, { title: `Titular ${index}`, serial_hex: index.toString(16) }));
    expect(found(many, { text: 'titular 9999' })).toEqual(['n9999']);
    expect(countKinds(many).get('certificate')).toBe(10_000);
  });
});

describe('the tree', () => {
  const rows = (objects: HeapObject[], closed: string[] = [], wanted: string[] | null = null) =>
    treeRows(forest(objects), new Set(closed), wanted && new Set(wanted)).map(({ object: { id }, level, context }) => `${'-'.repeat(level - 1)}${id}${context ? '?' : ''}`);

  it('hangs objects under their parents, closed ones without content', () => {
    const objects = [object('leaf', { parent: 'ca' }), object('root'), object('ca', { parent: 'root' }), object('lost', { parent: 'gone' })];
    expect(rows(objects)).toEqual(['root', '-ca', '--leaf', 'lost']);
    expect(rows(objects, ['ca'])).toEqual(['root', '-ca', 'lost']);
  });

  it('ends where certificates issued each other, and shows each once', () => {
    const circle = [object('a', { parent: 'b' }), object('b', { parent: 'c' }), object('c', { parent: 'a' }), object('d', { parent: 'c' }), object('self', { parent: 'self' })];
    const shown = rows(circle);
    expect(shown).toHaveLength(5);
    expect(new Set(shown.map((row) => row.replace(/-/g, ''))).size).toBe(5);
  });

  it('keeps the way down to what the filter wants', () => {
    const objects = [object('root'), object('ca', { parent: 'root' }), object('one', { parent: 'ca' }), object('two', { parent: 'ca' })];
    expect(rows(objects, [], ['two'])).toEqual(['root?', '-ca?', '--two']);
  });

  it('survives a chain of ten thousand', () => {
    const long = Array.from({ length: 10_000 }, (_, index) => object(`n${index}`, { parent: index === 0 ? null : `n${index - 1}` }));
    expect(treeRows(forest(long), new Set())).toHaveLength(10_000);
  });
});

const link = (child: string, issuer: string, rest: Partial<HeapLink> = {}): HeapLink => ({ child, issuer, key_id: true, signature: 'valid', ...rest });
const step = (id: string, rest: Partial<ChainCertificate> = {}): ChainCertificate => ({ id, sha256: id.padEnd(64, '~'), name: id, issuer: '', serial_hex: '1', not_before: '', not_after: '', anchor: false, trusted_here: false, signature: 'valid', key_id: true, ...rest });
const path = (ids: ChainCertificate[], rest: Partial<ChainPath> = {}): ChainPath => ({ certificates: ids, end: 'trust_anchor', valid: true, result: 'valid', errors: [], ...rest });
const review = (paths: ChainPath[]) => ({ paths }) as ChainReview;

describe('the graph', () => {
  const objects = ['leaf', 'one', 'two', 'root', 'other'].map((id) => object(id));
  const links = [link('leaf', 'one'), link('leaf', 'two', { signature: 'wrong', key_id: false }), link('one', 'root'), link('two', 'root'), link('root', 'root')];

  it('has every candidate above, right or wrong, and nothing else', () => {
    const graph = graphAbove(objects[0]!, { objects, links }, null);
    expect(graph.nodes.map(({ id }) => id)).toEqual(['leaf', 'one', 'two', 'root']);
    expect(graph.edges).toHaveLength(4);
    expect(graph.edges.filter(isBroken).map(({ issuer }) => issuer.replace(/~+$/, ''))).toEqual(['two']);
  });

  it('says which paths go along a line, with what comes from elsewhere and with what is missing', () => {
    const graph = graphAbove(objects[0]!, { objects, links }, review([path([step('leaf'), step('one'), { ...step('kept', { anchor: true }), id: null }]), path([step('leaf'), step('two', { issuer: 'AC Perdida' })], { end: 'issuer_missing' })]));
    expect(graph.nodes.find(({ name }) => name === 'kept')).toMatchObject({ anchor: 'trusted', id: null });
    expect(graph.nodes.find(({ missing }) => missing)?.name).toBe('AC Perdida');
    expect(graph.edges.find(({ issuer }) => issuer.startsWith('one'))?.paths).toEqual([0]);
    expect(graph.edges.find(({ issuer }) => issuer.startsWith('two'))?.paths).toEqual([1]);
  });

  it('puts every issuer above what it issued, and ends in a circle', () => {
    const straight = graphAbove(objects[0]!, { objects, links }, null);
    const layer = layers(straight);
    for (const { child, issuer } of straight.edges) expect(layer.get(issuer)!).toBeGreaterThan(layer.get(child)!);
    const cross = graphAbove(objects[0]!, { objects, links: [link('leaf', 'one'), link('one', 'two'), link('two', 'one')] }, null);
    expect([...layers(cross).values()].sort()).toEqual([0, 1, 2]);
    expect(layered(cross).edges).toHaveLength(3);
  });

  it('lays boxes beside each other, never upon each other', () => {
    for (const drawing of [layered(graphAbove(objects[0]!, { objects, links }, null)), sideways(overview({ objects: objects.map((each, index) => ({ ...each, is_ca: true, parent: index === 0 ? null : 'leaf' })), links: [] }))]) {
      for (const a of drawing.nodes) {
        expect(a.x + a.width).toBeLessThanOrEqual(drawing.width);
        expect(a.y + a.height).toBeLessThanOrEqual(drawing.height);
        for (const b of drawing.nodes) if (a !== b) expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true);
      }
    }
  });

  it('is walked along its lines', () => {
    const drawing = layered(graphAbove(objects[0]!, { objects, links }, null));
    const key = (id: string) => id.padEnd(64, '~');
    expect(neighbour(drawing, key('root'), 'ArrowUp')).toBeNull();
    expect([key('one'), key('two')]).toContain(neighbour(drawing, key('leaf'), 'ArrowUp'));
    expect(neighbour(drawing, key('one'), 'ArrowDown')).toBe(key('leaf'));
    expect([neighbour(drawing, key('one'), 'ArrowRight'), neighbour(drawing, key('one'), 'ArrowLeft')]).toContain(key('two'));
    expect(neighbour(drawing, 'gone', 'ArrowUp')).toBe(key('leaf'));
  });

  it('draws ten thousand by their issuers', () => {
    const authorities = Array.from({ length: 300 }, (_, index) => object(`ca${index}`, { is_ca: true, parent: index === 0 ? null : 'ca0' }));
    const people = Array.from({ length: 9_700 }, (_, index) => object(`p${index}`, { parent: `ca${(index % 299) + 1}` }));
    const graph = overview({ objects: [...authorities, ...people], links: [] }, 150);
    expect(graph.nodes).toHaveLength(150);
    expect(graph.truncated).toBe(true);
    expect(graph.nodes.some(({ collapsed }) => collapsed > 30)).toBe(true);
    expect(sideways(graph).nodes).toHaveLength(150);
  });

  it('wraps long names and cuts them where they do not end', () => {
    expect(wrap('AC Raiz', 30, 3)).toEqual(['AC Raiz']);
    expect(wrap('Autoridade Certificadora Raiz Brasileira v10', 24, 3)).toEqual(['Autoridade Certificadora', 'Raiz Brasileira v10']);
    expect(wrap('x'.repeat(100), 30, 3)).toHaveLength(3);
    expect(wrap('x'.repeat(100), 30, 3)[2]).toMatch(/…$/);
    expect(wrap('', 30, 3)).toEqual(['']);
  });
});

describe('a comparison', () => {
  const row = (field: string, state: string): CompareRow => ({ field, named: false, a: '1', b: '2', state, note: null });

  it('has what differs first, each part in its order', () => {
    const { different, same } = grouped([row('a', 'same'), row('b', 'changed'), row('c', 'only_a'), row('d', 'same')]);
    expect(different.map(({ field }) => field)).toEqual(['b', 'c']);
    expect(same.map(({ field }) => field)).toEqual(['a', 'd']);
  });

  it('marks the part of a value that differs', () => {
    expect(pieces('2026-01-01', '2027-01-01')).toEqual([
      { text: '202', changed: false },
      { text: '6', changed: true },
      { text: '-01-01', changed: false },
    ]);
    const zone = 'America/Sao_Paulo';
    expect(inLocalTime('2026-06-01 02:30:00Z', null, zone)).toBe('31/05/2026 23:30');
    expect(inLocalTime('AC Raiz · 07 · 2030-01-01T12:00:00Z', 'AC Raiz · 08 · 2030-01-01T12:00:00Z', zone)).toBe('AC Raiz · 07 · 01/01/2030 09:00');
    expect(inLocalTime('2026-06-01 12:00:01Z', '2026-06-01 12:00:02Z', zone)).toContain('09:00:01');
    expect(inLocalTime('1.2.3 2026', 'x', zone)).toBe('1.2.3 2026');
    expect(pieces('a', 'a')).toEqual([{ text: 'a', changed: false }]);
    expect(pieces('aa', 'aaa').map(({ text }) => text).join('')).toBe('aa');
  });
});

const element = (offset: number, header: number, length: number, depth: number, field: string | null = null): Asn1NodeView => ({ offset, header, length, depth, tag: 'SEQUENCE', field, value: '', oid_name: null, constructed: true, remarks: [] });

describe('ASN.1', () => {
  // A sequence of two: one that holds one, and a sibling.
  const nodes = [element(0, 2, 12, 0, 'certificate'), element(2, 2, 4, 1, 'certificate.tbsCertificate'), element(4, 2, 2, 2, 'certificate.tbsCertificate.version'), element(8, 2, 4, 1)];

  it('finds the innermost element of every byte', () => {
    const found = Array.from({ length: 16 }, (_, byte) => elementAt(nodes, byte));
    expect(found).toEqual([0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, null, null]);
    expect(elementAt([], 0)).toBeNull();
  });

  it('finds the element of a field, or the nearest that holds it', () => {
    expect(elementOf(nodes, 'certificate.tbsCertificate.version')).toBe(2);
    expect(elementOf(nodes, 'tbsCertificate.version')).toBe(2);
    expect(elementOf(nodes, 'tbsCertificate.extensions[3].extnValue')).toBe(1);
    expect(elementOf(nodes, 'nowhere')).toBeNull();
  });

  it('hides what lies in closed elements, and knows what holds an element', () => {
    expect(shownElements(nodes, new Set([1]))).toEqual([0, 1, 3]);
    expect(shownElements(nodes, new Set([0]))).toEqual([0]);
    expect(holders(nodes, 2)).toEqual([0, 1]);
    expect(hasContent(nodes, 1)).toBe(true);
    expect(hasContent(nodes, 3)).toBe(false);
  });

  it('lays bytes in lines', () => {
    expect(hexLine(Uint8Array.of(...Array.from({ length: 17 }, (_, at) => 0x40 + at)), 1)).toEqual({ offset: 16, bytes: [{ at: 16, hex: '50', text: 'P' }] });
  });
});

describe('the day of judgement', () => {
  it('is read in both orders, at noon where there is no hour', () => {
    expect(new Date(parseInstant('21/11/2014')!).getHours()).toBe(12);
    expect(parseInstant('2014-11-21 14:32')).toBe(parseInstant('21/11/2014 14:32'));
    expect(parseInstant(typedInstant('2014-11-21T14:32:00Z'))).toBe('2014-11-21T14:32:00Z');
  });

  it('is none where the calendar has none', () => {
    for (const wrong of ['31/02/2014', '2014-13-01', '21/11/14', '21/11/2014 25:00', 'ontem', '']) expect(parseInstant(wrong), wrong).toBeNull();
  });
});

describe('words', () => {
  it('says every code of a chain in a sentence, and an unknown one in the words of the backend', () => {
    expect(errorSentence({ code: 'expired', message: '', params: { not_after: '2014-11-21T12:00:00Z' } })).toContain('21/11/2014');
    expect(errorSentence({ code: 'brand_new', message: 'something else is wrong', params: {} })).toBe('something else is wrong');
    expect(errorSentence({ code: 'brand_new', message: '', params: {} })).toBe('brand_new');
  });

  it('never says in red what could not be decided', () => {
    expect(resultWord('indeterminate').state).toBe('unknown');
    expect(weightState('indeterminate')).toBe('unknown');
  });

  it('never leaves a fact, a part or a field without a name', () => {
    expect(factName({ code: 'brand_new', named: false })).toBe('brand new');
    expect(factName({ code: '1.2.3', named: true })).toBe('1.2.3');
    expect(compareField('subject.CN', true)).toBe('Titular · Nome comum');
    expect(compareField('keyUsage.critical', true)).toBe('Uso da chave · crítica');
    expect(compareHeadline('brand_new')).toContain('brand_new');
  });
});
