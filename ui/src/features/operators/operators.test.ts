import { describe, expect, it } from 'vitest';

import { MockBackend } from '../../backend/mock';
import { sealText } from '../../backend/seal';
import { roleWord } from '../../i18n/words';
import { ROLES, checkName, checkPassword, hasSecondPerson, refused, roleMay } from './form';

describe('the forms', () => {
  it('want a name and a password that is typed the same twice', () => {
    expect(checkName(' ')).toHaveLength(1);
    expect(checkName('x'.repeat(65))).toHaveLength(1);
    expect(checkName('Ana Clara')).toEqual([]);
    expect(checkPassword({ password: '', again: '' })[0]?.field).toBe('password');
    expect(checkPassword({ password: 'curta', again: 'curta' })[0]?.text).toContain('8');
    expect(checkPassword({ password: 'comprida', again: 'compridA' })[0]?.field).toBe('again');
    expect(checkPassword({ password: 'comprida', again: 'comprida' })).toEqual([]);
  });

  it('say what each role may do', () => {
    expect(new Set(ROLES.map(roleMay)).size).toBe(ROLES.length);
    for (const role of ROLES) expect(roleWord(role)).not.toBe(role);
  });

  it('name the field that was refused, and why the own role stays', () => {
    const wire = { code: 'invalid_field', params: { field: 'role', reason: 'own' }, severity: 'warning', retry: 'after_action', detail: '' } as const;
    expect(refused(wire, ['name', 'role'])?.text).toContain('o próprio papel');
    expect(refused({ ...wire, params: { field: 'new', reason: 'too_short' } }, ['password'], { new: 'password' })?.field).toBe('password');
    expect(refused({ ...wire, params: { field: 'toString', reason: '' } }, ['password'], { new: 'password' })).toBeNull();
    expect(refused({ ...wire, code: 'internal' }, ['name'])).toBeNull();
  });

  it('notice that nobody could approve', () => {
    const person = (role: string, active = true) => ({ active, operator: { role } });
    expect(hasSecondPerson([person('notary'), person('clerk')])).toBe(false);
    expect(hasSecondPerson([person('notary'), person('supervisor', false)])).toBe(false);
    expect(hasSecondPerson([person('notary'), person('supervisor')])).toBe(true);
  });
});

describe('the pretended office', () => {
  it('never loses its last notary, and gives another person what their role may', async () => {
    const backend = new MockBackend({ start: 'production', pace: 0 });
    await expect(backend.call('operator_change', { id: 'op-1', name: 'Helena', role: 'clerk', active: true })).rejects.toMatchObject({ wire: { code: 'operator_last_notary' } });
    await expect(backend.call('operator_switch', { id: 'op-3', password: await sealText(backend, 'errada') })).rejects.toMatchObject({ wire: { code: 'operator_password_wrong' } });
    const state = await backend.call('operator_switch', { id: 'op-3', password: await sealText(backend, 'certa') });
    expect(state.operator?.role).toBe('clerk');
    expect(state.permissions).not.toContain('approve');
    expect((await backend.call('operators_list', {})).every(({ active }) => active)).toBe(true);
  });

  it('asks for no password in the demonstration', async () => {
    const backend = new MockBackend({ start: 'demo', pace: 0 });
    expect((await backend.call('operator_switch', { id: 'op-2', password: null })).operator?.role).toBe('supervisor');
  });
});
