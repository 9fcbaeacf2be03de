import type { DocumentInfo, SignatureReport, VerifyReport, VerifyResult } from '../../generated/types';

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
    return [content === null ? signature(NOTARY, { ...common, integrity: 'unknown', result: 'indeterminate', sub_indication: 'SIGNED_DATA_NOT_FOUND', reasons: ['content_missing'] }) : signature(NOTARY, common)];
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

function worst(results: VerifyResult[]): VerifyResult {
  if (results.length === 0) return 'unsigned';
  return (['failed', 'indeterminate', 'unsigned'] as const).find((result) => results.includes(result)) ?? 'passed';
}
