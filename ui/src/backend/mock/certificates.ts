import type {
  CertificateBundle,
  CertificateDetail,
  CertificateNode,
  CertificateSummary,
  ChainProblem,
  ExtensionView,
  IdentifierView,
  LegalLabel,
  NameAttributeView,
  TrustState,
} from '../../generated/types';

import { hex, pem } from './random';
import { moment } from './time';

/** What a pretended certificate is made of; everything else follows from it. */
export interface Recipe {
  id: string;
  kind: CertificateSummary['kind'];
  name: string;
  issuer: Recipe | null;
  organization?: string;
  unit?: string;
  email?: string;
  cpf?: string;
  birthDate?: string;
  from: number;
  until: number;
  /** Type by ICP-Brasil's policies. */
  icp?: string;
  key?: 'RSA_2048' | 'RSA_3072' | 'RSA_4096' | 'ECC_NIST_P256';
  legal?: LegalLabel;
  notExportable?: string;
  trust?: TrustState;
  problems?: ChainProblem[];
}

/** The chain of the demonstration: root, intermediate, the notary's identity. */
export const ROOT: Recipe = {
  id: 'cert-root',
  kind: 'root',
  name: 'AC Raiz de Demonstração – sem valor jurídico',
  issuer: null,
  organization: 'Cartório Digital (DEMONSTRACAO, SEM VALOR JURIDICO)',
  from: -2,
  until: 3648,
  key: 'RSA_4096',
  notExportable: 'ca_key',
};

/** Signs the certificates of people. */
export const INTERMEDIATE: Recipe = {
  ...ROOT,
  id: 'cert-intermediate',
  kind: 'intermediate',
  name: 'AC Intermediária de Demonstração – sem valor jurídico',
  issuer: ROOT,
  until: 1823,
  key: 'RSA_3072',
};

/** Same name as the intermediate of the demonstration, another key: as after the renewal of a CA. */
export const TWIN: Recipe = { ...INTERMEDIATE, id: 'cert-twin', from: -400, until: 1400, key: 'RSA_4096' };

/** The notary who signs in the demonstration. */
export const NOTARY: Recipe = {
  id: 'cert-notary',
  kind: 'identity',
  name: 'Helena Prado de Albuquerque',
  issuer: INTERMEDIATE,
  organization: 'Cartório Digital (DEMONSTRACAO, SEM VALOR JURIDICO)',
  unit: 'Cartório de Demonstração do 1º Ofício de Notas',
  email: 'tabeliao@demonstracao.example',
  cpf: '52998224725',
  birthDate: '14/03/1976',
  from: -2,
  until: 363,
  notExportable: 'signing_key',
};

/** The office's key in KMS. */
export const KMS_IDENTITY: Recipe = {
  ...NOTARY,
  id: 'cert-kms',
  name: 'Cartório do 1º Ofício de Notas de São Paulo',
  from: -120,
  until: 245,
  legal: 'advanced',
  notExportable: 'kms_key',
};

/** A subscriber whose certificate ends soon. */
export const SUBSCRIBERS: Recipe[] = [
  { id: 'cert-ana', kind: 'subscriber', name: 'ANA BEATRIZ NOGUEIRA', issuer: INTERMEDIATE, organization: 'Cartório Digital (DEMONSTRACAO, SEM VALOR JURIDICO)', email: 'ana.nogueira@exemplo.example', cpf: '11144477735', from: -1, until: 364 },
  { id: 'cert-long', kind: 'subscriber', name: 'MARIA APARECIDA DO NASCIMENTO FIGUEIREDO VASCONCELOS', issuer: INTERMEDIATE, organization: 'Cartório Digital (DEMONSTRACAO, SEM VALOR JURIDICO)', email: 'maria.aparecida.nascimento.figueiredo@exemplo-com-nome-comprido.example', cpf: '12345678909', from: -347, until: 18, key: 'RSA_3072' },
  { id: 'cert-expired', kind: 'subscriber', name: 'JOÃO BATISTA FERREIRA', issuer: INTERMEDIATE, organization: 'Cartório Digital (DEMONSTRACAO, SEM VALOR JURIDICO)', email: 'joao.ferreira@exemplo.example', cpf: '39053344705', from: -400, until: -35 },
];

/** A certificate as the list shows it. */
export function summary(recipe: Recipe): CertificateSummary {
  const detail = describe(recipe);
  return {
    id: recipe.id,
    kind: recipe.kind,
    name: recipe.name,
    issuer: (recipe.issuer ?? recipe).name,
    masked_cpf: recipe.cpf === undefined ? null : maskCpf(recipe.cpf),
    serial_hex: detail.serial_hex,
    not_before: detail.not_before,
    not_after: detail.not_after,
    sha256: detail.sha256,
    exportable: recipe.notExportable === undefined,
    not_exportable_reason: recipe.notExportable ?? null,
  };
}

/** A certificate with everything above it. */
export function chain(recipe: Recipe, title = recipe.name): CertificateBundle {
  const line: Recipe[] = [];
  for (let step: Recipe | null = recipe; step !== null; step = step.issuer) line.unshift(step);
  return { title, certificates: line.map((step, index) => node(step, index === 0 ? null : index - 1)), others: [], judged_at: moment() };
}

/** Its last digit is not what the others say. */
export const WRONG_CPF = '39053344706';

/** Several certificates from one file: two families, one of them without its root, and objects that are no certificates. */
export function heap(title: string): CertificateBundle {
  const unknownTop: Recipe = { id: 'x-ac', kind: 'intermediate', name: 'AC Exemplo Notarial G3', issuer: null, organization: 'ICP Exemplo', from: -900, until: 900, legal: 'unknown', trust: 'unknown', problems: [{ code: 'issuer_missing', depth: 0, detail: 'no certificate of the issuer CN=Autoridade Certificadora Raiz Exemplo v10 is known here' }] };
  const person: Recipe = { id: 'x-p', kind: 'subscriber', name: 'Carlos Eduardo Nogueira', issuer: unknownTop, organization: 'ICP Exemplo', cpf: '39053344705', birthDate: '02/08/1969', from: -300, until: 65, legal: 'unknown', trust: 'unknown', problems: [{ code: 'issuer_missing', depth: 1, detail: 'the chain ends at CN=AC Exemplo Notarial G3, which is not self-issued' }, { code: 'no_revocation_evidence', depth: 0, detail: 'no CRL and no OCSP response at hand' }] };
  const expired: Recipe = { ...SUBSCRIBERS[2]!, trust: 'untrusted', problems: [{ code: 'expired', depth: 0, detail: 'notAfter is before the instant of judgement' }] };
  return {
    title,
    certificates: [node(ROOT, null), node(INTERMEDIATE, 0), node(NOTARY, 1), node(expired, 1), node(unknownTop, null), node(person, 4)],
    others: [
      { kind: 'crl', description: 'CRL of CN=AC Exemplo Notarial G3, number 412, 1,204 entries' },
      { kind: 'private_key', description: 'EC private key, encrypted' },
    ],
    judged_at: moment(),
  };
}

/** CPF, RG and dates as they were before masking. */
export function revealed(recipe: Recipe): IdentifierView[] {
  const list: IdentifierView[] = [];
  if (recipe.cpf !== undefined) list.push({ kind: 'cpf', masked: formatCpf(recipe.cpf), state: recipe.cpf === WRONG_CPF ? 'wrong_check_digit' : 'ok' });
  if (recipe.birthDate !== undefined) list.push({ kind: 'birth_date', masked: recipe.birthDate, state: 'not_checked' });
  return list;
}

/** `***.982.247-**` */
export function maskCpf(digits: string): string {
  return `***.${digits.slice(3, 6)}.${digits.slice(6, 9)}-**`;
}

function formatCpf(digits: string): string {
  return `${digits.slice(0, 3)}.${digits.slice(3, 6)}.${digits.slice(6, 9)}-${digits.slice(9)}`;
}

function node(recipe: Recipe, parent: number | null): CertificateNode {
  return { parent, certificate: describe(recipe), trust: recipe.trust ?? 'trusted', problems: recipe.problems ?? [] };
}

/** Everything about a pretended certificate. */
export function describe(recipe: Recipe): CertificateDetail {
  const serial = hex(`serial ${recipe.name}`, 38).replace(/^0/, '5');
  const authority = recipe.kind === 'root' || recipe.kind === 'intermediate';
  const spec = recipe.key ?? 'RSA_2048';
  const elliptic = spec === 'ECC_NIST_P256';
  const subject = nameOf(recipe);
  const issuer = nameOf(recipe.issuer ?? recipe);
  return {
    sha256: hex(`sha256 ${recipe.id} ${recipe.name}`),
    sha1: hex(`sha1 ${recipe.id} ${recipe.name}`, 40),
    name: recipe.name,
    subject: rfc4514(subject),
    issuer: rfc4514(issuer),
    subject_attributes: subject,
    issuer_attributes: issuer,
    serial_dec: BigInt(`0x${serial}`).toString(10),
    serial_hex: serial,
    not_before: moment(recipe.from),
    not_after: moment(recipe.until),
    version: 3,
    key: { kind: elliptic ? 'EC' : 'RSA', bits: elliptic ? 256 : Number(spec.slice(4)), curve: elliptic ? 'P-256' : null, spki_sha256: hex(`spki ${recipe.name}`) },
    signature_algorithm: 'sha256WithRSAEncryption',
    key_usages: authority ? ['keyCertSign', 'cRLSign'] : ['digitalSignature', 'nonRepudiation'],
    extended_usages: authority ? [] : ['emailProtection', 'clientAuth'],
    is_ca: authority,
    self_issued: recipe.issuer === null && recipe.kind === 'root',
    extensions: extensions(recipe, authority),
    identifiers: revealed(recipe).map(({ kind, masked, state }) => ({ kind, masked: kind === 'cpf' ? maskCpf(recipe.cpf!) : masked.replace(/\d/g, '•'), state })),
    icp: recipe.icp === undefined ? null : { certificate_type: recipe.icp, holder: 'person', policy_oid: '2.16.76.1.2.3.45' },
    crl_urls: authority && recipe.issuer === null ? [] : ['http://crl.demonstracao.example/cartorio.crl'],
    ocsp_urls: [],
    issuer_urls: recipe.issuer === null ? [] : ['http://crl.demonstracao.example/cadeia.p7b'],
    legal: recipe.legal ?? 'demonstration',
    pem: pem('CERTIFICATE', recipe.name, authority ? 1280 : 1100),
  };
}

function nameOf(recipe: Recipe): NameAttributeView[] {
  const list: NameAttributeView[] = [{ oid: '2.5.4.6', name: 'C', value: 'BR' }];
  if (recipe.organization !== undefined) list.push({ oid: '2.5.4.10', name: 'O', value: recipe.organization });
  if (recipe.unit !== undefined) list.push({ oid: '2.5.4.11', name: 'OU', value: recipe.unit });
  list.push({ oid: '2.5.4.3', name: 'CN', value: recipe.name });
  return list;
}

function rfc4514(attributes: NameAttributeView[]): string {
  return [...attributes].reverse().map(({ name, value }) => `${name}=${value.replaceAll(',', '\\,')}`).join(',');
}

function colons(hex: string): string {
  return hex.match(/../g)!.join(':');
}

function extensions(recipe: Recipe, authority: boolean): ExtensionView[] {
  const list: Omit<ExtensionView, 'facts'>[] = [
    { oid: '2.5.29.19', name: 'basicConstraints', critical: true, lines: [authority ? 'cA: TRUE' : 'cA: FALSE'] },
    { oid: '2.5.29.15', name: 'keyUsage', critical: true, lines: authority ? ['keyCertSign', 'cRLSign'] : ['digitalSignature', 'nonRepudiation'] },
    { oid: '2.5.29.14', name: 'subjectKeyIdentifier', critical: false, lines: [colons(hex(`ski ${recipe.name}`, 40))] },
  ];
  if (recipe.issuer !== null) list.push({ oid: '2.5.29.35', name: 'authorityKeyIdentifier', critical: false, lines: [`keyIdentifier: ${colons(hex(`ski ${recipe.issuer.name}`, 40))}`] });
  if (!authority) {
    list.push({ oid: '2.5.29.37', name: 'extKeyUsage', critical: false, lines: ['emailProtection (1.3.6.1.5.5.7.3.4)', 'clientAuth (1.3.6.1.5.5.7.3.2)'] });
    const names = recipe.email === undefined ? [] : [`rfc822Name: ${recipe.email}`];
    if (recipe.cpf !== undefined) names.push(`otherName 2.16.76.1.3.1: ${maskCpf(recipe.cpf)}`);
    if (names.length > 0) list.push({ oid: '2.5.29.17', name: 'subjectAltName', critical: false, lines: names });
    list.push({ oid: '2.5.29.31', name: 'cRLDistributionPoints', critical: false, lines: ['http://crl.demonstracao.example/cartorio.crl'] });
    list.push({ oid: '1.3.6.1.4.1.99999.1.7', name: '1.3.6.1.4.1.99999.1.7', critical: false, lines: ['OCTET STRING, 18 bytes', '30 10 0c 0e 44 45 4d 4f 4e 53 54 52 41 43 41 4f 21 21'] });
  }
  return list.map((extension) => ({ ...extension, facts: factsOf(extension.name, extension.lines) }));
}

/** Lines as facts; an extension that nobody decodes is shown as ASN.1. */
function factsOf(name: string, lines: string[]): ExtensionView['facts'] {
  if (name.startsWith('1.')) return [{ code: 'asn1', named: false, value: 'OCTET STRING', form: 'mono', level: 0 }, { code: 'utf8_string', named: false, value: 'DEMONSTRACAO!!', form: 'text', level: 1 }];
  if (name.endsWith('sage')) return lines.map((line) => ({ code: 'usage', named: false, value: line, form: 'mono', level: 0 }));
  return lines.map((line) => {
    const [label = '', ...rest] = line.split(': ');
    return rest.length === 0 ? { code: name, named: true, value: line, form: 'mono', level: 0 } : { code: label, named: true, value: rest.join(': '), form: 'mono', level: 0 };
  });
}
