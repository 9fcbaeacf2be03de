import { beforeAll, describe, expect, it } from 'vitest';
import type { SignatureReport, VerifyReport, WireError } from '../../generated/types';
import { useLocale } from '../../i18n';
import { axes, headline, reasonText } from './verdict';
import { lockWord } from './words';

const signature = (rest: Partial<SignatureReport> = {}): SignatureReport => ({
  field: 'Signature1',
  integrity: 'ok',
  authenticity: 'trusted',
  policy: 'none',
  later_change: 'none',
  coverage: 'entire_file',
  result: 'passed',
  sub_indication: null,
  reasons: [],
  level: 'PAdES B-B',
  algorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
  signer: null,
  claimed_time: null,
  reason: null,
  location: null,
  proven_time: null,
  time_stamps: [],
  policy_claim: null,
  commitments: [],
  extend_before: null,
  changes: [],
  counter_signatures: [],
  legal: 'unknown',
  certificates: null,
  problem: null,
  ...rest,
});
const report = (result: VerifyReport['result'], signatures: SignatureReport[], content_needed = false): VerifyReport => ({
  result,
  document: 'ata.pdf',
  content: null,
  content_needed,
  judged_at: '2026-11-21T17:32:07Z',
  signatures,
  audit_seq: null,
});
const problem: WireError = { code: 'cms_malformed', params: {}, severity: 'error', retry: 'never', detail: '' };

beforeAll(() => useLocale('pt-BR'));

describe('headline', () => {
  it('is green only for a passed report', () => {
    expect(headline(report('passed', [signature()]))).toMatchObject({ state: 'ok', title: 'Íntegro e confiável' });
    for (const result of ['failed', 'indeterminate', 'unsigned'] as const) {
      expect(headline(report(result, [signature({ result })])).state, result).not.toBe('ok');
    }
  });

  it('is red only for what is wrong, never for what is not known', () => {
    const unknown: Partial<SignatureReport>[] = [
      { authenticity: 'unknown', sub_indication: 'TRY_LATER', reasons: ['no_revocation_evidence'] },
      { authenticity: 'unknown', sub_indication: 'NO_CERTIFICATE_CHAIN_FOUND', reasons: ['untrusted_root'] },
      { integrity: 'unknown', reasons: ['weak_algorithm'] },
      { later_change: 'unknown' },
      {},
    ];
    const titles = unknown.map((facts) => headline(report('indeterminate', [signature({ result: 'indeterminate', ...facts })])));
    for (const found of titles) {
      expect(found.state).toBe('warn');
      expect(found.title).toContain('Não foi possível decidir');
    }
    expect(new Set(titles.map(({ title }) => title)).size, 'each cause has its own words').toBe(unknown.length);
  });

  it('says what is wrong', () => {
    const failed = (facts: Partial<SignatureReport>): string => headline(report('failed', [signature(), signature({ result: 'failed', ...facts })])).title;
    expect(failed({ integrity: 'broken', sub_indication: 'HASH_FAILURE', reasons: ['content_changed'] })).toBe('Documento alterado depois da assinatura');
    expect(failed({ integrity: 'broken', reasons: ['signature_mismatch'] })).toBe('Assinatura inválida');
    expect(failed({ later_change: 'suspicious' })).toBe('Há conteúdo fora da assinatura');
    expect(failed({ authenticity: 'untrusted', sub_indication: 'REVOKED' })).toBe('Certificado revogado');
    expect(failed({ authenticity: 'untrusted', sub_indication: 'EXPIRED' })).toBe('Certificado vencido');
    expect(failed({ authenticity: 'untrusted' })).toBe('O certificado não merece confiança');
    expect(failed({ integrity: 'broken', problem })).toBe('Assinatura ilegível');
  });

  it('asks for the content of a detached signature before it judges', () => {
    expect(headline(report('indeterminate', [], true))).toMatchObject({ state: 'unknown', title: 'Falta o documento que foi assinado' });
    const other = { ...report('failed', [signature({ integrity: 'broken', result: 'failed' })]), content: 'ata.txt', content_other: true };
    expect(headline(other)).toMatchObject({ state: 'bad', title: 'ata.txt não é o documento que esta assinatura assinou' });
  });
});

describe('axes', () => {
  it('are four, in the order in which they are read', () => {
    expect(axes(signature()).map(({ axis }) => axis)).toEqual(['integrity', 'authenticity', 'policy', 'later']);
  });

  it('put each reason on its own line', () => {
    const lines = axes(signature({ reasons: ['content_changed', 'revoked', 'content_outside_signature', 'signing_certificate_absent', 'never_heard_of'] }));
    expect(Object.fromEntries(lines.map(({ axis, reasons }) => [axis, reasons.map(({ code }) => code)]))).toEqual({
      integrity: ['content_changed'],
      authenticity: ['revoked', 'never_heard_of'],
      policy: ['signing_certificate_absent'],
      later: ['content_outside_signature'],
    });
  });

  it('claim nothing about a signature that could not be read', () => {
    const states = axes(signature({ integrity: 'broken', authenticity: 'unknown', problem })).map(({ state }) => state);
    expect(states).toEqual(['bad', 'unknown', 'none', 'unknown']);
  });

  it('show a reason without a text as its code', () => {
    expect(reasonText('never_heard_of')).toBe('never_heard_of');
    expect(reasonText('revoked')).toBe('Um certificado foi revogado por quem o emitiu.');
  });
});

describe('locked fields', () => {
  it('names the first ones and counts the rest', () => {
    useLocale('pt-BR');
    expect(lockWord({ which: 'all', fields: [] })).toBe('todos');
    expect(lockWord({ which: 'these', fields: ['A', 'B'] })).toBe('«A», «B»');
    expect(lockWord({ which: 'all_but', fields: ['A'] })).toBe('todos menos «A»');
    const many = Array.from({ length: 14 }, (_, index) => `F${index}`);
    expect(lockWord({ which: 'these', fields: many })).toMatch(/«F11» e mais 2$/);
  });
});
