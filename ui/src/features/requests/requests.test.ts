import { describe, expect, it } from 'vitest';

import { MockBackend } from '../../backend/mock';
import { sealText } from '../../backend/seal';
import type { OperatorView, P12Protection, Permission, RequestView, RequestWhat } from '../../generated/types';
import { useLocale } from '../../i18n';
import { grouped, groupOf } from './groups';
import { checkReason } from './reason';
import { approveWord, consequences, finalWord, kindWord, plainName, stateOf, titleOf, whoCarriesOut, whoDecides } from './words';

const HELENA: OperatorView = { id: 'op-1', name: 'Helena', role: 'notary' };
const MARCOS: OperatorView = { id: 'op-2', name: 'Marcos', role: 'supervisor' };
const APPROVER: Permission[] = ['request', 'approve'];
const ROTATION: RequestWhat = {
  kind: 'key_rotation',
  old_key_ref: 'awskms:1?region=sa-east-1',
  old_key_id: 'arn:aws:kms:sa-east-1:1:key/1',
  alias: 'alias/cartorio/assinatura',
  spec: 'RSA_3072',
  identity: 'i',
  identity_label: 'Tabeliã',
  certificate: { kind: 'office' },
  transition_days: 30,
  deletion_days: 7,
};
const request = (rest: Partial<RequestView> = {}): RequestView => ({
  id: 'r',
  kind: 'key_rotation',
  state: 'pending',
  what: ROTATION,
  title: 'alias/cartorio/assinatura',
  requested_by: MARCOS,
  requested_at: '2026-11-01T12:00:00Z',
  reason: 'anual',
  expires_at: '2026-11-15T12:00:00Z',
  decided_by: null,
  decided_at: null,
  decision_reason: null,
  used_at: null,
  may_decide: false,
  may_withdraw: false,
  may_carry_out: false,
  rotation: null,
  ...rest,
});

describe('the inbox', () => {
  it('puts first what the person has to do, whoever asked', () => {
    expect(groupOf(request({ may_decide: true }), 'op-1')).toBe('waiting');
    expect(groupOf(request({ state: 'approved', may_carry_out: true, requested_by: HELENA }), 'op-1')).toBe('waiting');
    expect(groupOf(request({ requested_by: HELENA }), 'op-1')).toBe('mine');
    expect(groupOf(request(), 'op-1')).toBe('others');
    for (const state of ['rejected', 'withdrawn', 'expired', 'used'] as const) expect(groupOf(request({ state, requested_by: HELENA }), 'op-1')).toBe('over');
  });

  it('shows what ends first while it is open, and what ended last afterwards', () => {
    const [waiting, , , over] = grouped(
      [
        request({ id: 'late', may_decide: true, expires_at: '2026-12-01T00:00:00Z' }),
        request({ id: 'soon', may_decide: true, expires_at: '2026-11-02T00:00:00Z' }),
        request({ id: 'old', state: 'rejected', decided_at: '2026-10-01T00:00:00Z' }),
        request({ id: 'new', state: 'used', decided_at: '2026-09-01T00:00:00Z', used_at: '2026-11-01T00:00:00Z' }),
      ],
      'op-1',
    );
    expect(waiting!.requests.map(({ id }) => id)).toEqual(['soon', 'late']);
    expect(over!.requests.map(({ id }) => id)).toEqual(['new', 'old']);
  });
});

describe('who decides', () => {
  it('is never the one who asked, and they are told who does', () => {
    expect(whoDecides(request({ requested_by: HELENA }), HELENA, APPROVER)).toContain('Você pediu, então não aprova');
    expect(whoDecides(request({ requested_by: HELENA }), HELENA, ['request'])).toContain('supervisor ou o tabelião');
    expect(whoDecides(request(), HELENA, ['request'])).toContain('Só um supervisor ou o tabelião');
  });

  it('is not said where it is plain', () => {
    expect(whoDecides(request({ may_decide: true }), HELENA, APPROVER)).toBeNull();
    expect(whoDecides(request({ state: 'rejected' }), MARCOS, ['request'])).toBeNull();
  });

  it('differs from who carries out', () => {
    expect(whoCarriesOut(request({ state: 'approved' }))).toContain('tabelião');
    expect(whoCarriesOut(request({ state: 'approved', kind: 'p12_export' }))).toContain('supervisor');
    expect(whoCarriesOut(request({ state: 'approved', may_carry_out: true }))).toBeNull();
    expect(whoCarriesOut(request())).toBeNull();
  });

  it('needs a reason of at most 500 characters', () => {
    expect(checkReason('  ')).toBe('Diga o motivo da decisão.');
    expect(checkReason('ç'.repeat(500))).toBeNull();
    expect(checkReason('ç'.repeat(501))).toContain('501');
  });
});

describe('what will happen', () => {
  it('names key, name, certificate, transition and what becomes of the old key', () => {
    const { steps, final } = consequences(ROTATION);
    expect(steps).toHaveLength(7);
    expect(steps.join(' ')).toContain('RSA 3072');
    expect(steps.join(' ')).toContain('«cartorio/assinatura»');
    expect(steps.join(' ')).toContain('«Tabeliã»');
    expect(steps[4]).toContain('30 dias');
    expect(steps[6]).toContain('7 dias');
    expect(final).toContain('some para sempre');
  });

  it('does not threaten with a deletion that nobody asked for', () => {
    const { steps, final } = consequences({ ...ROTATION, deletion_days: null, transition_days: 0, alias: null, certificate: { kind: 'none' }, identity: null, identity_label: null });
    expect([...steps, final].join(' ')).not.toContain('some para sempre');
    expect(steps[6]).toContain('fica guardada');
    expect(steps[4]).toContain('Não há transição');
    expect([...steps, final].join(' ')).not.toMatch(/undefined|null|–/);
  });

  it('tells the taking away of a root from its adding, and threatens with nothing that can be undone', () => {
    const add: RequestWhat = { kind: 'trust_anchor', add: true, sha256: 'a'.repeat(64), name: 'AC Raiz X', not_before: '2020-01-01T00:00:00Z', not_after: '2030-01-01T00:00:00Z', der: 'MII=' };
    const remove: RequestWhat = { ...add, add: false };
    const asked = (what: RequestWhat) => titleOf({ kind: 'trust_anchor', title: 'AC Raiz X', what });
    expect(asked(add)).toContain('Confiar na raiz AC Raiz X');
    expect(asked(remove)).toContain('Deixar de confiar na raiz AC Raiz X');
    expect(approveWord('trust_anchor', add)).not.toBe(approveWord('trust_anchor', remove));
    expect(consequences(add).steps.join(' ')).toContain('passado');
    expect(consequences(add).final).toContain('emitir certificados');
    expect(consequences(remove).steps.join(' ')).toContain('não foi possível decidir');
    expect(finalWord(add)).toBe('O que não tem volta');
    expect(finalWord(remove)).toBe('O que fica');
  });

  it('warns that a P12 file and a deleted key do not come back', () => {
    expect(consequences({ kind: 'p12_export', certificate_sha256: 'a'.repeat(64), holder: 'ANA', profile: 'modern' }).final).toContain('ANA');
    expect(consequences({ kind: 'p12_export', certificate_sha256: 'a'.repeat(64), holder: 'ANA', profile: 'compatible' }).steps.join(' ')).toContain('Windows 7');
    expect(consequences({ kind: 'key_deletion', key_ref: 'local:a', key_id: 'a', alias: null, days: 7 }).final).toContain('para sempre');
  });
});

describe('words', () => {
  it('has its own for every kind and state, in both languages', () => {
    for (const locale of ['en', 'pt-BR'] as const) {
      useLocale(locale);
      const kinds = ['key_rotation', 'key_deletion', 'p12_export', 'certificate_issue', 'trust_anchor'] as const;
      expect(new Set(kinds.map(kindWord)).size).toBe(5);
      expect(new Set(kinds.map((kind) => approveWord(kind))).size).toBe(5);
      expect(new Set(kinds.map((kind) => titleOf({ kind, title: 'x' }))).size).toBe(5);
      const states = (['pending', 'approved', 'rejected', 'withdrawn', 'expired', 'used'] as const).map((state) => stateOf(request({ state, decided_by: HELENA, decided_at: '2026-11-02T00:00:00Z', used_at: '2026-11-03T00:00:00Z' })));
      expect(new Set(states.map(({ word }) => word)).size).toBe(6);
      expect(states.every(({ why }) => why.length > 10 && !why.includes('undefined'))).toBe(true);
    }
  });

  it('shows names without what AWS puts before them', () => {
    expect(plainName('alias/cartorio/x')).toBe('cartorio/x');
    expect(plainName('arn:aws:kms:sa-east-1:1:key/abc')).toBe('abc');
    expect(plainName('reserva')).toBe('reserva');
  });
});

describe('the pretended office', () => {
  it('lets nobody approve what they asked for, and another person do it', async () => {
    const backend = new MockBackend({ start: 'production', pace: 0 });
    const [key] = (await backend.call('requests_list', {})).flatMap(({ what }) => (what.kind === 'key_deletion' ? [what.key_ref] : []));
    const found = (await backend.call('requests_list', {})).find(({ state, may_decide }) => state === 'pending' && !may_decide)!;
    expect(key).toBeDefined();
    await expect(backend.call('request_decide', { id: found.id, approve: true, reason: 'ok' })).rejects.toMatchObject({ wire: { code: 'registry_same_person' } });
    const other = (await backend.call('requests_list', { open: true })).find(({ may_decide }) => may_decide)!;
    const decided = await backend.call('request_decide', { id: other.id, approve: true, reason: 'de acordo' });
    expect(decided).toMatchObject({ state: 'approved', may_decide: false, may_carry_out: true });
  });

  it('exports a P12 file in production once, and only what was approved', async () => {
    const backend = new MockBackend({ start: 'production', pace: 0 });
    const [ana, other] = (await backend.call('certificates_list', {})).filter(({ exportable }) => exportable);
    const send = async (certificate: string, profile: P12Protection = 'modern') => backend.call('p12_export', { certificate, friendly_name: null, profile, password: await sealText(backend, 'uma frase comprida') });
    await expect(send(other!.id)).rejects.toMatchObject({ wire: { code: 'approval_required' } });
    await expect(send(ana!.id, 'compatible')).rejects.toMatchObject({ wire: { code: 'approval_other_profile', params: { approved: 'modern', asked: 'compatible' } } });
    expect((await send(ana!.id)).saved).not.toBeNull();
    await expect(send(ana!.id)).rejects.toMatchObject({ wire: { code: 'approval_required' } });
    const asked = await backend.call('request_make', { what: { kind: 'p12_export', certificate: other!.id, profile: 'compatible' }, reason: 'pedido no balcão' });
    expect(asked.what).toMatchObject({ profile: 'compatible' });
    expect(asked).toMatchObject({ state: 'pending', may_decide: false, may_withdraw: true });
    await expect(backend.call('request_make', { what: { kind: 'p12_export', certificate: other!.id, profile: 'modern' }, reason: 'de novo' })).rejects.toMatchObject({ wire: { code: 'request_open' } });
  });
});
