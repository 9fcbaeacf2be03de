import { backend } from '../backend';
import type { JobChanges, JobSnapshot, JobStatus } from '../generated/types';

/** What a task does. */
export type JobKind = 'sign' | 'extend' | 'extend-many';

const WATCH_MS = 3000;
/** The whole of a larger task is megabytes; its reports say themselves when one was lost. */
const MANY = 500;

/** The tasks of this session. They live here, so that leaving a page ends none of them. */
class Jobs {
  /** Raw: a snapshot is replaced as a whole, and one of 5,000 documents must not become 5,000 watched objects. */
  list = $state.raw<JobSnapshot[]>([]);
  acknowledged = $state<string[]>([]);

  /** Tasks that do something else than sign. */
  #kinds = new Map<string, JobKind>();

  /** Which key each task signs with, to know what to open when one waits for a PIN. */
  #keys = new Map<string, string>();

  /** Tasks that are being asked for as a whole. */
  #renewing = new Set<string>();

  /** Follows the program's reports; the answer stops following. */
  follow(): () => void {
    return backend.on('job', (snapshot) => this.adopt(snapshot));
  }

  /** Takes what a command or an event said of a task. A task that ended does not run again: late reports are ignored. */
  adopt(snapshot: JobSnapshot): void {
    const known = this.list.findIndex(({ id }) => id === snapshot.id);
    const own = this.list[known];
    if (snapshot.changes) {
      // Of a task that nobody here began the answer will tell, or the next report shows that something is missing.
      if (own && isOpen(own.status)) this.#apply(known, own, snapshot, snapshot.changes);
    } else if (own === undefined) this.list = [...this.list, snapshot];
    else if (isOpen(own.status) && (snapshot.revision ?? 0) >= (own.revision ?? 0)) this.list = this.list.with(known, snapshot);
  }

  /** Takes a report that tells only what changed. */
  #apply(known: number, own: JobSnapshot, { changes: _, ...report }: JobSnapshot, { since, positions }: JobChanges): void {
    const revision = own.revision ?? 0;
    if (revision < since) void this.#renew(own.id);
    else if ((report.revision ?? 0) > revision) {
      const items = [...own.items];
      positions.forEach((position, index) => (items[position] = report.items[index] ?? items[position]!));
      this.list = this.list.with(known, { ...report, items });
    }
  }

  /** Asks for the whole of a task of which a report was missed. */
  async #renew(id: string): Promise<void> {
    if (this.#renewing.has(id)) return;
    this.#renewing.add(id);
    try {
      this.adopt(await backend.call('job_get', { id }));
    } catch {
      // The next report, or whoever watches the task, asks again.
    } finally {
      this.#renewing.delete(id);
    }
  }

  /** Takes a task that was begun here, with the key that it signs with, and watches it to its end. */
  begin(snapshot: JobSnapshot, key_ref: string | null, kind: JobKind = 'sign'): void {
    this.#kinds.set(snapshot.id, kind);
    if (key_ref !== null) this.#keys.set(snapshot.id, key_ref);
    this.adopt(snapshot);
    void this.#watch(snapshot.id);
  }

  /** Reports come by themselves; asking now and then makes a lost one harmless. */
  async #watch(id: string): Promise<void> {
    while (isOpen(this.find(id)?.status)) {
      const many = (this.find(id)?.items.length ?? 0) > MANY;
      await new Promise((resolve) => setTimeout(resolve, many ? 10 * WATCH_MS : WATCH_MS));
      if (!isOpen(this.find(id)?.status)) return;
      await backend.call('job_get', { id }).then(
        (snapshot) => this.adopt(snapshot),
        () => undefined,
      );
    }
  }

  /** What a task does. */
  kindOf(id: string): JobKind {
    return this.#kinds.get(id) ?? 'sign';
  }

  /** The key that a task signs with, where it was begun here. */
  keyOf(id: string): string | null {
    return this.#keys.get(id) ?? null;
  }

  /** Lets a task that waits for a person go on. */
  async resume(id: string): Promise<void> {
    this.adopt(await backend.call('job_resume', { id }));
  }

  /** A task by its identifier. */
  find(id: string | null): JobSnapshot | null {
    return this.list.find((job) => job.id === id) ?? null;
  }

  /** Keeps a task that ended out of the tray: its end was on the screen. */
  acknowledge(id: string): void {
    if (!this.acknowledged.includes(id)) this.acknowledged = [...this.acknowledged, id];
  }

  /** Forgets a task that ended; whoever does so has no need to be told of it. */
  forget(id: string): void {
    this.acknowledge(id);
    this.list = this.list.filter((job) => job.id !== id);
  }

  /** Forgets everything, when the session is left. */
  clear(): void {
    this.list = [];
    this.acknowledged = [];
    this.#keys.clear();
    this.#kinds.clear();
  }
}

/** The one list of tasks of the window. */
export const jobs = new Jobs();

/** Whether a task is not over: it works, or waits for a person. */
export function isOpen(status: JobStatus | undefined): boolean {
  return status === 'running' || status === 'paused';
}

/** How many entries of a task are over, however they ended. */
export function settled(job: JobSnapshot): number {
  return job.items.filter(({ state }) => state === 'done' || state === 'failed' || state === 'cancelled').length;
}
