import { backend } from '../backend';
import type { JobSnapshot } from '../generated/types';

/** The tasks of this session. They live here, so that leaving a page ends none of them. */
class Jobs {
  list = $state<JobSnapshot[]>([]);
  acknowledged = $state<string[]>([]);

  /** Follows the program's reports; the answer stops following. */
  follow(): () => void {
    return backend.on('job', (snapshot) => this.adopt(snapshot));
  }

  /** Takes what a command or an event said of a task. A task that ended does not run again: late reports are ignored. */
  adopt(snapshot: JobSnapshot): void {
    const known = this.list.findIndex(({ id }) => id === snapshot.id);
    if (known < 0) this.list = [...this.list, snapshot];
    else if (this.list[known]?.status === 'running') this.list[known] = snapshot;
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
  }
}

/** The one list of tasks of the window. */
export const jobs = new Jobs();

/** How many entries of a task are over, however they ended. */
export function settled(job: JobSnapshot): number {
  return job.items.filter(({ state }) => state === 'done' || state === 'failed' || state === 'cancelled').length;
}
