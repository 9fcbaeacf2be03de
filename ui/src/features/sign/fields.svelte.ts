import { backend } from '../../backend';
import type { DocumentInfo, FieldView } from '../../generated/types';

/** The signature fields of the document on the screen. */
class Fields {
  #run = 0;
  /** In the order of the form; none while they are not known. */
  all = $state.raw<FieldView[]>([]);

  /** Reads those of a document; what cannot be read has none. */
  async read(document: DocumentInfo | null): Promise<void> {
    const run = ++this.#run;
    if (document?.kind !== 'pdf') {
      this.all = [];
      return;
    }
    const found = await backend.call('document_fields', { id: document.id }).catch(() => []);
    if (run === this.#run) this.all = found;
  }
}

/** Those of the one desk. */
export const fields = new Fields();
