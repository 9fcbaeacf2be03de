import type { DocumentInfo, JobSnapshot } from '../../generated/types';

/** A document that waits to be signed. */
export interface QueueEntry {
  document: DocumentInfo;
  /** Whether it was on the screen. */
  seen: boolean;
}

/** The queue with further documents at its end; one that is already there stays where it is. */
export function addDocuments(queue: QueueEntry[], documents: DocumentInfo[]): QueueEntry[] {
  const known = new Set(queue.map(({ document }) => document.id));
  const fresh = documents.filter(({ id }) => !known.has(id) && known.add(id));
  return [...queue, ...fresh.map((document) => ({ document, seen: false }))];
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
  return queue.map((entry) => (entry.document.id === id && !entry.seen ? { ...entry, seen: true } : entry));
}

/** What to show when `removed` leaves: the one after it, else the one before it. */
export function selectionAfterRemoval(queue: QueueEntry[], removed: string, selected: string | null): string | null {
  if (selected !== removed) return selected;
  const index = queue.findIndex(({ document }) => document.id === removed);
  return (queue[index + 1] ?? queue[index - 1])?.document.id ?? null;
}

/** The documents that can be signed at all. */
export function signable(queue: QueueEntry[]): QueueEntry[] {
  return queue.filter(({ document }) => document.sign_problem === null);
}

/** The documents that somebody can sign once their password is typed. */
export function locked(queue: QueueEntry[]): QueueEntry[] {
  return queue.filter(({ document }) => document.sign_problem?.code === 'pdf_encrypted');
}

/** The documents that would be signed without having been looked at. */
export function unseen(queue: QueueEntry[]): QueueEntry[] {
  return signable(queue).filter(({ seen }) => !seen);
}

/** Why nothing can be signed yet, or that it can. */
export type Readiness = 'ready' | 'empty' | 'locked' | 'nothing_signable' | 'no_identity' | 'identity_not_ready' | 'unseen' | 'reason_missing' | 'malformed' | 'says_twice' | 'which_signer' | 'blocked';

/** What the button needs to know. */
export interface ReadinessFacts {
  queue: QueueEntry[];
  identity: { state: string } | null;
  /** Whether the person ticked that the rest will not be looked at, and why. */
  skip: boolean;
  skipReason: string;
}

/** Whether the button may be pressed: a batch asks to have looked at each document, or to say why not. */
export function readiness({ queue, identity, skip, skipReason }: ReadinessFacts): Readiness {
  if (queue.length === 0) return 'empty';
  if (signable(queue).length === 0) return locked(queue).length > 0 ? 'locked' : 'nothing_signable';
  if (!identity) return 'no_identity';
  if (identity.state !== 'ready') return 'identity_not_ready';
  if (signable(queue).length > 1 && unseen(queue).length > 0) {
    if (!skip) return 'unseen';
    if (skipReason.trim() === '') return 'reason_missing';
  }
  return 'ready';
}
