import { backend, toBackendError } from '../../backend';
import type { DocumentInfo, JobSnapshot, SignLevel, WireError } from '../../generated/types';
import { isOpen, jobs } from '../../lib/jobs.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { ExtendChoices } from './extension-choices.svelte';
import { verification } from './verification.svelte';


/** The extension of the document that is being judged. It outlives the page. */
class Extension extends ExtendChoices {
  /** The document that the choices and the task are about. */
  document = $state.raw<DocumentInfo | null>(null);
  open = $state(false);
  failure = $state.raw<WireError | null>(null);
  starting = $state(false);
  jobId = $state<string | null>(null);

  get job(): JobSnapshot | null {
    return jobs.find(this.jobId);
  }

  /** Turns to a document; what was chosen for another one is forgotten, its task goes on. */
  turnTo(document: DocumentInfo, level: SignLevel): void {
    if (this.document?.id === document.id) return;
    this.document = document;
    this.open = false;
    this.reset(level);
    this.failure = null;
    this.jobId = null;
  }

  async start(): Promise<void> {
    const { document } = this;
    if (document === null || !this.wellFormed || this.starting || isOpen(this.job?.status)) return;
    this.starting = true;
    this.failure = null;
    try {
      const content = verification.document?.id === document.id ? verification.content : null;
      const job = await backend.call('extend_start', this.request([document.id], content === null ? [] : [content]));
      jobs.begin(job, null, 'extend');
      if (this.document === document) this.jobId = job.id;
    } catch (thrown) {
      const { wire, silent } = toBackendError(thrown);
      this.failure = silent ? null : wire;
    } finally {
      this.starting = false;
    }
  }

  async cancel(): Promise<void> {
    if (this.jobId === null) return;
    try {
      jobs.adopt(await backend.call('job_cancel', { id: this.jobId }));
    } catch (thrown) {
      toasts.problem(thrown);
    }
  }

  /** Back to the choices after a task that ended. */
  again(): void {
    if (this.jobId !== null) jobs.forget(this.jobId);
    this.jobId = null;
  }

}

/** The one extension of the window. */
export const extension = new Extension();
