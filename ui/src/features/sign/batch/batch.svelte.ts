import type { JobSnapshot } from '../../../generated/types';
import { desk } from '../desk.svelte';
import { factsOf, type BatchFacts } from './facts';

/** From so many documents on the queue is drawn as a long list: rows of one height, only those in sight. */
export const LONG = 40;

/** The review of a batch, and what the batch that runs was begun with. */
class Batch {
  /** Whether the documents are being looked through; options are shut meanwhile. */
  reviewing = $state(false);
  #frozen = $state.raw<{ job: string; facts: BatchFacts } | null>(null);

  /** What the batch on the desk would be signed with. */
  get facts(): BatchFacts | null {
    return desk.identity === null ? null : factsOf(desk.identity, desk.preview, desk.folder);
  }

  /** What a task was begun with, where it was begun here. */
  factsOf(job: JobSnapshot): BatchFacts | null {
    return this.#frozen?.job === job.id ? this.#frozen.facts : null;
  }

  /** Signs what lies on the desk, and remembers with what. */
  async sign(): Promise<void> {
    const facts = this.facts;
    await desk.sign();
    if (desk.jobId !== null && facts !== null) {
      this.#frozen = { job: desk.jobId, facts };
      this.reviewing = false;
    }
  }
}

/** The one batch of the window. */
export const batch = new Batch();
