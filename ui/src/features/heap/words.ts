import type { AnchorKind, ChainError, ChainResult, EvidenceUse, Fact, HeapKind, HeapObject, HeapProblem, RevocationResult, SignatureMark } from '$ui/generated/types';
import type { IconComponent, VerdictState } from '$ui/components/types';
import Binary from '@lucide/svelte/icons/binary';
import Clock from '@lucide/svelte/icons/clock';
import FileKey from '@lucide/svelte/icons/file-key';
import FileLock from '@lucide/svelte/icons/file-lock-2';
import FilePen from '@lucide/svelte/icons/file-pen-line';
import FileQuestion from '@lucide/svelte/icons/file-question-mark';
import FileSearch from '@lucide/svelte/icons/file-search';
import Key from '@lucide/svelte/icons/key';
import Landmark from '@lucide/svelte/icons/landmark';
import ListX from '@lucide/svelte/icons/list-x';
import UserRound from '@lucide/svelte/icons/user-round';
import { m } from '$ui/i18n';
import { message } from '$ui/i18n/errors';
import { formatDate } from '$ui/lib/format';

/** A kind in a word. */
export function kindWord(kind: HeapKind): string {
  return message(`heap_kind_${kind}`) ?? kind;
}

/** A kind in the plural, for filters. */
export function kindsWord(kind: HeapKind): string {
  return message(`heap_kinds_${kind}`) ?? kind;
}

const ICONS: Record<HeapKind, IconComponent> = {
  certificate: UserRound,
  crl: ListX,
  csr: FilePen,
  ocsp_response: FileSearch,
  timestamp: Clock,
  cms_signature: FilePen,
  p12: FileLock,
  jks: FileLock,
  private_key: FileKey,
  public_key: Key,
  unknown: FileQuestion,
};

/** The drawing of an object. */
export function iconOf({ kind, is_ca }: Pick<HeapObject, 'kind' | 'is_ca'>): IconComponent {
  return kind === 'certificate' && is_ca ? Landmark : (ICONS[kind] ?? Binary);
}

/** Whose root of trust something is. */
export function anchorWord(anchor: AnchorKind | 'trusted'): string {
  return message(`heap_anchor_${anchor}`) ?? anchor;
}

/** Where objects came from: a name, or what stands for one. */
export function sourceName(name: string, form: string): string {
  if (name !== '') return name;
  return form === 'der' ? m.heap_source_office() : m.heap_source_pasted();
}

/** A problem of a source in a sentence, with the place. */
export function problemText({ code, params, detail }: HeapProblem): string {
  return message(`asn1_trouble_${code.replace(/^asn1_/, '')}`, params) ?? message(`err_${code}_title`, params) ?? message(`cert_problem_${code}`, params) ?? message(`reason_${code}`, params) ?? detail;
}

/** The bottom line of a chain. What could not be decided is never red. */
export function resultWord(result: ChainResult): { state: VerdictState; word: string } {
  switch (result) {
    case 'valid':
      return { state: 'ok', word: m.heap_result_valid() };
    case 'invalid':
      return { state: 'bad', word: m.heap_result_invalid() };
    case 'indeterminate':
      return { state: 'unknown', word: m.heap_result_indeterminate() };
  }
}

/** Something found on a path, in a sentence: by its code, else what the backend says in English, never nothing. */
export function errorSentence({ code, message: english, params }: Pick<ChainError, 'code' | 'message' | 'params'>): string {
  return chainWord(code, dated(params)) ?? (english === '' ? code : english);
}

/** A reason code of a chain in a sentence; null where there is none. */
export function chainWord(code: string, params: Record<string, string> = {}): string | null {
  return message(`chainpath_${code}`, params) ?? message(`cert_problem_${code}`, params) ?? message(`reason_${code}`, params);
}

/** How much something found on a path counts. */
export function weightState(weight: string): VerdictState {
  return weight === 'error' ? 'bad' : weight === 'indeterminate' ? 'unknown' : 'warn';
}

/** Where on a path something is. */
export function placeWord(depth: number): string {
  if (depth === 0) return m.cert_problem_here();
  return depth === 1 ? m.cert_problem_issuer() : m.cert_problem_above({ count: depth });
}

/** How a path ends. */
export function endWord(end: string): { state: VerdictState; word: string } {
  return { state: end === 'trust_anchor' ? 'ok' : 'unknown', word: message(`chainpath_end_${end}`) ?? end };
}

/** What became of checking a signature. */
export function signatureWord(mark: SignatureMark): { state: VerdictState; word: string } {
  const states: Record<SignatureMark, VerdictState> = { valid: 'ok', weak: 'warn', wrong: 'bad', unknown: 'unknown', missing: 'none' };
  return { state: states[mark], word: message(`heap_signature_${mark}`) ?? mark };
}

/** Revocation of one certificate, in a word. */
export function revocationWord({ status, revoked_at }: RevocationResult): { state: VerdictState; word: string } {
  const states: Record<string, VerdictState> = { revocation_good: 'ok', revoked: 'bad', on_hold: 'bad', revoked_later: 'warn', revocation_not_needed: 'none', revocation_off: 'none' };
  return { state: states[status] ?? 'unknown', word: message(`heap_revocation_${status}`, { date: revoked_at === null ? '–' : formatDate(revoked_at) }) ?? status };
}

/** Why a certificate was revoked. */
export function reasonWord(reason: string): string {
  return message(`value_${reason}`) ?? reason.replaceAll('_', ' ');
}

/** What a list or response is. */
export function evidenceWord({ kind }: EvidenceUse): string {
  return message(`heap_evidence_${kind}`) ?? kind;
}

/** By what right evidence speaks. */
export function authorityWord(authority: string): string {
  return message(`heap_authority_${authority}`) ?? authority;
}

/** The name of a fact; one without words keeps its code, which is never blank. */
export function factName({ code, named }: Pick<Fact, 'code' | 'named'>): string {
  return named ? (message(`cert_ext_${code}`) ?? code) : (message(`fact_${code}`) ?? code.replaceAll('_', ' '));
}

/** The heading of facts that belong together. */
export function sectionName(code: string): string {
  return message(`facts_section_${code}`) ?? code.replaceAll('_', ' ');
}

/** The value of a fact that is a code. */
export function valueWord(code: string): string {
  return message(`value_${code}`) ?? code.replaceAll('_', ' ');
}

/** Something about a store in words; an unknown code is shown as it is. */
export function storeWord(prefix: 'risk' | 'reason' | 'integrity' | 'part' | 'format' | 'opens' | 'not', code: string): string {
  return message(`store_${prefix}_${code}`) ?? code.replaceAll('_', ' ');
}

/** How risky a store is. */
export function riskState(risk: string): VerdictState {
  return risk === 'low' ? 'ok' : risk === 'medium' || risk === 'moderate' ? 'warn' : 'bad';
}

/** A field of a comparison. */
export function compareField(field: string, named: boolean): string {
  if (!named) return message(`compare_${field}`) ?? field.replaceAll('_', ' ');
  // `subject.CN`, `keyUsage.critical`: a whole and a part of it.
  const [whole = '', ...parts] = field.split('.');
  const word = message(`cert_ext_${whole}`) ?? message(`compare_${whole}`) ?? whole;
  return [word, ...parts.map((part) => message(`cert_attr_${part}`) ?? message(`compare_part_${part}`) ?? part)].join(' · ');
}

/** What two certificates are to each other, in a sentence. */
export function compareHeadline(code: string): string {
  return message(`compare_headline_${code}`) ?? m.compare_headline_other({ code });
}

/** The severity of a finding. */
export function severityWord(severity: string): { state: VerdictState; word: string } {
  const states: Record<string, VerdictState> = { error: 'bad', warning: 'warn', notice: 'none' };
  return { state: states[severity] ?? 'unknown', word: message(`lint_${severity}`) ?? severity };
}

/** The type of an ICP-Brasil certificate, with what it means. */
export function icpType(type: string): string {
  const meaning = message(`heap_icp_${type.replace(/[0-9]+$/, '').toLowerCase()}${/^[AST][0-9]$/.test(type) ? `_${type.slice(1) === '1' ? 'file' : 'device'}` : ''}`);
  return meaning === null ? type : `${type} · ${meaning}`;
}

/** Whether the check digits of an identifier agree; null where nothing needs to be said. */
export function digitsWord(state: string): { state: VerdictState; word: string } | null {
  const states: Record<string, VerdictState> = { ok: 'ok', wrong_check_digit: 'bad', malformed: 'bad' };
  const found = states[state];
  return found === undefined ? null : { state: found, word: message(`heap_digits_${state}`) ?? state };
}

/** Times among parameters become dates. */
function dated(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, /^\d{4}-\d\d-\d\dT/.test(value) ? formatDate(value) : value]));
}
