import type { IdentitySummary, KeyAccessView, KeyAction, KeyDetail, KeySummary, KeyTag } from '../../generated/types';

import { KMS_IDENTITY, NOTARY, type Recipe, describe, maskCpf } from './certificates';
import { hex, pem, sequence } from './random';
import { moment } from './time';

const ACCOUNT = 'arn:aws:kms:sa-east-1:123456789012:key/';

/** After how many days a signing key is to be changed, in the pretended offices. */
export const MAX_AGE_DAYS = 365;

/** Keys of the demonstration, on this machine. */
export function localKeys(): KeySummary[] {
  return [
    key({ key_ref: 'local:tabelia-demonstracao', key_id: 'tabelia-demonstracao', aliases: ['tabelia-demonstracao'], description: 'Chave de assinatura da demonstração', created_at: moment(-2), identities: ['Tabeliã (demonstração)'], last_signed_at: moment(-0.1), signatures: 3 }),
    key({ key_ref: 'local:reserva', key_id: 'reserva', aliases: ['reserva'], spec: 'ECC_NIST_P256', created_at: moment(-0.2) }),
  ];
}

/** Keys of an office in AWS, in every state. */
export function kmsKeys(): KeySummary[] {
  const kms = (id: string, rest: Partial<KeySummary>): KeySummary =>
    key({ key_ref: `awskms:${id}?region=sa-east-1`, key_id: ACCOUNT + id, origin: 'aws_kms', region: 'sa-east-1', ...rest });
  return [
    kms('8f3c1c1e-5a77-4f0b-9d1d-2f1b0c7e9a11', { aliases: ['alias/cartorio/assinatura-2026'], description: 'Assinatura de atos notariais', created_at: moment(-350), identities: ['Cartório do 1º Ofício'], last_signed_at: moment(-0.2), signatures: 12_408, due_at: moment(15) }),
    kms('0b9d6e52-7c1e-4d7a-8a54-6f0e2f5d3c90', { aliases: ['alias/cartorio/assinatura-p256', 'alias/cartorio/testes-de-homologacao-do-segundo-semestre'], spec: 'ECC_NIST_P256', created_at: moment(-31), multi_region: true }),
    kms('6a1f7f0d-9a3d-4b43-b8ce-17c7d5b9a7e2', { aliases: ['alias/cartorio/assinatura-2025'], state: 'disabled', can_sign: false, created_at: moment(-510), due_at: null, last_signed_at: moment(-352), signatures: 9_874 }),
    kms('d2c4a6a9-54b7-4a40-9a5f-0f6f1c1f2b7d', { aliases: [], state: 'pending_deletion', can_sign: false, created_at: moment(-900), deletion_at: moment(12), due_at: null }),
    kms('77aa0c1d-2be3-4f1a-a1d0-35c7f8f3e6b4', { aliases: ['alias/cartorio/cofre'], spec: 'SYMMETRIC_DEFAULT', can_sign: false, usage: 'seal', description: 'Cifra dos documentos arquivados', created_at: moment(-120), due_at: null }),
    key({ key_ref: 'local:lacre-antigo', key_id: 'lacre-antigo', aliases: ['carimbo-interno'], description: 'Recibos de arquivos internos', spec: 'ECC_NIST_EDWARDS25519', created_at: moment(-480), last_signed_at: moment(-40), signatures: 61, due_at: moment(-115) }),
  ];
}

/** So many keys that only a list that draws what is in view scrolls well. */
export function manyKeys(count: number): KeySummary[] {
  const next = sequence('many');
  return Array.from({ length: count }, (_, index) => {
    const id = hex(`key ${index}`, 32);
    const created = -Math.floor(next() * 1_500) - 1;
    const enabled = next() < 0.85;
    return key({
      key_ref: `awskms:${id}?region=sa-east-1`,
      key_id: ACCOUNT + id,
      origin: 'aws_kms',
      region: 'sa-east-1',
      aliases: [`alias/cartorio/serie-${String(index + 1).padStart(4, '0')}`],
      spec: ['RSA_2048', 'RSA_3072', 'ECC_NIST_P256', 'ECC_NIST_P384'][index % 4]!,
      state: enabled ? 'enabled' : 'disabled',
      can_sign: enabled,
      created_at: moment(created),
      due_at: enabled ? moment(created + MAX_AGE_DAYS) : null,
      ...(next() < 0.7 ? { last_signed_at: moment(created * next()), signatures: Math.floor(next() * 2_000) + 1 } : {}),
    });
  });
}

/** A key on a token, with the certificate of a supervisor. */
export function tokenKey(): KeySummary {
  return key({ key_ref: 'pkcs11:token=A3%20M%C3%A1rio%20Teles;serial=0091A7F3;id=%01', key_id: '0091A7F3/01', aliases: ['assinatura'], origin: 'token', created_at: null, due_at: moment(290) });
}

/** The key of an A1 file. */
export function a1Key(): KeySummary {
  const sha256 = describe(A1_HOLDER).sha256;
  return key({ key_ref: `p12:${sha256}`, key_id: sha256, aliases: [], origin: 'p12_file', created_at: null, identities: ['Clara Nunes (A1)'], due_at: moment(81) });
}

/** The supervisor of the token. */
export const TOKEN_HOLDER: Recipe = { ...NOTARY, id: 'cert-token', name: 'MÁRIO TELES DE ANDRADE', cpf: '39053344705', from: -75, until: 290, legal: 'qualified', notExportable: 'token_key' };

/** The clerk of the A1 file. */
export const A1_HOLDER: Recipe = { ...NOTARY, id: 'cert-a1', name: 'CLARA NUNES BARRETO', cpf: '11144477735', from: -284, until: 81, legal: 'advanced', notExportable: 'a1_key' };

/** Tags of a key, as the office sets them. */
export function tagsOf({ usage, origin }: KeySummary): KeyTag[] {
  if (origin === 'token' || origin === 'p12_file') return [];
  return [
    { name: 'Sistema', value: 'Cartório Digital' },
    { name: 'Ambiente', value: origin === 'aws_kms' ? 'produção' : 'demonstração' },
    { name: 'Uso', value: usage === 'seal' ? 'cofre' : 'assinatura' },
    ...(origin === 'aws_kms' ? [{ name: 'Centro de custo', value: 'Notas' }] : []),
  ];
}

/** What can be done with a key as it stands. */
export function actionsOf({ spec, state, usage, origin, can_sign, rotation }: KeySummary): KeyAction[] {
  const held = origin === 'local' || origin === 'aws_kms';
  const actions: (KeyAction | false)[] = [
    can_sign && state === 'enabled' && 'sign_files',
    can_sign && state === 'enabled' && held && /^(RSA|ECC_NIST_P)/.test(spec) && 'create_identity',
    usage === 'sign' && 'export_public',
    held && 'alias',
    held && 'tags',
    held && 'describe',
    held && state === 'disabled' && 'enable',
    held && state === 'enabled' && 'disable',
    held && (state === 'enabled' || state === 'disabled') && 'schedule_deletion',
    held && state === 'pending_deletion' && 'cancel_deletion',
    held && usage === 'sign' && state === 'enabled' && rotation === null && 'rotate',
    held && usage === 'seal' && state === 'enabled' && 'automatic_rotation',
  ];
  return actions.filter((action) => action !== false);
}

/** What is known about one key. */
export function describeKey(summary: KeySummary): KeyDetail {
  const asymmetric = summary.usage === 'sign';
  const aws = summary.origin === 'aws_kms';
  return {
    summary,
    algorithms: algorithmsFor(summary.spec),
    public_key_pem: asymmetric ? pem('PUBLIC KEY', summary.key_id, summary.spec.startsWith('ECC') ? 91 : 294) : null,
    spki_sha256: asymmetric ? hex(`spki ${summary.key_id}`) : null,
    exportable: false,
    actions: actionsOf(summary),
    tags: tagsOf(summary),
    access: aws ? access(asymmetric) : null,
    values_without_result: 0,
    interrupted: 0,
    last_use: aws && summary.state === 'enabled' && summary.signatures + Number(!asymmetric) > 0 ? { at: moment(-0.05), operation: asymmetric ? 'Sign' : 'GenerateDataKey', request_id: '5e0c3a61-2f0f-4a1e-9c39-7a2f4f7f2d10' } : null,
    automatic_rotation: asymmetric ? null : { period_days: 365, next_at: moment(245), past: [{ at: moment(-60), on_demand: true }] },
    timeline: [],
    problems: [],
  };
}

/** Algorithms for a type of key; the first is the default. */
export function algorithmsFor(spec: string): string[] {
  if (spec === 'ECC_NIST_P256') return ['ECDSA_SHA_256'];
  if (spec === 'ECC_NIST_P384') return ['ECDSA_SHA_384'];
  if (spec === 'ECC_NIST_P521') return ['ECDSA_SHA_512'];
  if (spec === 'ECC_NIST_EDWARDS25519') return ['ED25519_SHA_512'];
  if (spec.startsWith('ML_DSA')) return ['ML_DSA_SHAKE_256'];
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

/** A clerk's identity in an A1 file. */
export function a1Identity(): IdentitySummary {
  return identity('identity-a1', 'Clara Nunes (A1)', A1_HOLDER, a1Key());
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

/** A key with what is usual for everything that is not said. */
export function key(rest: Partial<KeySummary> & Pick<KeySummary, 'key_ref' | 'key_id'>): KeySummary {
  const created = rest.created_at ?? null;
  return {
    aliases: [],
    description: null,
    spec: 'RSA_2048',
    can_sign: true,
    state: 'enabled',
    created_at: null,
    deletion_at: null,
    origin: 'local',
    region: null,
    identities: [],
    usage: 'sign',
    multi_region: false,
    last_signed_at: null,
    signatures: 0,
    due_at: created === null ? null : moment(MAX_AGE_DAYS, new Date(created).getTime()),
    rotation: null,
    ...rest,
  };
}

function access(asymmetric: boolean): KeyAccessView {
  const statements: KeyAccessView['statements'] = [
    { sid: 'EnableIAMUserPermissions', allows: true, principals: ['arn:aws:iam::123456789012:root'], principals_excluded: false, actions: ['kms:*'], actions_excluded: false, conditions: [] },
    {
      sid: 'Escreventes',
      allows: true,
      principals: ['arn:aws:iam::123456789012:role/cartorio-escrevente', 'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/sa-east-1/AWSReservedSSO_CartorioEscrevente_0123456789abcdef'],
      principals_excluded: false,
      actions: asymmetric ? ['kms:Sign', 'kms:GetPublicKey', 'kms:DescribeKey'] : ['kms:GenerateDataKey', 'kms:Decrypt', 'kms:DescribeKey'],
      actions_excluded: false,
      conditions: asymmetric ? [{ operator: 'StringEquals', key: 'kms:MessageType', values: ['DIGEST'] }, { operator: 'IpAddress', key: 'aws:SourceIp', values: ['203.0.113.0/24', '198.51.100.7/32'] }] : [],
    },
    { sid: null, allows: false, principals: ['*'], principals_excluded: false, actions: ['kms:ScheduleKeyDeletion', 'kms:DisableKey'], actions_excluded: false, conditions: [{ operator: 'BoolIfExists', key: 'aws:MultiFactorAuthPresent', values: ['false'] }] },
  ];
  const document = {
    Version: '2012-10-17',
    Statement: statements.map(({ sid, allows, principals, actions, conditions }) => ({
      ...(sid === null ? {} : { Sid: sid }),
      Effect: allows ? 'Allow' : 'Deny',
      Principal: principals[0] === '*' ? '*' : { AWS: principals },
      Action: actions,
      Resource: '*',
      ...(conditions.length === 0 ? {} : { Condition: Object.fromEntries(conditions.map(({ operator, key: name, values }) => [operator, { [name]: values }])) }),
    })),
  };
  return {
    statements,
    grants: asymmetric ? [] : [{ id: hex('grant', 64), name: 'backup-diario', grantee: 'arn:aws:iam::123456789012:role/cartorio-backup', operations: ['Decrypt', 'DescribeKey'], created_at: moment(-90) }],
    document: JSON.stringify(document),
  };
}
