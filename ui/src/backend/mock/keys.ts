import type { IdentitySummary, KeyDetail, KeySummary } from '../../generated/types';

import { KMS_IDENTITY, NOTARY, describe, maskCpf, type Recipe } from './certificates';
import { hex, pem } from './random';
import { moment } from './time';

const ACCOUNT = 'arn:aws:kms:sa-east-1:123456789012:key/';

/** Keys of the demonstration, on this machine. */
export function localKeys(): KeySummary[] {
  return [
    key({ key_ref: 'local:tabelia-demonstracao', key_id: 'tabelia-demonstracao', aliases: ['tabelia-demonstracao'], description: 'Chave de assinatura da demonstração', created_at: moment(-2), identities: ['Tabeliã (demonstração)'] }),
    key({ key_ref: 'local:reserva', key_id: 'reserva', aliases: ['reserva'], spec: 'ECC_NIST_P256', created_at: moment(-0.2) }),
  ];
}

/** Keys of an office in AWS, in every state. */
export function kmsKeys(): KeySummary[] {
  const kms = (id: string, rest: Partial<KeySummary>): KeySummary =>
    key({ key_ref: `awskms:${id}?region=sa-east-1`, key_id: ACCOUNT + id, origin: 'aws_kms', region: 'sa-east-1', ...rest });
  return [
    kms('8f3c1c1e-5a77-4f0b-9d1d-2f1b0c7e9a11', { aliases: ['alias/cartorio/assinatura-2026'], description: 'Assinatura de atos notariais', created_at: moment(-120), identities: ['Cartório do 1º Ofício'] }),
    kms('0b9d6e52-7c1e-4d7a-8a54-6f0e2f5d3c90', { aliases: ['alias/cartorio/assinatura-p256', 'alias/cartorio/testes-de-homologacao-do-segundo-semestre'], spec: 'ECC_NIST_P256', created_at: moment(-31) }),
    kms('6a1f7f0d-9a3d-4b43-b8ce-17c7d5b9a7e2', { aliases: ['alias/cartorio/assinatura-2025'], state: 'disabled', can_sign: false, created_at: moment(-510) }),
    kms('d2c4a6a9-54b7-4a40-9a5f-0f6f1c1f2b7d', { aliases: [], state: 'pending_deletion', can_sign: false, created_at: moment(-900), deletion_at: moment(12) }),
    kms('77aa0c1d-2be3-4f1a-a1d0-35c7f8f3e6b4', { aliases: ['alias/cartorio/cofre'], spec: 'SYMMETRIC_DEFAULT', can_sign: false, description: 'Cifra dos documentos arquivados', created_at: moment(-120) }),
  ];
}

/** What is known about one key. */
export function describeKey(summary: KeySummary): KeyDetail {
  const asymmetric = summary.spec !== 'SYMMETRIC_DEFAULT';
  return {
    summary,
    algorithms: algorithmsFor(summary.spec),
    public_key_pem: asymmetric ? pem('PUBLIC KEY', summary.key_id, summary.spec.startsWith('ECC') ? 91 : 294) : null,
    spki_sha256: asymmetric ? hex(`spki ${summary.key_id}`) : null,
    exportable: false,
  };
}

/** Algorithms for a type of key; the first is the default. */
export function algorithmsFor(spec: string): string[] {
  if (spec === 'ECC_NIST_P256') return ['ECDSA_SHA_256'];
  if (spec.startsWith('RSA')) return ['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PSS_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_512'];
  return [];
}

/** The notary's identity in the demonstration. */
export function demoIdentity(): IdentitySummary {
  return identity('identity-notary', 'Tabeliã (demonstração)', NOTARY, localKeys()[0]!);
}

/** The office's identity in KMS. */
export function kmsIdentity(): IdentitySummary {
  return identity('identity-kms', 'Cartório do 1º Ofício', KMS_IDENTITY, kmsKeys()[0]!);
}

/** An identity of a certificate and a key. */
export function identity(id: string, label: string, recipe: Recipe, key: KeySummary): IdentitySummary {
  const certificate = describe(recipe);
  return {
    id,
    label,
    holder: recipe.name,
    masked_cpf: recipe.cpf === undefined ? null : maskCpf(recipe.cpf),
    issuer: recipe.issuer?.name ?? recipe.name,
    not_before: certificate.not_before,
    not_after: certificate.not_after,
    certificate_sha256: certificate.sha256,
    key_ref: key.key_ref,
    key_origin: key.origin,
    key_spec: key.spec,
    algorithms: algorithmsFor(key.spec),
    legal: certificate.legal,
    state: 'ready',
  };
}

function key(rest: Partial<KeySummary> & Pick<KeySummary, 'key_ref' | 'key_id'>): KeySummary {
  return { aliases: [], description: null, spec: 'RSA_2048', can_sign: true, state: 'enabled', created_at: null, deletion_at: null, origin: 'local', region: null, identities: [], ...rest };
}
