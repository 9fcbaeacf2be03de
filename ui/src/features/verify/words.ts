import type { VerdictState } from '../../components/types';
import type { ChangeView, LockChoice, PolicyClaim, SignatureReport, SignLevel, TimeStampView, UnprovenReason, UnprovenSigner, VerifyReport } from '../../generated/types';
import { m } from '../../i18n';
import { message } from '../../i18n/errors';
import { daysBetween, formatDate, plural } from '../../lib/format';
import { isDocumentStamp, ofPeople, reasonText } from './verdict';

/** From so many days before its date on an extension is urged. */
export const URGE_DAYS = 60;

/** What a time stamp covers. */
export function timeStampWord(kind: string): string {
  return message(`stamp_kind_${kind}`) ?? kind;
}

/** Whether a time stamp holds, with its word. */
export function timeStampState({ integrity, authenticity }: TimeStampView): { state: VerdictState; word: string } {
  if (integrity === 'broken') return { state: 'bad', word: m.verify_stamp_broken() };
  if (authenticity === 'untrusted') return { state: 'bad', word: m.verify_stamp_untrusted() };
  if (integrity === 'unknown' || authenticity === 'unknown') return { state: 'warn', word: m.axis_undecided() };
  return { state: 'ok', word: m.verify_stamp_holds() };
}

/** What a signature commits to, in words. */
export function commitmentWord(code: string): string {
  return message(`commitment_${code}`) ?? code;
}

/** So many locked fields are named. */
const NAMED = 12;

/** Fields that a signature locked, the first ones by name. */
export function lockWord({ which, fields }: LockChoice): string {
  if (which === 'all') return m.verify_locks_all();
  // A name may have commas in it.
  const named = fields
    .slice(0, NAMED)
    .map((field) => `«${field}»`)
    .join(', ');
  const said = fields.length > NAMED ? m.verify_locks_more({ fields: named, count: String(fields.length - NAMED) }) : named;
  return which === 'these' ? said : m.verify_locks_all_but({ fields: said });
}

/** An earlier signer who could not be proven, and why. */
export function unprovenWord({ name, reason }: UnprovenSigner): string {
  const words: Record<UnprovenReason, (inputs: { name: string }) => string> = { revoked: m.unproven_revoked, on_hold: m.unproven_on_hold, no_evidence: m.unproven_no_evidence };
  return words[reason]({ name });
}

/** The name of a claimed policy; its number where it has none here. */
export function policyName({ name, oid }: PolicyClaim): string {
  return name ?? m.verify_policy_unknown({ oid });
}

/** A rule of the policy that is not kept. */
export function violationText(code: string): string {
  return message(`violation_${code}`) ?? message(`remark_${code}_title`) ?? message(`${code}_title`) ?? reasonText(code);
}

/** What kind of change a later revision made. */
export function gradeWord(grade: string): string {
  return message(`change_grade_${grade}`) ?? message('change_grade_other') ?? grade;
}

/** What was changed, in words: object numbers and keys are for the technical details. */
export function changeWord({ what, grade, subject, kind, name }: ChangeView): string {
  if (what === 'objects_changed') return subject === null ? m.change_what_objects_changed() : plural(Number(subject), m.change_more_objects_one, m.change_more_objects);
  const act = /^(?:object|annotation|appearance)_(added|changed|removed|shared)$/.exec(what)?.[1];
  if (act !== undefined) {
    const word = kind === null ? null : message(`change_kind_${kind}`);
    // An annotation is told as one, whatever lies in it.
    if (word === null || what.startsWith('annotation_')) return message(`change_what_${what}`) ?? gradeWord(grade);
    if (kind === 'page_content' && act === 'changed') return m.change_page_contents();
    const object = name === null ? word : m.change_named({ object: word, name });
    if (act === 'added') return m.change_act_added({ object });
    return act === 'removed' ? m.change_act_removed({ object }) : m.change_act_changed({ object });
  }
  const entry = ENTRIES[what];
  if (entry) return (subject === null ? undefined : entry[subject]?.()) ?? (what === 'page' && subject !== null ? m.change_page_other() : undefined) ?? message(`change_what_${what}`) ?? gradeWord(grade);
  const word = message(`change_what_${what}`) ?? gradeWord(grade);
  return subject ? m.change_with_subject({ change: word, subject }) : word;
}

/** What an entry of a dictionary means to those who read the document (ISO 32000-2, tables 15, 29, 31 and 224). */
const ENTRIES: Record<string, Record<string, () => string>> = {
  page: {
    Contents: m.change_page_contents,
    Resources: m.change_page_resources,
    MediaBox: m.change_page_size,
    CropBox: m.change_page_size,
    BleedBox: m.change_page_size,
    TrimBox: m.change_page_size,
    ArtBox: m.change_page_size,
    UserUnit: m.change_page_size,
    Rotate: m.change_page_rotation,
    AA: m.change_page_actions,
  },
  catalog: {
    OpenAction: m.change_catalog_actions,
    AA: m.change_catalog_actions,
    Names: m.change_catalog_names,
    Dests: m.change_catalog_names,
    AF: m.change_catalog_names,
    Collection: m.change_catalog_names,
    Outlines: m.change_catalog_bookmarks,
    PageLabels: m.change_catalog_labels,
    OCProperties: m.change_catalog_layers,
    StructTreeRoot: m.change_catalog_structure,
    MarkInfo: m.change_catalog_structure,
    Perms: m.change_catalog_permissions,
    ViewerPreferences: m.change_catalog_view,
    PageMode: m.change_catalog_view,
    PageLayout: m.change_catalog_view,
    Lang: m.change_catalog_language,
    Version: m.change_catalog_version,
    Extensions: m.change_catalog_version,
    Metadata: m.change_catalog_metadata,
    Pages: m.change_catalog_pages,
  },
  form: {
    DR: m.change_form_fonts,
    DA: m.change_form_look,
    Q: m.change_form_look,
    NeedAppearances: m.change_form_look,
    SigFlags: m.change_form_flags,
    XFA: m.change_form_xfa,
    CO: m.change_form_order,
  },
  trailer: { Encrypt: m.change_trailer_encryption },
  // Of the store of evidence only the key is known, and no person knows those.
  evidence: {},
};

/** A change as the PDF writes it. */
export function changeTechnical({ revision, what, subject, kind }: ChangeView): string {
  return [`${revision}`, what, subject, kind].filter((part) => part !== null).join(' · ');
}

/** Pages that look different; null where it cannot be told. */
export function pagesWord(pages: readonly number[]): string | null {
  if (pages.length === 0) return null;
  return plural(pages.length, () => m.change_page({ page: String(pages[0]) }), () => m.change_pages({ pages: pages.join(', ') }));
}

/** Changes that are told in one line, because their words are the same. */
export interface ChangeLine {
  text: string;
  pages: string | null;
  grade: string;
  allowed: boolean;
  times: number;
}

/** The changes of a revision in words, each once: a page often changes by several objects at a time. */
export function changeLines(changes: readonly ChangeView[]): ChangeLine[] {
  const lines = new Map<string, ChangeLine>();
  for (const change of changes) {
    const line = { text: changeWord(change), pages: pagesWord(change.pages), grade: gradeWord(change.grade), allowed: change.allowed };
    const key = JSON.stringify(line);
    lines.set(key, { ...line, times: (lines.get(key)?.times ?? 0) + 1 });
  }
  return [...lines.values()];
}

/** What one later revision changed. */
export interface Revision {
  revision: number;
  allowed: boolean;
  changes: ChangeView[];
}

/** Changes by the revision that made them, in order. */
export function revisions(changes: readonly ChangeView[]): Revision[] {
  const grouped = new Map<number, ChangeView[]>();
  for (const change of changes) grouped.set(change.revision, [...(grouped.get(change.revision) ?? []), change]);
  return [...grouped].toSorted(([a], [b]) => a - b).map(([revision, list]) => ({ revision, allowed: list.every(({ allowed }) => allowed), changes: list }));
}

/** Until when a signature must be extended, and how pressing that is. */
export function extendStanding(before: string, now: Date): { state: VerdictState; text: string; pressing: boolean } {
  const days = daysBetween(now, before);
  const date = formatDate(before);
  if (days < 0) return { state: 'bad', text: m.extend_before_over({ date }), pressing: true };
  if (days < URGE_DAYS) return { state: 'warn', text: plural(days, () => m.extend_before_soon_one({ date, count: '1' }), ({ count }) => m.extend_before_soon({ date, count })), pressing: true };
  return { state: 'none', text: m.extend_before({ date }), pressing: false };
}

/** The earliest date before which something in a report must be extended. */
export function earliestExtension(report: VerifyReport): string | null {
  const dates = report.signatures.map(({ extend_before }) => extend_before).filter((date) => date !== null);
  return dates.toSorted((a, b) => a.localeCompare(b))[0] ?? null;
}

const LEVELS: SignLevel[] = ['b-b', 'b-t', 'b-lt', 'b-lta'];

/** The level of a signature as the report names it; the lowest where it names none that is known. */
export function levelOf({ level }: Pick<SignatureReport, 'level'>): SignLevel {
  const found = /\bB-(LTA|LT|T|B)\b/.exec(level)?.[1]?.toLowerCase();
  return LEVELS.find((each) => each === `b-${found}`) ?? 'b-b';
}

/** What the first signature without a level is, where there is one: it gains time stamps and evidence, and no level. */
export function withoutLevel(report: VerifyReport): string | null {
  return ofPeople(report).find(({ level }) => !/\bB-(LTA|LT|T|B)\b/.test(level))?.level ?? null;
}

/** The level of a signature, as it is shown. */
export function levelText(signature: Pick<SignatureReport, 'level'>): string {
  return isDocumentStamp(signature) ? m.verify_level_stamp() : signature.level;
}

/** The levels that a document can be taken to: those above its lowest signature; the highest one always, for it can be renewed. */
export function levelsAbove(report: VerifyReport): SignLevel[] {
  const lowest = Math.min(...ofPeople(report).map((signature) => LEVELS.indexOf(levelOf(signature))));
  return LEVELS.filter((level, index) => level !== 'b-b' && (index > lowest || level === 'b-lta'));
}

/** Whether extending helps: somebody signed, and nothing is wrong that a time stamp would only keep. */
export function extendable(report: VerifyReport): boolean {
  return !report.content_needed && report.result !== 'failed' && report.signatures.length > 0 && report.signatures.every(({ integrity, problem }) => integrity !== 'broken' && problem === null);
}

/** A level with its sentence. */
export function levelWords(level: SignLevel, renewed: boolean): { name: string; text: string } {
  switch (level) {
    case 'b-b':
      return { name: 'B-B', text: m.level_bb() };
    case 'b-t':
      return { name: 'B-T', text: m.level_bt() };
    case 'b-lt':
      return { name: 'B-LT', text: m.level_blt() };
    case 'b-lta':
      return { name: 'B-LTA', text: renewed ? m.level_blta_again() : m.level_blta() };
  }
}
