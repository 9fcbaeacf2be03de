import { backend } from '../backend';
import type { JobSnapshot, JobStatus } from '../generated/types';

/** What a task does. */
export type JobKind = 'sign' | 'extend';

/** The tasks of this session. They live here, so that leaving a page ends none of them. */
class Jobs {
  /** Raw: a snapshot is replaced as a whole, and one of 5,000 documents must not become 5,000 watched objects. */
  list = $state.raw<JobSnapshot[]>([]);
  acknowledged = $state<string[]>([]);

  /** Tasks that do something else than sign. */
  #kinds = new Map<string, JobKind>();

  /** Which key each task signs with, to know what to open when one waits for a PIN. */
  #keys = new Map<string, string>();

  /** Follows the program's reports; the answer stops following. */
  follow(): () => void {
    return backend.on('job', (snapshot) => this.adopt(snapshot));
  }

  /** Takes what a command or an event said of a task. A task that ended does not run again: late reports are ignored. */
  adopt(snapshot: JobSnapshot): void {
    const known = this.list.findIndex(({ id }) => id === snapshot.id);
    if (known < 0) this.list = [...this.list, snapshot];
    else if (isOpen(this.list[known]?.status)) this.list = this.list.with(known, snapshot);
  }

  /** Takes a task that was begun here, with the key that it signs with; empty where that is not known. */
  begin(snapshot: JobSnapshot, key_ref: string, kind: JobKind = 'sign'): void {
    this.#kinds.set(snapshot.id, kind);
    if (key_ref !== '') this.#keys.set(snapshot.id, key_ref);
    this.adopt(snapshot);
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

  /** Forgets a task that ended. */
  forget(id: string): void {
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
