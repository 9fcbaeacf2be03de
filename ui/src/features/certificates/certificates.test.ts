import { describe, expect, it } from 'vitest';

import { chain, heap, NOTARY } from '../../backend/mock/certificates';
import type { CertificateBundle } from '../../generated/types';
import { chainTrees, firstChoice, pathTo } from './chain';
import { validityAt } from './validity';
import { abilities, notExportableWord, problemWord } from './words';

const FROM = '2026-01-01T00:00:00Z';
const UNTIL = '2027-01-01T00:00:00Z';

describe('validityAt', () => {
  it('counts whole days that add up to the total', () => {
    for (let day = 0; day <= 365; day += 1) {
      const at = new Date(Date.UTC(2026, 0, 1 + day, 12)).toISOString();
      const { elapsed, remaining, total, state } = validityAt(FROM, UNTIL, at);
      expect(total).toBe(365);
      if (state !== 'expired') expect(elapsed + remaining, at).toBe(365);
    }
  });

  it('is valid to the very second of its end, and no longer', () => {
    expect(validityAt(FROM, UNTIL, UNTIL)).toMatchObject({ state: 'ending', remaining: 0, fraction: 1 });
    expect(validityAt(FROM, UNTIL, '2027-01-01T00:00:01Z')).toMatchObject({ state: 'expired', outside: 0 });
    expect(validityAt(FROM, UNTIL, '2027-02-05T06:00:00Z')).toMatchObject({ state: 'expired', outside: 35 });
  });

  it('says how long until it begins', () => {
    expect(validityAt(FROM, UNTIL, '2025-12-31T23:59:59Z')).toMatchObject({ state: 'not_yet', outside: 1, fraction: 0 });
  });

  it('warns thirty days before the end', () => {
    expect(validityAt(FROM, UNTIL, '2026-12-02T00:00:00Z').state).toBe('ending');
    expect(validityAt(FROM, UNTIL, '2026-11-30T23:00:00Z').state).toBe('valid');
  });

  it('survives an end before its beginning', () => {
    expect(validityAt(UNTIL, FROM, '2026-06-01T00:00:00Z')).toMatchObject({ total: 0, state: 'not_yet' });
  });
});

describe('a bundle', () => {
  it('becomes a tree by its parents', () => {
    const [root, ...others] = chainTrees(chain(NOTARY));
    expect(others).toEqual([]);
    expect(root!.children[0]!.children[0]!.value.certificate.name).toBe(NOTARY.name);
  });

  it('becomes several trees where it has several tops', () => {
    expect(chainTrees(heap('x')).map(({ children }) => children.length)).toEqual([1, 1]);
  });

  it('opens at the person, or at the certificate asked for', () => {
    const bundle = chain(NOTARY);
    expect(firstChoice(bundle)).toBe('2');
    expect(firstChoice(bundle, bundle.certificates[0]!.certificate.sha256)).toBe('0');
    expect(firstChoice({ ...bundle, certificates: [] })).toBeNull();
  });

  it('has a path to the root that ends even in a circle', () => {
    const bundle = chain(NOTARY);
    expect(pathTo(bundle, 2)).toHaveLength(3);
    const circle: CertificateBundle = { ...bundle, certificates: bundle.certificates.map((node, index) => ({ ...node, parent: (index + 1) % 3 })) };
    expect(pathTo(circle, 0)).toHaveLength(3);
    const lost: CertificateBundle = { ...bundle, certificates: [{ ...bundle.certificates[2]!, parent: 9 }] };
    expect(pathTo(lost, 0)).toHaveLength(1);
  });
});

describe('words', () => {
  it('says each ability once and keeps names that have no words', () => {
    const certificate = chain(NOTARY).certificates[2]!.certificate;
    expect(abilities({ ...certificate, key_usages: ['keyEncipherment', 'dataEncipherment'], extended_usages: ['1.2.3'] })).toHaveLength(2);
    expect(abilities({ ...certificate, key_usages: [], extended_usages: [] })).toHaveLength(1);
  });

  it('has a sentence of its own for every code that the backend sends', () => {
    const codes =
      'not_yet_valid expired signature_wrong signature_not_checkable not_a_ca key_cert_sign_missing path_length_exceeded unknown_critical_extension malformed_extension ' +
      'constraint_not_checked name_mismatch weak_signature weak_key revoked on_hold revoked_later revocation_stale no_revocation_evidence untrusted_root issuer_missing path_too_long';
    for (const code of codes.split(' ')) expect(problemWord(code), code).not.toContain(code);
    expect(new Set(['kms_key', 'token_key', 'ca_key', 'signing_key', 'no_key'].map(notExportableWord)).size).toBe(5);
  });

  it('never leaves an unknown code without a sentence', () => {
    expect(problemWord('something_new')).toContain('something_new');
    expect(notExportableWord('something_new').length).toBeGreaterThan(20);
    expect(notExportableWord('kms_key')).toContain('KMS');
  });
});
