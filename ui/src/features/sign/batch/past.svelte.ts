import { backend, toBackendError } from '../../../backend';
import type { BatchView, JobItem, WireError } from '../../../generated/types';

/** What became of the documents of a batch, as far as it was asked for. */
export type PastDocuments = { items: JobItem[] } | { error: WireError } | null;

/** The newest batches of the office, whoever began them and wherever they stand. */
export class PastBatches {
  list = $state.raw<BatchView[] | null>(null);
  error = $state.raw<WireError | null>(null);
  #documents = $state.raw(new Map<string, PastDocuments>());

  async load(): Promise<void> {
    this.error = null;
    try {
      this.list = await backend.call('batches_latest', {});
    } catch (thrown) {
      this.error = toBackendError(thrown).wire;
    }
  }

  documentsOf(id: string): PastDocuments {
    return this.#documents.get(id) ?? null;
  }

  /** Asks for the documents of a batch; what is known already is not asked for again. */
  async open(id: string): Promise<void> {
    const known = this.#documents.get(id);
    if (known && 'items' in known) return;
    const told: PastDocuments = await backend.call('batch_documents', { id }).then(
      (items) => ({ items: failedFirst(items) }),
      (thrown: unknown) => ({ error: toBackendError(thrown).wire }),
    );
    this.#documents = new Map(this.#documents).set(id, told);
  }
}

/** What went wrong is what somebody looks for. */
function failedFirst(items: JobItem[]): JobItem[] {
  return [...items.filter(({ error }) => error !== null), ...items.filter(({ error }) => error === null)];
}
