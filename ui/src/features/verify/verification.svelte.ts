import { backend, toBackendError } from '../../backend';
import type { DocumentInfo, VerifyReport, WireError } from '../../generated/types';
import { toasts } from '../../lib/toasts.svelte';

/** The document that is being judged. It outlives the page: leaving it loses nothing. */
class Verification {
  document = $state<DocumentInfo | null>(null);
  content = $state<DocumentInfo | null>(null);
  report = $state<VerifyReport | null>(null);
  failure = $state<WireError | null>(null);
  busy = $state(false);

  #run = 0;

  /** Judges a document; of two that overlap only the newer one counts. */
  async run(document: DocumentInfo, content: DocumentInfo | null = null): Promise<void> {
    const run = ++this.#run;
    this.document = document;
    this.content = content;
    this.report = null;
    this.failure = null;
    this.busy = true;
    try {
      const report = await backend.call('verify', { document: document.id, content: content?.id ?? null });
      if (run === this.#run) this.report = report;
    } catch (thrown) {
      const { wire, silent } = toBackendError(thrown);
      if (run === this.#run && !silent) this.failure = wire;
    } finally {
      if (run === this.#run) this.busy = false;
    }
  }

  /** Asks for a document with the system's own dialog; false when none was chosen. */
  async pick(): Promise<boolean> {
    try {
      const [document] = await backend.call('documents_pick', { purpose: 'verify' });
      if (document) void this.run(document);
      return document !== undefined;
    } catch (thrown) {
      toasts.problem(thrown);
      return false;
    }
  }

  /** Asks for what a detached signature signed. */
  async pickContent(): Promise<void> {
    const { document } = this;
    if (!document) return;
    try {
      const [content] = await backend.call('documents_pick', { purpose: 'content' });
      if (content) await this.run(document, content);
    } catch (thrown) {
      toasts.problem(thrown);
    }
  }

  clear(): void {
    this.#run += 1;
    this.document = null;
    this.content = null;
    this.report = null;
    this.failure = null;
    this.busy = false;
  }
}

/** The one verification of the window. */
export const verification = new Verification();
