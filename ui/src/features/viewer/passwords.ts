/** Passwords of PDFs that were opened in this window; they are gone with it, and each with its document. */
const kept = new Map<string, string>();

/** Keeps what opens a document, so that its pages can be shown. */
export function keepPassword(document: string, password: string): void {
  kept.set(document, password);
}

/** What opens a document, if it was typed. */
export function passwordOf(document: string): string | undefined {
  return kept.get(document);
}

/** Forgets it, as the document is forgotten. */
export function forgetPassword(document: string): void {
  kept.delete(document);
}
