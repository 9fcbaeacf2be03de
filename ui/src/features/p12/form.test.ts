import { describe, expect, it } from 'vitest';

import { checkExport, checkIssue, refusedField } from './form';

const GOOD = { name: 'Ana Beatriz Nogueira', cpf: '111.444.777-35', email: 'ana@exemplo.example' };
const fields = (problems: { field: string }[]) => problems.map(({ field }) => field);

describe('checkIssue', () => {
  it('has nothing against a good form', () => {
    expect(checkIssue(GOOD)).toEqual([]);
    expect(checkIssue({ ...GOOD, cpf: '11144477735' })).toEqual([]);
  });

  it('names every wrong field, in their order', () => {
    expect(fields(checkIssue({ name: ' ', cpf: '', email: '' }))).toEqual(['name', 'cpf', 'email']);
  });

  it('checks the check digits of a CPF, both of them', () => {
    for (const cpf of ['111.444.777-36', '111.444.777-45', '11111111111', '529982247', '5299822472512']) {
      expect(fields(checkIssue({ ...GOOD, cpf })), cpf).toEqual(['cpf']);
    }
    for (const cpf of ['52998224725', '390.533.447-05', '12345678909']) expect(checkIssue({ ...GOOD, cpf }), cpf).toEqual([]);
  });

  it('tells an address from a typing error', () => {
    for (const email of ['a@b.c', 'a.b+c@sub.dominio.com.br']) expect(checkIssue({ ...GOOD, email }), email).toEqual([]);
    for (const email of ['a', 'a@b', '@b.c', 'a@b.', 'a@.b', 'a b@c.d', 'a@b@c.d', 'ação@b.c']) expect(fields(checkIssue({ ...GOOD, email })), email).toEqual(['email']);
  });

  it('wants a name that fits into a certificate with its CPF', () => {
    expect(fields(checkIssue({ ...GOOD, name: 'Ana' }))).toEqual(['name']);
    expect(fields(checkIssue({ ...GOOD, name: `Ana ${'x'.repeat(49)}` }))).toEqual(['name']);
    expect(checkIssue({ ...GOOD, name: `Ana ${'x'.repeat(48)}` })).toEqual([]);
  });
});

describe('checkExport', () => {
  const good = { friendly: '', password: 'Hm7+xq3RkTw9=Ngp', again: 'Hm7+xq3RkTw9=Ngp' };

  it('wants a password that is long, hard to guess and typed twice', () => {
    expect(checkExport(good, [])).toEqual([]);
    expect(fields(checkExport({ ...good, again: 'x' }, []))).toEqual(['again']);
    expect(fields(checkExport({ ...good, password: '', again: '' }, []))).toEqual(['password']);
    expect(fields(checkExport({ ...good, password: 'Hm7+xq3', again: 'Hm7+xq3' }, []))).toEqual(['password']);
    expect(fields(checkExport({ ...good, password: 'senhasenha123', again: 'senhasenha123' }, []))).toEqual(['password']);
  });
});

describe('refusedField', () => {
  it('finds the field that the backend names, and only that', () => {
    const wire = { code: 'invalid_field', params: { field: 'cpf', reason: 'check_digits' }, severity: 'warning', retry: 'after_action', detail: '' } as const;
    expect(refusedField(wire, ['name', 'cpf'])?.field).toBe('cpf');
    expect(refusedField(wire, ['name'])).toBeNull();
    expect(refusedField({ ...wire, code: 'internal' }, ['cpf'])).toBeNull();
  });
});
