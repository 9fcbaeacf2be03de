import type { AuditRecordView, TrailProblemView, TrailView } from '$ui/generated/types';
import type { VerdictState } from '$ui/components/types';
import { m } from '$ui/i18n';
import { message } from '$ui/i18n/errors';
import { formatDateTime } from '$ui/lib/format';

/** How an act ended, in a word and a sentence. */
export function phaseWord(phase: string): { state: VerdictState; word: string; why: string } {
  switch (phase) {
    case 'succeeded':
      return { state: 'ok', word: m.audit_phase_succeeded(), why: m.audit_phase_succeeded_why() };
    case 'failed':
      return { state: 'bad', word: m.audit_phase_failed(), why: m.audit_phase_failed_why() };
    case 'cancelled':
      return { state: 'none', word: m.audit_phase_cancelled(), why: m.audit_phase_cancelled_why() };
    case 'interrupted':
      return { state: 'warn', word: m.audit_phase_interrupted(), why: m.audit_phase_interrupted_why() };
    case 'intent':
      return { state: 'busy', word: m.audit_phase_intent(), why: m.audit_phase_intent_why() };
    default:
      return { state: 'unknown', word: phase, why: '' };
  }
}

/** What an act was about, in a few words: the document, or else the most telling fact. */
export function aboutWord({ document, detail }: AuditRecordView): string {
  if (document !== null) return document;
  for (const name of ['subject', 'title', 'label', 'alias', 'operator_name', 'to_name', 'profile', 'file', 'name', 'identity', 'issuer']) {
    const value = detail[name];
    if (value !== undefined && value !== '') return value;
  }
  const step = detail['step'];
  return step === undefined ? '' : (message(`rotation_step_${step}`) ?? step);
}

/** What is wrong with the trail, in a sentence. */
export function problemWord({ kind, seq }: TrailProblemView): string {
  return message(`audit_problem_${kind}`, { seq: String(seq) }) ?? m.audit_problem_other({ kind });
}

/** The seal line of the trail. */
export function sealWord(trail: TrailView | null): { state: VerdictState; word: string; why: string | null } {
  if (trail === null) return { state: 'unknown', word: m.audit_seal_unchecked(), why: null };
  const facts = { moment: formatDateTime(trail.checked_at), records: trail.records };
  if (!trail.intact) return { state: 'bad', word: m.audit_seal_broken(), why: m.audit_seal_broken_why() };
  if (!trail.head_authenticated) return { state: 'warn', word: m.audit_seal_unauthenticated(facts), why: m.audit_seal_unauthenticated_why() };
  return { state: 'ok', word: m.audit_seal_intact(facts), why: null };
}

/**
 * Without the records that only announce an act whose ending is there as well. Records come newest first, so an ending is
 * always seen before its beginning.
 */
export function withoutBeginnings(records: readonly AuditRecordView[]): AuditRecordView[] {
  const ended = new Set<string>();
  return records.filter((record) => {
    if (record.phase === 'intent') return !ended.has(record.correlation);
    ended.add(record.correlation);
    return true;
  });
}
