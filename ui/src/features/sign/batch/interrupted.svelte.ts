import { backend, toBackendError } from '../../../backend';
import type { BatchView, JobSnapshot, WireError } from '../../../generated/types';

/** Batches that the program or the machine left unfinished. */
class InterruptedBatches {
  list = $state.raw<BatchView[]>([]);
  error = $state.raw<WireError | null>(null);
  /** The batch that is being continued or given up. */
  busy = $state<string | null>(null);

  /** Asks for them. A place that only mentions them stays quiet when it cannot be learnt. */
  async load(): Promise<void> {
    try {
      this.list = await backend.call('batches_interrupted', {});
      this.error = null;
    } catch (thrown) {
      this.error = toBackendError(thrown).wire;
    }
  }

  /** Goes on with what is left; null where one is under way already. */
  async resume(id: string): Promise<JobSnapshot | null> {
    if (this.busy !== null) return null;
    this.busy = id;
    try {
      const job = await backend.call('batch_resume', { id });
      this.list = this.list.filter((batch) => batch.id !== id);
      return job;
    } finally {
      this.busy = null;
    }
  }

  /** Gives up what is left, with a reason for the trail. */
  async abandon(id: string, reason: string): Promise<void> {
    if (this.busy !== null) return;
    this.busy = id;
    try {
      this.list = await backend.call('batch_abandon', { id, reason });
    } finally {
      this.busy = null;
    }
  }
}

/** The one list of the window. */
export const interrupted = new InterruptedBatches();
