import type { ChangeView, DocumentInfo, SignatureReport, TimeStampView, VerifyReport, VerifyResult } from '../../generated/types';

import { KMS_IDENTITY, NOTARY, SUBSCRIBERS, chain, describe, maskCpf, type Recipe } from './certificates';
import { moment } from './time';

/** The report for a pretended document; its name says what became of it. */
export function report(document: DocumentInfo, content: string | null): VerifyReport {
  const signatures = signaturesOf(document, content);
  return {
    result: worst(signatures.map((signature) => signature.result)),
    document: document.name,
    content,
    content_needed: document.kind === 'cms' && content === null,
    judged_at: moment(),
    signatures,
    audit_seq: null,
  };
}

function signaturesOf(document: DocumentInfo, content: string | null): SignatureReport[] {
  const name = document.name.toLowerCase();
  if (document.kind === 'cms') {
    const common: Partial<SignatureReport> = { field: null, level: 'CAdES B-B', coverage: 'content' };
    if (name.includes('contra-assinad')) {
      const counter = signature(KMS_IDENTITY, { ...common, legal: 'advanced', claimed_time: moment(-0.5) });
      return [signature(NOTARY, { ...common, level: 'CAdES B-T', integrity: content === null ? 'unknown' : 'ok', result: content === null ? 'indeterminate' : 'passed', proven_time: moment(-1), time_stamps: [stamp('signature', -1)], commitments: ['receipt'], counter_signatures: [counter] })];
    }
    return [content === null ? signature(NOTARY, { ...common, integrity: 'unknown', result: 'indeterminate', sub_indication: 'SIGNED_DATA_NOT_FOUND', reasons: ['content_missing'] }) : signature(NOTARY, common)];
  }
  if (name.includes('estendido')) {
    const level = /b-(lta|lt|t)/.exec(name)?.[0].toUpperCase() ?? 'B-T';
    return [signature(NOTARY, { level: `PAdES ${level}`, proven_time: moment(0), time_stamps: [stamp('signature', 0), ...(level === 'B-LTA' ? [stamp('document', 0)] : [])], extend_before: moment(2_900), later_change: 'allowed', coverage: 'entire_revision', changes: [change(2, 'long_term', true, 'evidence_added')] })];
  }
  if (name.includes('com carimbo')) {
    return [
      signature(NOTARY, {
        level: 'PAdES B-LTA',
        policy: 'ok',
        coverage: 'entire_revision',
        later_change: 'allowed',
        proven_time: moment(-400),
        time_stamps: [stamp('signature', -400), stamp('document', -399.9)],
        policy_claim: { oid: '2.16.76.1.7.1.14.1.3', name: 'AD-RC v1.3 (PAdES)', uri: 'http://politicas.icpbrasil.gov.br/PA_PAdES_AD_RC_v1_3.der', violations: [] },
        commitments: ['origin', 'approval'],
        extend_before: moment(40),
        changes: [change(2, 'long_term', true, 'evidence_added'), change(3, 'long_term', true, 'time_stamp_added', 'Signature2')],
      }),
    ];
  }
  if (name.includes('revisões')) {
    return [
      signature(NOTARY, {
        level: 'PAdES B-T',
        coverage: 'entire_revision',
        later_change: 'suspicious',
        result: 'failed',
        proven_time: moment(-10),
        time_stamps: [stamp('signature', -10, { authenticity: 'unknown', reasons: ['untrusted_root'] })],
        changes: [change(2, 'form', true, 'filled_in', 'Comprador'), change(3, 'annotation', true, 'annotation_added', null, [2]), change(3, 'other', false, 'page', 'Contents', [1]), change(3, 'other', false, 'object_changed', '59 0 R', [1], 'page_content'), change(3, 'other', false, 'object_added', '61 0 R', [], 'font', 'Helvetica')],
      }),
    ];
  }
  if (name.includes('política')) {
    return [signature(NOTARY, { level: 'PAdES B-B', policy: 'violated', result: 'failed', policy_claim: { oid: '2.16.76.1.7.1.11.1.1', name: 'AD-RB v1.1 (PAdES)', uri: null, violations: ['preflight_policy_expired', 'preflight_signing_time'] } })];
  }
  if (name.includes('alterad')) {
    return [signature(NOTARY, { integrity: 'broken', result: 'failed', sub_indication: 'HASH_FAILURE', reasons: ['content_changed'], coverage: 'partial', later_change: 'suspicious' })];
  }
  if (name.includes('evidência')) {
    return [signature(SUBSCRIBERS[1]!, { authenticity: 'unknown', result: 'indeterminate', sub_indication: 'TRY_LATER', reasons: ['no_revocation_evidence'], legal: 'unknown' })];
  }
  if (name.includes('coassinad')) {
    return [
      signature(NOTARY, { field: 'Signature1', coverage: 'entire_revision', later_change: 'allowed', claimed_time: moment(-3), reason: 'Lavratura da ata' }),
      signature(KMS_IDENTITY, { field: 'Signature2', claimed_time: moment(-2.8), legal: 'advanced', location: 'São Paulo' }),
    ];
  }
  if (name.includes('assinad') && !name.includes('sem assinatura')) return [signature(NOTARY, { reason: 'Lavratura do ato', location: 'São Paulo' })];
  return [];
}

function signature(recipe: Recipe, rest: Partial<SignatureReport>): SignatureReport {
  const certificate = describe(recipe);
  return {
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
    signer: { name: recipe.name, masked_cpf: recipe.cpf === undefined ? null : maskCpf(recipe.cpf), issuer: (recipe.issuer ?? recipe).name, certificate_sha256: certificate.sha256 },
    claimed_time: moment(-1),
    reason: null,
    location: null,
    proven_time: null,
    time_stamps: [],
    policy_claim: null,
    commitments: [],
    extend_before: null,
    changes: [],
    counter_signatures: [],
    legal: certificate.legal,
    certificates: chain(recipe),
    problem: null,
    ...rest,
  };
}

function stamp(kind: string, days: number, rest: Partial<TimeStampView> = {}): TimeStampView {
  return { kind, gen_time: moment(days), authority: 'SERVIDOR DE CARIMBO DO TEMPO 12345, ACT EXEMPLO', integrity: 'ok', authenticity: 'trusted', reasons: [], ...rest };
}

function change(revision: number, grade: string, allowed: boolean, what: string, subject: string | null = null, pages: number[] = [], kind: string | null = null, name: string | null = null): ChangeView {
  return { revision, grade, allowed, pages, what, subject, kind, name };
}

function worst(results: VerifyResult[]): VerifyResult {
  if (results.length === 0) return 'unsigned';
  return (['failed', 'indeterminate', 'unsigned'] as const).find((result) => results.includes(result)) ?? 'passed';
}
