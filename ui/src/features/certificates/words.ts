import type { CertificateDetail, CertificateSummary, IdentifierView, TrustState } from '$ui/generated/types';
import type { VerdictState } from '$ui/components/types';
import { m } from '$ui/i18n';
import { message } from '$ui/i18n/errors';
import { plural } from '$ui/lib/format';
import type { Validity } from './validity';

/** `364 dias` */
export function days(count: number): string {
  return plural(count, m.cert_days_one, m.cert_days_other);
}

/** A validity in a word with its verdict. */
export function validityWord(state: Validity['state']): { state: VerdictState; word: string } {
  switch (state) {
    case 'valid':
      return { state: 'ok', word: m.cert_state_valid() };
    case 'ending':
      return { state: 'warn', word: m.cert_state_ending() };
    case 'expired':
      return { state: 'bad', word: m.cert_state_expired() };
    case 'not_yet':
      return { state: 'unknown', word: m.cert_state_not_yet() };
  }
}

/** Whether a chain is trusted, in a word and a sentence. */
export function trustWord(trust: TrustState): { state: VerdictState; word: string; why: string } {
  switch (trust) {
    case 'trusted':
      return { state: 'ok', word: m.cert_trust_trusted(), why: m.cert_trust_trusted_why() };
    case 'untrusted':
      return { state: 'bad', word: m.cert_trust_untrusted(), why: m.cert_trust_untrusted_why() };
    case 'unknown':
      return { state: 'unknown', word: m.cert_trust_unknown(), why: m.cert_trust_unknown_why() };
  }
}

/** What a certificate is for the people who read it. */
export function roleSentence(certificate: CertificateDetail): string {
  if (certificate.is_ca) return certificate.self_issued ? m.cert_role_root() : m.cert_role_authority();
  return m.cert_role_person();
}

const USES: Record<string, () => string> = {
  digitalSignature: m.cert_may_sign,
  nonRepudiation: m.cert_may_commit,
  contentCommitment: m.cert_may_commit,
  keyEncipherment: m.cert_may_encrypt,
  dataEncipherment: m.cert_may_encrypt,
  keyAgreement: m.cert_may_agree,
  keyCertSign: m.cert_may_issue,
  cRLSign: m.cert_may_revoke,
  emailProtection: m.cert_may_mail,
  clientAuth: m.cert_may_client,
  serverAuth: m.cert_may_server,
  codeSigning: m.cert_may_code,
  timeStamping: m.cert_may_time,
  OCSPSigning: m.cert_may_ocsp,
  documentSigning: m.cert_may_document,
};

/** What a certificate may do, each thing once; usages without plain words keep their name. */
export function abilities(certificate: CertificateDetail): string[] {
  const named = [...certificate.key_usages, ...certificate.extended_usages].map((usage) => USES[usage]?.() ?? usage);
  return named.length === 0 ? [m.cert_may_anything()] : [...new Set(named)];
}

/** The name of an attribute of a distinguished name. */
export function attributeWord(name: string): string {
  return message(`cert_attr_${name}`) ?? name;
}

/** The name of an extension in words; null where it has none. */
export function extensionWord(name: string): string | null {
  return message(`cert_ext_${name}`);
}

/** The name of a Brazilian identifier. */
export function identifierWord({ kind }: Pick<IdentifierView, 'kind'>): string {
  const own = message(`cert_id_${kind}`);
  if (own !== null) return own;
  const responsible = /^responsible_(.+)$/.exec(kind)?.[1];
  const word = responsible === undefined ? null : message(`cert_id_${responsible}`);
  return word === null ? kind.replaceAll('_', ' ') : m.heap_id_responsible({ word });
}

/** What is wrong, or not known, about a chain. */
export function problemWord(code: string): string {
  return message(`cert_problem_${code}`) ?? message(`reason_${code}`) ?? m.cert_problem_other({ code });
}

/** Why a certificate has no P12. */
export function notExportableWord(reason: string | null): string {
  return message(`cert_not_exportable_${reason ?? 'other'}`) ?? m.cert_not_exportable_other();
}

/** The heading of a group in the list. */
export function groupWord(kind: CertificateSummary['kind']): string {
  switch (kind) {
    case 'identity':
      return m.cert_group_identity();
    case 'subscriber':
      return m.cert_group_subscriber();
    case 'intermediate':
      return m.cert_group_intermediate();
    case 'root':
      return m.cert_group_root();
  }
}
