import { describe, expect, it } from 'vitest';
import type { DocumentInfo, SignPreviewItem, WireError } from '../../generated/types';
import { addDocuments, chosenAgain, judge, locked, markSeen, moveDocument, readiness, removeDocument, selectionAfterRemoval, signable, unseen, type QueueEntry } from './queue';

const problem: WireError = { code: 'pdf_encrypted', params: {}, severity: 'error', retry: 'never', detail: '' };
const doc = (id: string, sign_problem: WireError | null = null): DocumentInfo => ({
  id,
  name: `${id}.pdf`,
  folder: '/tmp',
  size: 1,
  kind: 'pdf',
  pages: 1,
  signatures: 0,
  origin: 'picked',
  sign_problem,
});
const ids = (queue: QueueEntry[]): string[] => queue.map(({ document }) => document.id);
const three = addDocuments([], [doc('a'), doc('b'), doc('c')]);
const ready = { state: 'ready' };

describe('queue', () => {
  it('takes each document once, keeping what is known of it', () => {
    const seen = markSeen(three, 'a');
    const again = addDocuments(seen, [doc('a'), doc('d'), doc('d')]);
    expect(ids(again)).toEqual(['a', 'b', 'c', 'd']);
    expect(again[0]?.seen).toBe(true);
  });

  it('has each file once, with the newest handle, to be looked at again', () => {
    const seen = ['a', 'b', 'c'].reduce(markSeen, three);
    const newer = { ...doc('b2'), name: 'b.pdf', size: 2 };
    const elsewhere = { ...doc('b3'), name: 'b.pdf', folder: '/outra' };
    expect(chosenAgain(seen, [newer, elsewhere, doc('a')])).toEqual([{ before: doc('b'), now: newer, changed: true }]);
    const again = addDocuments(seen, [newer, elsewhere, { ...elsewhere, id: 'b4' }]);
    expect(ids(again)).toEqual(['a', 'b2', 'c', 'b3']);
    expect(again.map((own) => own.seen)).toEqual([true, false, true, false]);
    // One that is what it was stays as it is, with what was seen of it.
    const same = [{ document: { ...doc('a'), version: '1.5' }, seen: true }];
    expect(addDocuments(same, [{ ...doc('a2'), name: 'a.pdf', version: '1.5' }])).toEqual(same);
    expect(addDocuments(same, [{ ...doc('a2'), name: 'a.pdf', version: '1.6' }])).toEqual([{ document: { ...doc('a2'), name: 'a.pdf', version: '1.6' }, seen: false }]);
    // Nobody knows where these lie.
    const nowhere = { ...doc('x'), folder: '' };
    expect(ids(addDocuments([], [nowhere, { ...nowhere, id: 'y' }]))).toEqual(['x', 'y']);
  });

  it('moves within its ends', () => {
    expect(ids(moveDocument(three, 'b', -1))).toEqual(['b', 'a', 'c']);
    expect(ids(moveDocument(three, 'b', 1))).toEqual(['a', 'c', 'b']);
    expect(ids(moveDocument(three, 'a', -1))).toEqual(['a', 'b', 'c']);
    expect(ids(moveDocument(three, 'c', 1))).toEqual(['a', 'b', 'c']);
    expect(ids(moveDocument(three, 'x', 1))).toEqual(['a', 'b', 'c']);
  });

  it('shows the neighbour of what was removed', () => {
    expect(selectionAfterRemoval(three, 'b', 'b')).toBe('c');
    expect(selectionAfterRemoval(three, 'c', 'c')).toBe('b');
    expect(selectionAfterRemoval(three, 'c', 'a')).toBe('a');
    expect(selectionAfterRemoval(removeDocument(removeDocument(three, 'a'), 'b'), 'c', 'c')).toBeNull();
  });
});

describe('readiness', () => {
  const facts = { queue: three, identity: ready, skip: false, skipReason: '' };

  it('asks for documents first, then for an identity', () => {
    expect(readiness({ ...facts, queue: [] })).toBe('empty');
    expect(readiness({ ...facts, queue: addDocuments([], [doc('a', problem)]) })).toBe('locked');
    expect(readiness({ ...facts, queue: addDocuments([], [doc('a', { ...problem, code: 'pdf_damaged' })]) })).toBe('nothing_signable');
    expect(ids(locked(addDocuments([], [doc('a', problem), doc('b'), doc('c', { ...problem, code: 'pdf_damaged' })])))).toEqual(['a']);
    expect(readiness({ ...facts, identity: null })).toBe('no_identity');
    expect(readiness({ ...facts, identity: { state: 'expired' } })).toBe('identity_not_ready');
  });

  it('asks a batch to be looked at, document by document', () => {
    expect(readiness(facts)).toBe('unseen');
    const all = ['a', 'b', 'c'].reduce(markSeen, three);
    expect(readiness({ ...facts, queue: all })).toBe('ready');
    expect(readiness({ ...facts, queue: ['a', 'b'].reduce(markSeen, three) })).toBe('unseen');
  });

  it('accepts a reason instead, but not a blank one', () => {
    expect(readiness({ ...facts, skip: true })).toBe('reason_missing');
    expect(readiness({ ...facts, skip: true, skipReason: '   ' })).toBe('reason_missing');
    expect(readiness({ ...facts, skip: true, skipReason: 'conferidos no sistema de origem' })).toBe('ready');
    expect(readiness({ ...facts, skipReason: 'without the tick' })).toBe('unseen');
  });

  it('lets a single document go: it is on the screen', () => {
    expect(readiness({ ...facts, queue: addDocuments([], [doc('a')]) })).toBe('ready');
  });

  it('does not ask to look at what will not be signed', () => {
    const queue = markSeen(addDocuments([], [doc('a'), doc('b', problem)]), 'a');
    expect(ids(signable(queue))).toEqual(['a']);
    expect(unseen(queue)).toEqual([]);
    expect(readiness({ ...facts, queue })).toBe('ready');
  });
});

describe('the chosen profile', () => {
  const simple = { format: 'automatic', role: 'sign', field: null } as const;
  const of = (code: string): WireError => ({ ...problem, code });
  const certified = addDocuments([], [doc('a', of('pdf_certified_no_new_field')), doc('b')]);
  const item = (document: string, own: WireError | null): SignPreviewItem => ({ document, format: 'pades', level: 'b-b', output_name: 'x', remarks: [], problem: own });

  it('decides what is fit, not the simplest one', () => {
    expect(ids(signable(certified, judge(certified, [], simple)))).toEqual(['b']);
    // The preview of a signature in an empty field, of a .p7s: nothing stands against it.
    expect(ids(signable(certified, judge(certified, [item('a', null)], { ...simple, field: 'A' })))).toEqual(['a', 'b']);
    expect(ids(signable(certified, judge(certified, [item('b', of('sign_format_not_fitting'))], { ...simple, format: 'raw' })))).toEqual(['a']);
  });

  it('presumes nothing that it cannot know before the preview comes', () => {
    const pile = addDocuments([], [doc('rc4', of('pdf_weak_encryption')), doc('shut', problem), doc('one', of('pdf_certified_no_changes')), doc('two', of('pdf_certified_no_new_field'))]);
    const fit = (rest: object) => ids(signable(pile, judge(pile, [], { ...simple, ...rest })));
    expect(fit({})).toEqual([]);
    expect(fit({ field: 'A' })).toEqual(['two']);
    expect(fit({ format: 'raw' })).toEqual(['rc4', 'shut', 'one', 'two']);
    expect(fit({ format: 'cades-detached' })).toEqual(['rc4', 'shut', 'one', 'two']);
  });

  it('asks to look at what it makes fit, and not at what it makes unfit', () => {
    const facts = { queue: certified, identity: ready, skip: false, skipReason: '' };
    expect(readiness({ ...facts, judged: judge(certified, [item('a', null)], simple) })).toBe('unseen');
    expect(readiness({ ...facts, judged: judge(certified, [item('b', problem)], simple) })).toBe('locked');
    expect(readiness({ ...facts, judged: judge(certified, [item('b', of('pdf_field_not_found'))], simple) })).toBe('nothing_signable');
  });

  it('takes a question to the person for no fault of the document', () => {
    expect(ids(signable(certified, judge(certified, [item('b', of('countersign_choose'))], { ...simple, role: 'countersign' })))).toContain('b');
  });
});
