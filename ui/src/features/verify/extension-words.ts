import type { VerdictState } from '../../components/types';
import type { DocumentInfo, JobItem, Receipt, SignLevel, VerifyReport, WireError } from '../../generated/types';
import { m } from '../../i18n';
import { errorText } from '../../i18n/errors';
import { daysBetween, plural } from '../../lib/format';
import { levelName } from '../sign/batch/words';
import { phaseWord, stateWord } from '../sign/words';
import { ofPeople } from './verdict';
import { earliestExtension, extendStanding, levelOf, withoutLevel } from './words';

const LEVELS: SignLevel[] = ['b-b', 'b-t', 'b-lt', 'b-lta'];

/** What is known of a document before it is extended. */
export interface Known {
  document: DocumentInfo;
  /** What it signs, where somebody said so. */
  content: DocumentInfo | null;
  report: VerifyReport | null;
  problem: WireError | null;
}

/** Whether a document is extended as things stand, with the word for it. */
export interface Standing {
  takes: boolean;
  state: VerdictState;
  word: string;
  /** What a person can do about it: name the content, name another one, type the password. */
  remedy: 'content' | 'other_content' | 'password' | null;
}

/** Whether a document can be taken to `goal`, and why not. What was not looked at yet is tried. */
export function standingOf({ content, report, problem }: Known, goal: SignLevel): Standing {
  const out = (state: VerdictState, word: string, remedy: Standing['remedy'] = null): Standing => ({ takes: false, state, word, remedy });
  if (problem?.code === 'pdf_encrypted') return out('warn', m.sign_locked(), 'password');
  // What was named may be what is wrong.
  if (problem !== null) return out('bad', errorText(problem).title, content === null ? null : 'other_content');
  if (report === null) return { takes: true, state: 'busy', word: m.extend_many_reading(), remedy: null };
  if (report.signatures.length === 0) return out('none', m.extend_many_unsigned());
  const isBroken = report.signatures.some(({ integrity }) => integrity === 'broken');
  if (isBroken) return content === null && !report.content_other ? out('bad', m.extend_many_broken()) : out('bad', m.extend_many_other_content(), 'other_content');
  if (report.result === 'failed' || report.signatures.some((signature) => signature.problem !== null)) return out('bad', m.extend_many_failed());
  const level = lowestLevel(report);
  if (goal !== 'b-lta' && LEVELS.indexOf(level) >= LEVELS.indexOf(goal)) return out('none', m.extend_many_there({ level: levelName(level) }));
  // Only an archive time stamp is over the content; where it was signed here the program knows where it lay.
  if (report.content_needed && goal === 'b-lta') return { takes: true, state: 'warn', word: m.extend_many_no_content(), remedy: 'content' };
  const other = withoutLevel(report);
  if (other !== null) return { takes: true, state: 'warn', word: m.extend_gives_no_level({ found: other }), remedy: null };
  return { takes: true, state: 'none', word: m.extend_many_ready({ level: levelName(goal) }), remedy: null };
}

/** The level of a document, that of its lowest signature, as it is shown; a dash where nobody signed. */
export function levelWord(report: VerifyReport): string {
  if (report.signatures.length === 0) return '–';
  return withoutLevel(report) === null ? levelName(lowestLevel(report)) : m.extend_no_level();
}

/** The level of a document: that of its lowest signature. */
export function lowestLevel(report: VerifyReport): SignLevel {
  return LEVELS[Math.min(...ofPeople(report).map((signature) => LEVELS.indexOf(levelOf(signature))))] ?? 'b-b';
}

/** Whether a result has earlier signers of whom nothing was proven. */
export function hasUnproven({ receipt }: Pick<JobItem, 'receipt'>): boolean {
  return (receipt?.unproven ?? []).length > 0;
}

/** What became of a document that was extended, whose goal was `goal`. */
export function doneStanding(receipt: Receipt | null | undefined, goal: SignLevel): { state: VerdictState; word: string } {
  const level = receipt?.level ?? goal;
  const [name, wished] = [levelName(level), levelName(goal)];
  if (level !== goal) return { state: 'warn', word: m.extend_done_lower({ level: name, wished }) };
  if (receipt?.not_ades) return { state: 'warn', word: m.extend_done_not_ades({ level: name, found: receipt.not_ades }) };
  return { state: 'ok', word: m.extend_done({ level: name }) };
}

/** How a document of a task stands. */
export function itemStanding(item: JobItem, goal: SignLevel): { state: VerdictState; word: string } {
  switch (item.state) {
    case 'waiting':
      return { state: 'none', word: stateWord('waiting') };
    case 'running':
      return { state: 'busy', word: phaseWord(item.phase) };
    case 'done': {
      const done = doneStanding(item.receipt, goal);
      return done.state === 'ok' && hasUnproven(item) ? { state: 'warn', word: m.extend_done_unproven({ level: levelName(goal) }) } : done;
    }
    case 'failed':
      return { state: 'bad', word: item.error ? errorText(item.error).title : stateWord('failed') };
    case 'cancelled':
      return { state: 'none', word: stateWord('cancelled') };
  }
}

/** Until when something must be extended, and what is left of that where it is pressing; nothing where nothing is known. */
export function dateWord(report: VerifyReport | null, now: Date): { state: VerdictState; text: string; short: string | null } | null {
  const before = report === null ? null : earliestExtension(report);
  if (before === null) return null;
  const { state, text, pressing } = extendStanding(before, now);
  const days = daysBetween(now, before);
  const short = days < 0 ? m.extend_many_date_over() : plural(days, m.extend_many_days_one, m.extend_many_days);
  return { state, text, short: pressing ? short : null };
}

/** Documents that are left out, by the word for it, the most frequent first. */
export function leftOutGroups(rows: readonly { id: string; standing: Standing }[]): { word: string; ids: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const { id, standing } of rows) if (!standing.takes) groups.set(standing.word, [...(groups.get(standing.word) ?? []), id]);
  return [...groups].map(([word, ids]) => ({ word, ids })).toSorted((a, b) => b.ids.length - a.ids.length);
}

/** What a job without the network can do, for the goal. */
export function offlineNote(goal: SignLevel, acceptLower: boolean): string {
  if (goal === 'b-lt') return m.extend_offline_blt();
  if (goal === 'b-lta') return acceptLower ? m.extend_offline_blta_lower() : m.extend_offline_blta();
  return m.extend_offline_bt();
}
