import type { VerdictState } from '../../components/types';
import type { AnchorKind, EvidenceItem, FetchedItem, HeapProblem, TrustAnchor, TrustImport } from '../../generated/types';
import { m } from '../../i18n';
import { errorText, message } from '../../i18n/errors';
import { formatDate, formatDateTime, plural } from '../../lib/format';

/** Whose roots come first. */
export const KINDS: readonly AnchorKind[] = ['icp_brasil', 'office', 'own', 'demonstration'];

/** Roots by whose they are. What is valid comes before what is kept for old signatures; what ends last comes first. */
export function grouped(anchors: readonly TrustAnchor[], now: Date): { kind: AnchorKind; anchors: TrustAnchor[] }[] {
  const over = ({ not_after }: TrustAnchor): number => (new Date(not_after) < now ? 1 : 0);
  return KINDS.map((kind) => ({
    kind,
    anchors: anchors.filter((anchor) => anchor.kind === kind).toSorted((a, b) => over(a) - over(b) || b.not_after.localeCompare(a.not_after) || a.name.localeCompare(b.name)),
  }));
}

/** The name of a group of roots. */
export function groupWord(kind: AnchorKind): string {
  const words: Record<AnchorKind, () => string> = {
    icp_brasil: m.trust_group_icp_brasil,
    office: m.trust_group_office,
    own: m.trust_group_own,
    demonstration: m.trust_group_demonstration,
  };
  return words[kind]();
}

/** Why a group of roots counts, in a sentence. */
export function groupSentence(kind: AnchorKind): string {
  const words: Record<AnchorKind, () => string> = {
    icp_brasil: m.trust_group_icp_brasil_why,
    office: m.trust_group_office_why,
    own: m.trust_group_own_why,
    demonstration: m.trust_group_demonstration_why,
  };
  return words[kind]();
}

/** How old a root is: a root that is over stays, and it is said what for. */
export function rootWord({ not_before, not_after }: TrustAnchor, now: Date): { state: VerdictState; word: string; why: string | null } {
  if (new Date(not_after) < now) return { state: 'none', word: m.trust_root_expired({ date: formatDate(not_after) }), why: m.trust_root_expired_why() };
  if (new Date(not_before) > now) return { state: 'unknown', word: m.trust_root_not_yet({ date: formatDate(not_before) }), why: null };
  return { state: 'ok', word: m.trust_root_valid({ date: formatDate(not_after) }), why: null };
}

/** Elapsed part of a validity, 0 to 1. */
export function elapsed({ not_before, not_after }: Pick<TrustAnchor, 'not_before' | 'not_after'>, now: Date): number {
  const [start, end] = [new Date(not_before).getTime(), new Date(not_after).getTime()];
  return end > start ? Math.min(1, Math.max(0, (now.getTime() - start) / (end - start))) : 1;
}

/** CA certificates that lead to a root. */
export function belowWord({ below }: TrustAnchor): string {
  return below === 0 ? m.trust_below_none() : plural(below, m.trust_below_one, m.trust_below_other);
}

/** Who brought a root and who agreed; null where nobody is on record. */
export function cameWord({ added_at, added_by, approved_by }: TrustAnchor): string | null {
  if (added_at === null) return null;
  const date = formatDate(added_at);
  if (added_by === null) return m.trust_came_date({ date });
  return approved_by === null ? m.trust_came_by({ date, name: added_by }) : m.trust_came_two({ date, name: added_by, approver: approved_by });
}

/** What an import brought, a line for each thing. */
export function importLines({ roots_added, intermediates_added, evidence_added, known }: TrustImport): string[] {
  const lines = [
    roots_added > 0 ? plural(roots_added, m.trust_import_roots_one, m.trust_import_roots_other) : null,
    intermediates_added > 0 ? plural(intermediates_added, m.trust_import_cas_one, m.trust_import_cas_other) : null,
    evidence_added > 0 ? plural(evidence_added, m.trust_import_lists_one, m.trust_import_lists_other) : null,
    known > 0 ? plural(known, m.trust_import_known_one, m.trust_import_known_other) : null,
  ];
  return lines.filter((line) => line !== null);
}

/** Whether an import changed anything. */
export function isNew({ roots_added, intermediates_added, evidence_added }: TrustImport): boolean {
  return roots_added + intermediates_added + evidence_added > 0;
}

/** Why a certificate was not taken. */
export function refusalWord(reason: string): string {
  return message(`trust_refused_${reason}`) ?? m.trust_refused_other({ reason });
}

/** What could not be read: what is wrong, and where. */
export function problemWords({ code, params, offset, field, detail }: HeapProblem): { title: string; where: string | null } {
  const { title } = errorText({ code, params, severity: 'warning', retry: 'never', detail });
  const name = params['name'] ?? params['file'];
  const where = [name, field === null ? null : m.trust_problem_field({ field }), offset === null ? null : m.trust_problem_offset({ offset: String(offset) })].filter((part) => part != null && part !== '');
  return { title, where: where.length === 0 ? null : where.join(' · ') };
}

/** What a piece of evidence is. */
export function evidenceKind(kind: string): string {
  return message(`evidence_kind_${kind}`) ?? kind;
}

/** A short name for a piece of evidence, that can be typed: «LCR 412». */
export function evidenceName({ kind, number, sha256 }: EvidenceItem): string {
  const short = message(`evidence_short_${kind}`) ?? kind;
  return `${short} ${number !== null && number.length <= 12 ? number : sha256.slice(0, 8)}`;
}

/** How a piece of evidence stands today. What is stale is no mistake: it still counts for the time in which it was due. */
export function evidenceState({ state, this_update, next_update }: EvidenceItem): { state: VerdictState; word: string; why: string } {
  const from = formatDateTime(this_update);
  switch (state) {
    case 'fresh':
      return { state: 'ok', word: m.evidence_fresh(), why: next_update === null ? m.evidence_fresh_open() : m.evidence_fresh_why({ date: formatDateTime(next_update) }) };
    case 'stale':
      return { state: 'warn', word: m.evidence_stale(), why: next_update === null ? m.evidence_stale_open({ from }) : m.evidence_stale_why({ from, until: formatDateTime(next_update) }) };
    case 'not_yet':
      return { state: 'unknown', word: m.evidence_not_yet(), why: m.evidence_not_yet_why({ from }) };
    default:
      return { state: 'unknown', word: state, why: '' };
  }
}

/** What came from one address. No answer is no verdict: what is decided by it stays undecided. */
export function fetchedWord({ result, code, params }: FetchedItem): { state: VerdictState; word: string; why: string | null; action: string | null } {
  switch (result) {
    case 'new':
      return { state: 'ok', word: m.evidence_result_new(), why: null, action: null };
    case 'unchanged':
      return { state: 'none', word: m.evidence_result_unchanged(), why: null, action: null };
    default: {
      const text = code === null ? null : errorText({ code, params, severity: 'warning', retry: 'later', detail: '' });
      return { state: 'unknown', word: m.evidence_result_failed(), why: text?.title ?? null, action: text?.action ?? null };
    }
  }
}

/** What a fetch came to, in a sentence. */
export function fetchSentence(items: readonly FetchedItem[]): string {
  if (items.length === 0) return m.evidence_fetch_nothing();
  const failed = items.filter(({ result }) => result === 'failed').length;
  const fresh = items.filter(({ result }) => result === 'new').length;
  const brought = fresh === 0 ? m.evidence_fetch_none() : plural(fresh, m.evidence_fetch_one, m.evidence_fetch_other);
  return failed === 0 ? brought : `${brought} ${plural(failed, m.evidence_fetch_failed_one, m.evidence_fetch_failed_other)}`;
}
