import { backend } from '$ui/backend';
import type { CertificateBundle, DocumentInfo } from '$ui/generated/types';

/** A file with certificates that was opened while the program runs. */
export interface OpenedFile {
  document: DocumentInfo;
  bundle: CertificateBundle;
}

/** Files that stay open when the page is left and entered again. */
class OpenedFiles {
  list = $state.raw<OpenedFile[]>([]);

  /** Opens a file; rejects where it holds nothing that can be shown. */
  async open(document: DocumentInfo): Promise<OpenedFile> {
    const bundle = await backend.call('certificates_open', { from: 'document', id: document.id });
    const file = { document, bundle };
    this.list = [file, ...this.list.filter((other) => other.document.id !== document.id)];
    return file;
  }

  /** Closes a file and lets the backend forget it. */
  close(id: string): void {
    this.list = this.list.filter(({ document }) => document.id !== id);
    void backend.call('document_forget', { id }).catch(() => undefined);
  }
}

/** The one heap of opened files. */
export const openedFiles = new OpenedFiles();
