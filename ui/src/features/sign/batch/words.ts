import type { BatchView, ErrorChoice, JobItem, JobSnapshot, SignLevel, WireError } from '../../../generated/types';
import { m } from '../../../i18n';
import { errorText } from '../../../i18n/errors';
import { plural } from '../../../lib/format';
import { waitOf } from '../../unlock/waiting';

/** How far a task is, in numbers. */
export interface Tally {
  done: number;
  failed: number;
  cancelled: number;
  /** Not begun, or being worked on. */
  left: number;
  total: number;
}

/** Counts how far a task is. */
export function tally(job: Pick<JobSnapshot, 'items'>): Tally {
  const counted = { done: 0, failed: 0, cancelled: 0, left: 0, total: job.items.length };
  for (const { state } of job.items) {
    if (state === 'done' || state === 'failed' || state === 'cancelled') counted[state] += 1;
    else counted.left += 1;
  }
  return counted;
}

/** What became of a task that signed, in a headline and a sentence. */
export function resultWords(job: JobSnapshot): { headline: string; sentence: string } {
  const { done, failed, total } = tally(job);
  const headline =
    done === 0
      ? job.status === 'cancelled'
        ? m.sign_result_cancelled()
        : m.sign_result_none()
      : done < total
        ? m.sign_result_partly({ done: String(done), total: String(total) })
        : plural(done, m.sign_result_done_one, m.sign_result_done);
  const sentence =
    failed > 0 ? plural(failed, m.sign_result_failed_one, m.sign_result_failed) : done < total ? plural(total - done, m.sign_result_left_one, m.sign_result_left) : m.sign_result_checked();
  return { headline, sentence };
}

/** What is read out of a task that signs: that it waits, goes on or has ended. Its progress is not. */
export function spoken(job: JobSnapshot | null): string {
  if (job === null) return '';
  if (job.status === 'running') return job.held ? m.batch_pausing_text() : '';
  if (job.status !== 'paused') {
    const { headline, sentence } = resultWords(job);
    return `${headline}. ${sentence}`;
  }
  if (job.waits_for !== null) return m.sign_wait_title();
  return `${m.batch_paused_title()}. ${m.batch_paused_text()}`;
}

/** Documents that hold a paused task up, each with its error; none where what it waits for is of the key and would meet every document. */
export function heldUp(job: Pick<JobSnapshot, 'items' | 'status' | 'waits_for' | 'batch'>): JobItem[] {
  if (job.status !== 'paused' || job.waits_for === null || job.batch === null) return [];
  if (waitOf(job.waits_for).kind !== 'other') return [];
  return job.items.filter(({ state, error }) => state === 'waiting' && error !== null);
}

/** One reason why documents were not signed, and which ones. */
export interface ReasonGroup {
  /** What they have in common. */
  key: string;
  code: string;
  error: WireError;
  title: string;
  action: string;
  documents: { id: string; name: string }[];
}

/** What went wrong, the most frequent reason first. */
export function reasonGroups(job: Pick<JobSnapshot, 'items'>): ReasonGroup[] {
  const groups = new Map<string, ReasonGroup>();
  for (const { error, document, name } of job.items) {
    if (error === null) continue;
    const key = kindOf(error);
    const known = groups.get(key);
    // A reason that many share names none of them.
    if (known?.documents.length === 1) Object.assign(known, errorText(ofMany(known.error, known.documents[0]?.name ?? '')));
    const group = known ?? { key, code: error.code, error, ...errorText(error), documents: [] };
    group.documents.push({ id: document, name });
    groups.set(key, group);
  }
  return [...groups.values()].toSorted((a, b) => b.documents.length - a.documents.length);
}

/** Evidence and time stamps are missing for reasons that ask for different things. */
function kindOf(error: WireError): string {
  const { code, params } = error;
  if (code === 'evidence_missing') return `${code} ${params['what'] ?? ''} ${params['reason'] ?? ''}`;
  return code === 'tsa_all_refused' ? `${code} ${errorText(error).action}` : code;
}

/** An error that speaks of any document instead of this one. */
export function unnamed(error: WireError, name: string): WireError {
  const params = Object.entries(error.params).map(([key, value]) => [key, value === name ? m.batch_reason_any() : value]);
  return { ...error, params: Object.fromEntries(params) };
}

/** An error that speaks of many documents: not of one, nor of whose certificate it is there. */
function ofMany(error: WireError, name: string): WireError {
  const own = unnamed(error, name);
  return error.code === 'evidence_missing' ? { ...own, params: { ...own.params, subject: '', more: '0' } } : own;
}

/** Time that is left, in words, coarser the longer it is. */
export function leftWords(seconds: number): string {
  if (seconds < 10) return m.batch_left_moments();
  if (seconds < 55) return m.batch_left_seconds({ count: String(Math.ceil(seconds / 5) * 5) });
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return plural(minutes, m.batch_left_minutes_one, m.batch_left_minutes);
  const coarse = Math.round(minutes / 5) * 5;
  const hours = Math.floor(coarse / 60);
  if (coarse % 60 === 0) return plural(hours, m.batch_left_hours_one, m.batch_left_hours);
  return m.batch_left_hours_minutes({ hours: String(hours), minutes: String(coarse % 60) });
}

/** Documents per minute, in words. */
export function rateWords(perMinute: number): string {
  const rounded = Math.round(perMinute);
  return rounded < 1 ? m.batch_rate_slow() : plural(rounded, m.batch_rate_one, m.batch_rate);
}

/** The result of a task as a table for a spreadsheet: tabs between columns, a line for each document. */
export function listText(job: Pick<JobSnapshot, 'items'>): string {
  const states = { waiting: m.batch_list_left, running: m.batch_list_left, done: m.sign_state_done, failed: m.sign_state_failed, cancelled: m.sign_state_cancelled };
  const head = [m.batch_list_document(), m.batch_list_state(), m.batch_list_reason(), m.batch_list_result(), m.batch_list_time(), m.batch_list_record(), 'SHA-256'];
  const rows = job.items.map(({ name, state, error, output, receipt }) => [
    name,
    states[state](),
    error === null ? '' : `${errorText(error).title} (${error.code})`,
    output?.name ?? '',
    receipt?.signed_at ?? '',
    receipt ? String(receipt.audit_seq) : '',
    receipt?.output_sha256 ?? '',
  ]);
  return [head, ...rows].map((row) => row.map(cell).join('\t')).join('\r\n');
}

/** A cell that a spreadsheet neither splits nor takes for a formula. */
function cell(text: string): string {
  const flat = text.replaceAll(/[\t\r\n]+/g, ' ');
  return /^[=+\-@]/.test(flat) ? `'${flat}` : flat;
}

/** A level as it is called. */
export function levelName(level: SignLevel): string {
  return { 'b-b': 'B-B', 'b-t': 'B-T', 'b-lt': 'B-LT', 'b-lta': 'B-LTA' }[level];
}

/** What is done after an error, as a verb. */
export function choiceWord(choice: ErrorChoice): string {
  const words: Record<ErrorChoice, () => string> = { go_on: m.batch_error_go_on, pause: m.batch_error_pause, stop: m.batch_error_stop };
  return words[choice]();
}

/** How far a batch came that did not end. */
export function interruptedTitle({ kind, done, total }: BatchView): string {
  const [one, many] = kind === 'sign' ? [m.batch_interrupted_title_one, m.batch_interrupted_title] : [m.batch_interrupted_title_extend_one, m.batch_interrupted_title_extend];
  return done === 1 ? one({ total: String(total) }) : many({ done: String(done), total: String(total) });
}

/** What became of a batch that did not end, in sentences; what did not happen is not mentioned. */
export function standing({ kind, failed, left, changed }: BatchView): string[] {
  const [failedOne, failedMany, changedOne, changedMany] =
    kind === 'sign'
      ? [m.batch_interrupted_failed_one, m.batch_interrupted_failed, m.batch_interrupted_changed_one, m.batch_interrupted_changed]
      : [m.batch_interrupted_failed_extend_one, m.batch_interrupted_failed_extend, m.batch_interrupted_changed_extend_one, m.batch_interrupted_changed_extend];
  return [
    left > 0 ? plural(left, m.batch_interrupted_left_one, m.batch_interrupted_left) : m.batch_interrupted_none_left(),
    ...(failed > 0 ? [plural(failed, failedOne, failedMany)] : []),
    changed > 0 ? plural(changed, changedOne, changedMany) : m.batch_interrupted_unchanged(),
  ];
}

/** What an earlier batch was. */
export function pastTitle({ kind, level, total }: BatchView): string {
  if (kind === 'sign') return plural(total, m.batch_past_sign_one, m.batch_past_sign);
  const count = String(total);
  return level === null ? plural(total, m.batch_past_extend_any_one, m.batch_past_extend_any) : (total === 1 ? m.batch_past_extend_one : m.batch_past_extend)({ count, level: levelName(level) });
}

/** How far an earlier batch came. */
export function pastDone({ kind, done, total }: BatchView): string {
  return (kind === 'sign' ? m.batch_past_done : m.batch_past_done_extend)({ done: String(done), total: String(total) });
}

/** What became of a document of an earlier batch. */
export function itemWord({ state }: JobItem, kind: BatchView['kind']): string {
  if (state === 'cancelled') return m.sign_state_cancelled();
  if (state === 'waiting' || state === 'running') return m.batch_list_left();
  if (kind === 'sign') return state === 'done' ? m.sign_state_done() : m.sign_state_failed();
  return state === 'done' ? m.batch_past_extended() : m.batch_past_not_extended();
}
