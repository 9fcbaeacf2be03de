import type { ChainCertificate, ChainError, ChainPath, ChainReview, FactSection, HeapObject, LintFinding, Requirements, RevocationResult, StoreView } from '../../generated/types';

import { INTERMEDIATE, type Recipe, ROOT, TWIN, describe } from './certificates';
import { hex } from './random';
import { moment } from './time';

/** An object of the pretended heap with what it is made of. */
export interface Item {
  object: HeapObject;
  recipe: Recipe | null;
}

/** Judges a pretended certificate: by its dates, by whether its issuers are here, and by whether the list is. */
export function reviewOf({ object, recipe }: Item, items: Item[], requirements: Requirements): ChainReview {
  const at = requirements.at ?? moment();
  const line: Recipe[] = [];
  for (let step: Recipe | null = recipe; step !== null; step = step.issuer) line.push(step);
  const last = line[line.length - 1];
  const trusted = (each: Recipe): boolean => each.id === ROOT.id || requirements.trusted.some((id) => items.find((item) => item.object.id === id)?.recipe?.id === each.id);
  const step = (each: Recipe, index: number, list: Recipe[], rest: Partial<ChainCertificate> = {}): ChainCertificate => {
    const detail = describe(each);
    const here = items.find((item) => item.recipe?.id === each.id)?.object;
    return { id: here?.id ?? null, sha256: here?.sha256 ?? detail.sha256, name: each.name, issuer: each.issuer?.name ?? (each.kind === 'root' ? each.name : 'Autoridade Certificadora Raiz Exemplo v10'), serial_hex: detail.serial_hex, not_before: detail.not_before, not_after: detail.not_after, anchor: trusted(each), trusted_here: trusted(each) && each.id !== ROOT.id, signature: index === list.length - 1 && each.kind !== 'root' ? 'missing' : 'valid', key_id: index === list.length - 1 ? null : true, ...rest };
  };
  const error = (code: string, depth: number, message: string, weight = 'error', params: Record<string, string> = {}): ChainError => ({ code, depth, message, params, weight });
  const errors: ChainError[] = [];
  line.forEach((each, depth) => {
    const detail = describe(each);
    if (detail.not_after < at) errors.push(error('expired', depth, `notAfter ${detail.not_after} is before ${at}`, 'error', { not_after: detail.not_after }));
    if (detail.not_before > at) errors.push(error('not_yet_valid', depth, `notBefore ${detail.not_before} is after ${at}`, 'error', { not_before: detail.not_before }));
  });
  const end = last === undefined ? 'issuer_missing' : line.some(trusted) ? 'trust_anchor' : last.kind === 'root' ? 'untrusted_root' : 'issuer_missing';
  if (end === 'issuer_missing') errors.push(error('issuer_missing', line.length - 1, 'no certificate of the issuer is known here', 'indeterminate', { issuer: 'Autoridade Certificadora Raiz Exemplo v10' }));
  if (end === 'untrusted_root') errors.push(error('untrusted_root', line.length - 1, 'the root is not an anchor here', 'indeterminate'));
  const list = items.find((item) => item.object.kind === 'crl')?.object;
  const revocation = line.filter((each) => !trusted(each)).map((each, depth): RevocationResult => {
    const covered = list !== undefined && each.issuer?.id === INTERMEDIATE.id && requirements.revocation !== 'off' && at >= (list.not_before ?? '');
    const status = requirements.revocation === 'off' ? 'revocation_off' : covered ? 'revocation_good' : depth > 0 && each.issuer?.id === ROOT.id ? 'revocation_stale' : 'no_revocation_evidence';
    return {
      depth,
      sha256: describe(each).sha256,
      name: each.name,
      status,
      revoked_at: null,
      reason: null,
      evidence: covered
        ? [{ kind: 'crl', sha256: list.sha256, id: list.id, issuer: INTERMEDIATE.name, this_update: list.not_before ?? at, next_update: list.not_after, number: '412', signature: 'valid', authority: 'issuer', decisive: true, rejected: null }]
        : status === 'revocation_stale'
          ? [{ kind: 'crl', sha256: hex('old crl'), id: null, issuer: ROOT.name, this_update: moment(-96), next_update: moment(-6), number: '17', signature: 'valid', authority: 'issuer', decisive: false, rejected: 'crl_stale' }]
          : [],
    };
  });
  if (requirements.revocation === 'require') for (const { depth, status } of revocation) if (status === 'no_revocation_evidence' || status === 'revocation_stale') errors.push(error(status, depth, 'nothing says whether it is revoked', 'indeterminate'));
  const resultOf = (found: ChainError[]): ChainPath['result'] => (found.some(({ weight }) => weight === 'error') ? 'invalid' : found.some(({ weight }) => weight === 'indeterminate') ? 'indeterminate' : 'valid');
  const best: ChainPath = { certificates: line.map((each, index) => step(each, index, line)), end, valid: errors.length === 0, result: resultOf(errors), errors };
  const paths = [best];
  const twin = line.findIndex(({ id }) => id === INTERMEDIATE.id);
  if (twin > 0 && items.some((item) => item.recipe?.id === TWIN.id)) {
    const other = line.map((each, index) => (index === twin ? TWIN : each));
    const wrong = [error('signature_wrong', twin - 1, 'the signature does not match the key of the issuer'), ...errors];
    paths.push({ certificates: other.map((each, index) => step(each, index, other, index === twin - 1 ? { signature: 'wrong', key_id: false } : {})), end, valid: false, result: 'invalid', errors: wrong });
  }
  const policies = requirements.policies.map((dotted) => ({ oid: dotted, name: null }));
  return {
    judged_at: at,
    result: best.result,
    reasons: [...new Set(errors.map(({ code }) => code))],
    paths,
    truncated: false,
    policy: { state: policies.length > 0 ? 'violated' : requirements.explicit_policy ? 'violated' : 'none', valid: [{ oid: '2.16.76.1.2.3.45', name: 'A3, AC Exemplo' }], required: policies, explicit: requirements.explicit_policy },
    revocation,
    warnings: object.self_issued ? [error('weak_signature', 0, 'SHA-1 has been broken since 2017', 'note', { algorithm: 'sha1WithRSAEncryption' })] : [],
    lint: lintOf(object),
    legal: recipe?.legal ?? 'demonstration',
  };
}

/** What the rules find. */
export function lintOf(object: HeapObject): LintFinding[] {
  if (object.kind !== 'certificate' && object.kind !== 'crl') return [];
  const all: LintFinding[] = [
    { code: 'rfc5280_ca_key_usage_missing', severity: 'error', clause: 'RFC 5280 §4.2.1.3', path: 'tbsCertificate.extensions.keyUsage', title: 'Uma AC deve ter keyUsage com keyCertSign.', detail: 'keyUsage has cRLSign only', depth: 0, subject: object.title },
    { code: 'icp_crl_dp_two', severity: 'warning', clause: 'DOC-ICP-04 §7.1.2.2', path: 'tbsCertificate.extensions.cRLDistributionPoints', title: 'A LCR deve ser publicada em dois endereços.', detail: '1 URL found', depth: 0, subject: object.title },
    { code: 'rfc5280_serial_entropy', severity: 'notice', clause: 'CABF BR §7.1', path: 'tbsCertificate.serialNumber', title: 'O número de série deveria ter ao menos 64 bits imprevisíveis.', detail: '48 bits', depth: null, subject: object.title },
  ];
  return object.is_ca ? all : all.slice(1);
}

/** Facts about an object that is no certificate. */
export function factsOf(object: HeapObject): FactSection[] {
  const fact = (code: string, value: string, form: 'text' | 'mono' | 'time' | 'code' = 'text', level = 0) => ({ code, named: false, value, form, level });
  switch (object.kind) {
    case 'crl':
      return [{ code: 'list', facts: [fact('issuer', object.title), fact('number', '412', 'mono'), fact('this_update', object.not_before ?? '', 'time'), fact('next_update', object.not_after ?? '', 'time'), fact('signature_algorithm', 'sha256WithRSAEncryption', 'mono'), fact('something_new', 'um código que a janela ainda não conhece')] }];
    case 'csr':
      return [{ code: 'request', facts: [fact('subject', `CN=${object.title},C=BR`, 'mono'), fact('key', 'RSA 2048 bits'), fact('signature', 'valid', 'code')] }, { code: 'attributes', facts: [fact('extension_request', '2 extensões'), { ...fact('keyUsage', 'digitalSignature, nonRepudiation', 'mono', 1), named: true }] }];
    case 'ocsp_response':
      return [{ code: 'response', facts: [fact('status', 'good', 'code'), fact('responder', object.title), fact('produced_at', object.not_before ?? '', 'time'), fact('next_update', object.not_after ?? '', 'time')] }];
    default:
      return [{ code: 'object', facts: [fact('kind', object.kind, 'mono'), fact('length', `${object.length}`, 'mono')] }];
  }
}

/** What is in a store. */
export function storeOf(object: HeapObject, items: Item[]): StoreView {
  const jks = object.kind === 'jks';
  const of = (name: string): string | null => items.find((item) => item.object.title === name)?.object.id ?? null;
  const encryption = { algorithm: jks ? 'SHA-1 XOR' : '3DES-CBC', kdf: jks ? null : 'PKCS#12, SHA-1', iterations: jks ? null : 2048, salt_bytes: jks ? 20 : 8 };
  return {
    format: object.kind,
    locked: object.locked,
    integrity: object.locked ? 'not_checked' : 'right',
    mac: { algorithm: 'HMAC SHA-1', kdf: 'PKCS#12', iterations: 1, salt_bytes: 8 },
    parts: [
      { kind: 'container', level: 0, title: 'encryptedData', offset: 38, length: 2_410, protection: encryption, attributes: [], object: null },
      ...(object.locked ? [] : [
        { kind: 'certificate', level: 1, title: 'ANA BEATRIZ NOGUEIRA', offset: null, length: 1_180, protection: null, attributes: [{ code: 'friendlyName', named: true, value: 'ana nogueira', form: 'text' as const, level: 0 }, { code: 'localKeyID', named: true, value: '01:00:00:00', form: 'mono' as const, level: 0 }], object: of('ANA BEATRIZ NOGUEIRA') },
        { kind: 'certificate', level: 1, title: INTERMEDIATE.name, offset: null, length: 1_320, protection: null, attributes: [], object: of(INTERMEDIATE.name) },
      ]),
      { kind: 'container', level: 0, title: 'data', offset: 2_448, length: 1_340, protection: null, attributes: [], object: null },
      { kind: 'shrouded_key', level: 1, title: jks ? 'chave' : 'ana nogueira', offset: 2_502, length: 1_284, protection: encryption, attributes: [{ code: 'localKeyID', named: true, value: '01:00:00:00', form: 'mono', level: 0 }], object: null },
    ],
    risk: 'high',
    risk_reasons: ['sha1_mac', 'few_mac_iterations', 'des3', 'brand_new_reason'],
    openers: [
      { program: 'OpenSSL 3', opens: 'yes', reason: null },
      { program: 'Java 17', opens: 'no', reason: 'password_not_ascii' },
      { program: 'Windows 10', opens: 'unknown', reason: null },
    ],
  };
}
