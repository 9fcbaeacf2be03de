import { backend } from '../../backend';
import type { DocumentInfo, FieldView } from '../../generated/types';

/** The signature fields of the document on the screen. */
class Fields {
  #run = 0;
  #known = $state.raw<{ document: string; fields: FieldView[] } | null>(null);

  /** Those of a document, in the order of the form; none while they are not known. */
  of(document: Pick<DocumentInfo, 'id'> | null): FieldView[] {
    return document !== null && this.#known?.document === document.id ? this.#known.fields : [];
  }

  /** Reads those of a document; what cannot be read has none. */
  async read(document: DocumentInfo | null): Promise<void> {
    const run = ++this.#run;
    if (document?.kind !== 'pdf') return;
    const fields = await backend.call('document_fields', { id: document.id }).catch(() => []);
    if (run === this.#run) this.#known = { document: document.id, fields };
  }
}

/** Those of the one desk. */
export const fields = new Fields();
