import type { DocumentInfo, JobSnapshot, SignPreviewItem, SignProfile, WireError } from '../../generated/types';

/** A document that waits to be signed. */
export interface QueueEntry {
  document: DocumentInfo;
  /** Whether it was on the screen. */
  seen: boolean;
}

/** Where a file lies. The same one that is chosen again has a new handle, and may have changed since. */
const placeOf = ({ folder, name }: DocumentInfo): string => `${folder}/${name}`;

/** A document of the queue that was chosen once more, with its new handle. */
export interface ChosenAgain {
  before: DocumentInfo;
  now: DocumentInfo;
  /** Whether it is another file by now, or may be. */
  changed: boolean;
}

/** Documents of the queue that are among these once more. */
export function chosenAgain(queue: QueueEntry[], documents: DocumentInfo[]): ChosenAgain[] {
  const places = new Map(documents.filter(({ folder }) => folder !== '').map((own) => [placeOf(own), own]));
  return queue.flatMap(({ document: before }) => {
    const now = places.get(placeOf(before));
    return now && now.id !== before.id ? [{ before, now, changed: now.version === undefined || now.version !== before.version }] : [];
  });
}

/** The queue with further documents, each file once: one that is chosen again keeps its place, and is to be looked at again where it changed. */
export function addDocuments(queue: QueueEntry[], documents: DocumentInfo[]): QueueEntry[] {
  const again = new Map(chosenAgain(queue, documents).flatMap(({ before, now, changed }) => (changed ? [[before.id, now] as const] : [])));
  const kept = queue.map((entry) => {
    const document = again.get(entry.document.id);
    return document ? { document, seen: false } : entry;
  });
  const ids = new Set(kept.map(({ document }) => document.id));
  const places = new Set(kept.map(({ document }) => placeOf(document)));
  const fresh = documents.filter((own) => {
    if (ids.has(own.id) || (own.folder !== '' && places.has(placeOf(own)))) return false;
    ids.add(own.id);
    places.add(placeOf(own));
    return true;
  });
  return [...kept, ...fresh.map((document) => ({ document, seen: false }))];
}

/** The queue of a task that was begun elsewhere; of its documents the name alone is known, so they say no size. */
export function followed(job: Pick<JobSnapshot, 'items'>): QueueEntry[] {
  const known = new Set<string>();
  return job.items.flatMap(({ document: id, name }) => {
    if (known.has(id)) return [];
    known.add(id);
    const kind = /\.pdf$/i.test(name) ? 'pdf' : 'other';
    return [{ document: { id, name, folder: '', size: 0, kind, pages: null, signatures: 0, origin: 'picked', sign_problem: null }, seen: true }];
  });
}

/** The queue without a document. */
export function removeDocument(queue: QueueEntry[], id: string): QueueEntry[] {
  return queue.filter(({ document }) => document.id !== id);
}

/** The queue with a document one place earlier (-1) or later (1). */
export function moveDocument(queue: QueueEntry[], id: string, by: -1 | 1): QueueEntry[] {
  const from = queue.findIndex(({ document }) => document.id === id);
  const to = from + by;
  const moved = queue[from];
  const other = queue[to];
  if (!moved || !other) return queue;
  return queue.with(from, other).with(to, moved);
}

/** The queue after a document was on the screen. */
export function markSeen(queue: QueueEntry[], id: string): QueueEntry[] {
  const at = queue.findIndex(({ document, seen }) => document.id === id && !seen);
  const entry = queue[at];
  return entry === undefined ? queue : queue.with(at, { ...entry, seen: true });
}

/** What to show when `removed` leaves: the one after it, else the one before it. */
export function selectionAfterRemoval(queue: QueueEntry[], removed: string, selected: string | null): string | null {
  if (selected !== removed) return selected;
  const index = queue.findIndex(({ document }) => document.id === removed);
  return (queue[index + 1] ?? queue[index - 1])?.document.id ?? null;
}

/** Why each document cannot be signed in the way that was chosen; null where it can. */
export type Judged = ReadonlyMap<string, WireError | null>;

const NOTHING_JUDGED: Judged = new Map();

/** What a person answers in the options; nothing is wrong with the document. */
const QUESTIONS = new Set(['countersign_choose', 'sign_reason_and_commitment']);

/** What keeps a new field out of a PDF, and not a signature in a field that is there. */
const OF_NEW_FIELDS = new Set(['pdf_certified_no_new_field', 'pdf_permission_denied', 'pdf_new_field_locked']);

/** Why each document of the queue cannot be signed so: as the preview says, or as far as is known before it comes. */
export function judge(queue: QueueEntry[], items: SignPreviewItem[], profile: Pick<SignProfile, 'format' | 'role' | 'field'>): Judged {
  const found = new Map(queue.map(({ document }) => [document.id, presumed(document, profile)]));
  for (const { document, problem } of items) {
    if (found.has(document)) found.set(document, problem !== null && QUESTIONS.has(problem.code) ? null : problem);
  }
  return found;
}

/** What was found when the document was opened, which was tried with a new field inside the PDF. */
function presumed({ kind, sign_problem }: DocumentInfo, { format, role, field }: Pick<SignProfile, 'format' | 'role' | 'field'>): WireError | null {
  const inside = kind === 'pdf' && role === 'sign' && (format === 'automatic' || format === 'pades');
  if (sign_problem === null || !inside) return null;
  return field !== null && OF_NEW_FIELDS.has(sign_problem.code) ? null : sign_problem;
}

/** Why a document cannot be signed in the way that was chosen. */
export function problemOf({ document }: QueueEntry, judged: Judged = NOTHING_JUDGED): WireError | null {
  const own = judged.get(document.id);
  return own === undefined ? document.sign_problem : own;
}

/** The documents that can be signed in the way that was chosen. */
export function signable(queue: QueueEntry[], judged?: Judged): QueueEntry[] {
  return queue.filter((entry) => problemOf(entry, judged) === null);
}

/** The documents that somebody can sign once their password is typed. */
export function locked(queue: QueueEntry[], judged?: Judged): QueueEntry[] {
  return queue.filter((entry) => problemOf(entry, judged)?.code === 'pdf_encrypted');
}

/** The documents that would be signed without having been looked at. */
export function unseen(queue: QueueEntry[], judged?: Judged): QueueEntry[] {
  return signable(queue, judged).filter(({ seen }) => !seen);
}

/** Why nothing can be signed yet, or that it can. */
export type Readiness = 'ready' | 'empty' | 'locked' | 'nothing_signable' | 'no_identity' | 'identity_not_ready' | 'unseen' | 'reason_missing' | 'malformed' | 'says_twice' | 'which_signer' | 'blocked';

/** What the button needs to know. */
export interface ReadinessFacts {
  queue: QueueEntry[];
  judged?: Judged;
  identity: { state: string } | null;
  /** Whether the person ticked that the rest will not be looked at, and why. */
  skip: boolean;
  skipReason: string;
}

/** Whether the button may be pressed: a batch asks to have looked at each document, or to say why not. */
export function readiness({ queue, judged, identity, skip, skipReason }: ReadinessFacts): Readiness {
  if (queue.length === 0) return 'empty';
  const fit = signable(queue, judged);
  if (fit.length === 0) return locked(queue, judged).length > 0 ? 'locked' : 'nothing_signable';
  if (!identity) return 'no_identity';
  if (identity.state !== 'ready') return 'identity_not_ready';
  if (fit.length > 1 && fit.some(({ seen }) => !seen)) {
    if (!skip) return 'unseen';
    if (skipReason.trim() === '') return 'reason_missing';
  }
  return 'ready';
}
