import { describe, expect, it, vi } from 'vitest';
import type { PolicyDesk, PolicyListView, TsaView } from '../../generated/types';
import { useLocale } from '../../i18n';

const call = vi.hoisted(() => vi.fn());
const sealed = vi.hoisted(() => vi.fn(async (_: unknown, secret: string) => ({ channel: 'c', public_key: '', nonce: '', ciphertext: `sealed:${secret.length}` })));
vi.mock('../../backend', async (original) => ({ ...(await original<typeof import('../../backend')>()), backend: { call, on: () => () => undefined }, sealText: sealed }));

const { Authorities } = await import('./authorities.svelte');
const { checkTsa, inTheClear, NEW_TSA, refusedTsa, tsaFormOf } = await import('./tsa-form');
const { listState, listsMissing, policyState } = await import('./policies');

const tsa: TsaView = { id: 't1', name: 'ACT', url: 'https://act.example/tsp', auth: 'basic', user: 'u', certificate: null, policy: null, timeout_seconds: 20, position: 1 };
const fields = (...args: Parameters<typeof checkTsa>) => checkTsa(...args).map(({ field }) => field);
const now = new Date('2026-11-22T12:00:00Z');

describe('the form of a time-stamp authority', () => {
  it('asks for what its kind needs', () => {
    const form = { ...NEW_TSA, name: 'ACT', url: 'https://act.example' };
    expect(fields(form, null)).toEqual([]);
    expect(fields({ ...form, auth: 'basic' }, null)).toEqual(['user', 'secret']);
    expect(fields({ ...form, auth: 'certificate' }, null)).toEqual(['p12', 'secret']);
    expect(fields({ ...NEW_TSA, timeout: '121', policy: '2.16.x' }, null)).toEqual(['name', 'url', 'policy', 'timeout']);
  });

  it('keeps a secret only for the same kind', () => {
    expect(fields(tsaFormOf(tsa), tsa)).toEqual([]);
    expect(fields({ ...tsaFormOf(tsa), auth: 'certificate' }, tsa)).toEqual(['p12', 'secret']);
    expect(fields({ ...tsaFormOf({ ...tsa, auth: 'certificate' }), p12: 'doc-1' }, { ...tsa, auth: 'certificate' })).toEqual(['secret']);
  });

  it.each(['ftp://a.example', 'act.example', 'https://user:pw@act.example', 'https://'])('refuses the address %s', (url) => {
    expect(fields({ ...NEW_TSA, name: 'ACT', url }, null)).toEqual(['url']);
  });

  it('warns of a password on a bare line', () => {
    expect(inTheClear({ url: 'http://a.example', auth: 'basic' })).toBe(true);
    expect(inTheClear({ url: 'https://a.example', auth: 'basic' })).toBe(false);
    expect(inTheClear({ url: 'http://a.example', auth: 'none' })).toBe(false);
  });

  it('finds the field that the program refused', () => {
    const wire = (code: string, params = {}) => ({ code, params, severity: 'warning' as const, retry: 'after_action' as const, detail: '' });
    expect(refusedTsa(wire('invalid_field', { field: 'timeout_seconds' }))?.field).toBe('timeout');
    expect(refusedTsa(wire('p12_wrong_password'))?.field).toBe('secret');
    expect(refusedTsa(wire('invalid_field', { field: 'toString' }))).toBeNull();
    expect(refusedTsa(wire('net_unreachable'))).toBeNull();
  });
});

describe('the authorities', () => {
  it('are shown in their order', async () => {
    call.mockResolvedValueOnce([{ ...tsa, id: 't2', position: 2 }, tsa]);
    const authorities = new Authorities();
    await authorities.load();
    expect(authorities.list?.map(({ id }) => id)).toEqual(['t1', 't2']);
  });

  it('send a secret sealed, and none where nothing was typed', async () => {
    const authorities = new Authorities();
    call.mockResolvedValue([tsa]);
    await authorities.save({ ...tsaFormOf(tsa), secret: 'segredo' }, tsa);
    expect(call).toHaveBeenLastCalledWith('tsa_save', expect.objectContaining({ id: 't1', secret: expect.objectContaining({ ciphertext: 'sealed:7' }), position: 1 }));
    await authorities.save(tsaFormOf(tsa), tsa);
    expect(call).toHaveBeenLastCalledWith('tsa_save', expect.objectContaining({ secret: null }));
    expect(JSON.stringify(call.mock.calls)).not.toContain('segredo');
  });

  it('move without touching the secret', async () => {
    const authorities = new Authorities();
    call.mockResolvedValue([tsa]);
    await authorities.move({ ...tsa, position: 2 }, -1);
    expect(call).toHaveBeenLastCalledWith('tsa_save', { id: 't1', name: 'ACT', url: tsa.url, auth: 'basic', user: 'u', secret: null, p12: null, policy: null, timeout_seconds: 20, position: 1 });
  });

  it('forget a test once they are changed', async () => {
    const authorities = new Authorities();
    call.mockResolvedValueOnce({ gen_time: '2026-11-22T12:00:00Z', authority: 'A', trusted: true, icp_brasil: false, millis: 4, size: 1 });
    await authorities.test('t1');
    expect(authorities.tests.get('t1')?.state).toBe('done');
    call.mockResolvedValueOnce([tsa]);
    await authorities.save(tsaFormOf(tsa), tsa);
    expect(authorities.tests.has('t1')).toBe(false);
  });
});

describe('ICP-Brasil policies', () => {
  it('say how long they and their lists hold', () => {
    useLocale('pt-BR');
    const list: PolicyListView = { family: 'cades', next_update: '2026-12-01T00:00:00Z', stale: false, sha256: 'aa' };
    expect(listState(list, now).state).toBe('warn');
    expect(listState({ ...list, next_update: '2027-03-01T00:00:00Z' }, now).state).toBe('ok');
    expect(listState({ ...list, stale: true }, now).state).toBe('bad');
    const policy = { choice: 'ad-rb', family: 'cades', oid: '2.16.76.1.7.1.1.2.4', version: '2.4', uri: '', not_after: '2029-06-30T00:00:00Z', artifact: false } as const;
    expect(policyState(policy, now).state).toBe('ok');
    expect(policyState({ ...policy, not_after: '2026-11-01T00:00:00Z' }, now).state).toBe('bad');
    const desk: PolicyDesk = { policies: [policy, { ...policy, family: 'pades' }], lists: [list] };
    expect(listsMissing(desk)).toEqual(['pades']);
  });
});
