import type { VerdictState } from '../../components/types';
import type { Coverage, SignatureReport, VerifyReport, VerifyResult } from '../../generated/types';
import { m } from '../../i18n';
import { errorText, message } from '../../i18n/errors';
import { plural } from '../../lib/format';
import { AXIS_OF_REASON, type Axis } from './reasons';

/** A headline that nobody can misread, and the sentence under it. */
export interface Headline {
  state: VerdictState;
  title: string;
  sentence: string;
}

/** The bottom line of a report in plain words. Red only for what is wrong, never for what is not known. */
export function headline(report: VerifyReport): Headline {
  if (report.content_needed) return { state: 'unknown', title: m.verdict_content_needed(), sentence: m.verdict_content_needed_why() };
  if (report.content_other) {
    const { title, action } = errorText({ code: 'content_other', params: { name: report.content ?? report.document }, severity: 'error', retry: 'after_action', detail: '' });
    return { state: 'bad', title, sentence: action };
  }
  const deciding = report.signatures.flatMap(withOthersOver).find(({ result }) => result === report.result);
  switch (report.result) {
    case 'unsigned':
      return { state: 'none', title: m.verdict_unsigned(), sentence: m.verdict_unsigned_why() };
    case 'passed':
      return {
        state: 'ok',
        title: m.verdict_passed(),
        sentence: plural(ofPeople(report).length, m.verdict_passed_why_one, m.verdict_passed_why),
      };
    case 'failed':
      return { state: 'bad', ...failed(deciding) };
    case 'indeterminate':
      return { state: 'warn', ...undecided(deciding) };
  }
}

/** Whether this is a time stamp over a PDF, which stands among its signatures, is nobody's and has no level. */
export function isDocumentStamp({ level }: Pick<SignatureReport, 'level'>): boolean {
  return level === 'PAdES document timestamp';
}

/** The signatures that people made; the document time stamps alone, where there is nothing else. */
export function ofPeople({ signatures }: VerifyReport): SignatureReport[] {
  const people = signatures.filter((own) => !isDocumentStamp(own));
  return people.length > 0 ? people : signatures;
}

/** A signature and those over it. */
function withOthersOver(signature: SignatureReport): SignatureReport[] {
  return [signature, ...signature.counter_signatures.flatMap(withOthersOver)];
}

function failed(signature: SignatureReport | undefined): { title: string; sentence: string } {
  if (signature?.problem) return { title: m.verdict_unreadable(), sentence: m.verdict_unreadable_why() };
  if (signature?.integrity === 'broken') {
    const changed = signature.sub_indication === 'HASH_FAILURE' || signature.reasons.includes('content_changed');
    return changed ? { title: m.verdict_changed(), sentence: m.verdict_changed_why() } : { title: m.verdict_invalid(), sentence: m.verdict_invalid_why() };
  }
  if (signature?.later_change === 'suspicious' && signature.changes.some(({ allowed }) => !allowed)) return { title: m.verdict_changed_later(), sentence: m.verdict_changed_later_why() };
  if (signature?.later_change === 'suspicious') return { title: m.verdict_outside(), sentence: m.verdict_outside_why() };
  if (signature?.sub_indication === 'REVOKED') return { title: m.verdict_revoked(), sentence: m.verdict_revoked_why() };
  if (signature?.sub_indication === 'EXPIRED') return { title: m.verdict_expired(), sentence: m.verdict_expired_why() };
  if (signature?.policy === 'violated' && signature.authenticity === 'trusted') return { title: m.verdict_policy(), sentence: m.verdict_policy_why() };
  return { title: m.verdict_untrusted(), sentence: m.verdict_untrusted_why() };
}

function undecided(signature: SignatureReport | undefined): { title: string; sentence: string } {
  if (signature?.integrity === 'unknown') return { title: m.verdict_unknown_integrity(), sentence: m.verdict_unknown_integrity_why() };
  if (signature?.sub_indication === 'TRY_LATER') return { title: m.verdict_no_revocation(), sentence: m.verdict_no_revocation_why() };
  if (signature?.sub_indication?.endsWith('_NO_POE') && signature.authenticity === 'unknown') return { title: m.verdict_no_poe(), sentence: m.verdict_no_poe_why() };
  if (signature?.authenticity === 'unknown') return { title: m.verdict_no_chain(), sentence: m.verdict_no_chain_why() };
  if (signature?.later_change === 'unknown') return { title: m.verdict_later_unknown(), sentence: m.verdict_later_unknown_why() };
  return { title: m.verdict_undecided(), sentence: m.verdict_undecided_why() };
}

/** One of the four lines of a signature. */
export interface AxisLine {
  axis: Axis;
  name: string;
  state: VerdictState;
  word: string;
  sentence: string;
  /** Texts of the reasons behind it, for «por quê?». */
  reasons: { code: string; text: string }[];
}

/** The four lines, always in the same order. */
export function axes(signature: SignatureReport): AxisLine[] {
  const line = (axis: Axis, name: string, [state, word, sentence]: [VerdictState, string, string]): AxisLine => ({
    axis,
    name,
    state,
    word,
    sentence,
    reasons: signature.reasons.filter((code) => (AXIS_OF_REASON[code] ?? 'authenticity') === axis).map((code) => ({ code, text: reasonText(code) })),
  });
  return [line('integrity', m.axis_integrity(), integrity(signature)), line('authenticity', m.axis_authenticity(), authenticity(signature)), line('policy', m.axis_policy(), policy(signature)), line('later', m.axis_later(), later(signature))];
}

function integrity({ integrity }: SignatureReport): [VerdictState, string, string] {
  switch (integrity) {
    case 'ok':
      return ['ok', m.axis_integrity_ok(), m.axis_integrity_ok_why()];
    case 'broken':
      return ['bad', m.axis_integrity_broken(), m.axis_integrity_broken_why()];
    case 'unknown':
      return ['unknown', m.axis_undecided(), m.axis_integrity_unknown_why()];
  }
}

function authenticity({ authenticity, problem }: SignatureReport): [VerdictState, string, string] {
  if (problem) return ['unknown', m.axis_undecided(), m.axis_authenticity_unreadable_why()];
  switch (authenticity) {
    case 'trusted':
      return ['ok', m.axis_authenticity_trusted(), m.axis_authenticity_trusted_why()];
    case 'untrusted':
      return ['bad', m.axis_authenticity_untrusted(), m.axis_authenticity_untrusted_why()];
    case 'unknown':
      return ['warn', m.axis_undecided(), m.axis_authenticity_unknown_why()];
  }
}

function policy({ policy }: SignatureReport): [VerdictState, string, string] {
  switch (policy) {
    case 'ok':
      return ['ok', m.axis_policy_ok(), m.axis_policy_ok_why()];
    case 'violated':
      return ['bad', m.axis_policy_violated(), m.axis_policy_violated_why()];
    case 'none':
      return ['none', m.axis_policy_none(), m.axis_policy_none_why()];
  }
}

function later({ later_change, problem, changes }: SignatureReport): [VerdictState, string, string] {
  if (problem) return ['unknown', m.axis_undecided(), m.axis_later_unreadable_why()];
  switch (later_change) {
    case 'none':
      return ['ok', m.axis_later_none(), m.axis_later_none_why()];
    case 'allowed':
      return ['ok', m.axis_later_allowed(), m.axis_later_allowed_why()];
    case 'suspicious':
      if (changes.some(({ allowed }) => !allowed)) return ['bad', m.axis_later_forbidden(), m.axis_later_forbidden_why()];
      return ['bad', m.axis_later_suspicious(), m.axis_later_suspicious_why()];
    case 'unknown':
      return ['warn', m.axis_undecided(), m.axis_later_unknown_why()];
  }
}

/** What a reason code means; a code without a text shows itself. */
export function reasonText(code: string): string {
  return message(`reason_${code}`) ?? message(`err_${code}_title`) ?? code;
}

/** How much of the file a signature covers. */
export function coverageWord(coverage: Coverage): string {
  const words: Record<Coverage, () => string> = {
    entire_file: m.coverage_entire_file,
    entire_revision: m.coverage_entire_revision,
    partial: m.coverage_partial,
    invalid: m.coverage_invalid,
    content: m.coverage_content,
  };
  return words[coverage]();
}

/** A signature's bottom line as a state with its word. */
export function resultWord(result: VerifyResult): { state: VerdictState; word: string } {
  switch (result) {
    case 'passed':
      return { state: 'ok', word: m.verdict_word_passed() };
    case 'failed':
      return { state: 'bad', word: m.verdict_word_failed() };
    case 'indeterminate':
      return { state: 'warn', word: m.verdict_word_indeterminate() };
    case 'unsigned':
      return { state: 'none', word: m.verdict_word_unsigned() };
  }
}
