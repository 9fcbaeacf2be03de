import { describe, expect, it, vi } from 'vitest';
import type { DocumentInfo, FieldView, WireError } from '../../generated/types';
import { simpleProfile } from './profile';
import { takeWay, waysOut } from './ways';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../backend', () => ({ backend: { call } }));

const { fields } = await import('./fields.svelte');

const document: DocumentInfo = { id: 'a', name: 'a.pdf', folder: '/', size: 1, kind: 'pdf', pages: 1, signatures: 1, origin: 'picked', sign_problem: null };
const problem = (code: string): WireError => ({ code, params: {}, severity: 'error', retry: 'never', detail: '' });
const field = (name: string, rest: Partial<FieldView> = {}): FieldView => ({ name, page: 1, area: null, signed: false, problem: null, demand: null, ...rest });
const ways = (code: string, fields: FieldView[] = [], rest: object = {}) => waysOut(document, problem(code), { ...simpleProfile(), ...rest }, fields).map((way) => (way.way === 'field' ? way.name : way.way));

describe('what would make a document fit', () => {
  it('is its empty field first, the one without a demand before others, and a .p7s beside it', () => {
    const all = [field('S', { signed: true }), field('T', { problem: problem('pdf_field_locked') }), field('D', { demand: problem('pdf_field_seed_value') }), field('F')];
    expect(ways('pdf_certified_no_new_field', all)).toEqual(['F', 'beside']);
    expect(ways('pdf_new_field_locked', all)).toEqual(['F', 'beside']);
    expect(ways('pdf_certified_no_new_field', all.slice(0, 3))).toEqual(['D', 'beside']);
    expect(ways('pdf_certified_no_new_field', all, { field: 'F' })).toEqual(['D', 'beside']);
    expect(ways('pdf_certified_no_changes', all)).toEqual(['beside']);
    expect(ways('pdf_weak_encryption')).toEqual(['beside']);
    expect(ways('pdf_field_not_found', [], { field: 'X' })).toEqual(['new_field', 'beside']);
  });

  it('is another form where the form does not fit, and no button where a password or a choice is missing', () => {
    expect(ways('sign_format_not_fitting', [], { role: 'cosign' })).toEqual(['automatic']);
    expect(ways('pdf_encrypted')).toEqual([]);
    expect(ways('document_changed')).toEqual([]);
    expect(ways('pdf_weak_encryption', [], { format: 'raw' })).toEqual([]);
  });

  it('changes only the choices that it is about, and takes back what was allowed of another place', () => {
    const stamp = { template: 't', page: 1, x: 0, y: 0, width: 9, height: 9, may_cover: true };
    const profile = { ...simpleProfile(), level: 'b-t' as const, stamp };
    expect(takeWay(profile, { way: 'field', name: 'F' })).toEqual({ ...profile, field: 'F', stamp: { ...stamp, may_cover: false } });
    expect(takeWay({ ...profile, field: 'F' }, { way: 'beside' })).toMatchObject({ format: 'cades-detached', field: null, level: 'b-t' });
    expect(takeWay({ ...profile, role: 'cosign' }, { way: 'automatic' })).toMatchObject({ format: 'automatic', role: 'sign' });
  });
});

describe('the fields on the screen', () => {
  it('are those of the document that is asked about, and none while its own are on their way', async () => {
    const other = { ...document, id: 'b' };
    const late: ((fields: FieldView[]) => void)[] = [];
    call.mockImplementation((_: string, { id }: { id: string }) => (id === 'a' ? Promise.resolve([field('A')]) : new Promise((resolve) => late.push(resolve))));
    await fields.read(document);
    expect(fields.of(document).map(({ name }) => name)).toEqual(['A']);
    const reading = fields.read(other);
    expect([fields.of(other), fields.of(null)]).toEqual([[], []]);
    late[0]?.([field('B')]);
    await reading;
    expect(fields.of(other).map(({ name }) => name)).toEqual(['B']);
    expect(fields.of(document)).toEqual([]);
    // What comes after the screen has moved on is nobody's.
    const slow = fields.read(other);
    await fields.read(document);
    late[1]?.([field('B2')]);
    await slow;
    expect([fields.of(other), fields.of(document).length]).toEqual([[], 1]);
  });
});
