/**
 * Passwords of PDFs on their way from the field into which one was typed to pdf.js, which needs it to draw the pages.
 * Each is handed out once and forgotten with that: nothing of it stays here while the document is looked at, signed or
 * left behind. (A string cannot be wiped in JavaScript; to let go of it at once is all that there is.) Who comes back to
 * the document types it again; signing does not ask again, because the backend keeps what opens it on its own side.
 */
const waiting = new Map<string, string>();

/** Hands over what opens a document, for the one time that its pages are opened next. */
export function handPassword(document: string, password: string): void {
  waiting.set(document, password);
}

/** Takes what opens a document, if it was just typed, and forgets it. */
export function takePassword(document: string): string | undefined {
  const password = waiting.get(document);
  waiting.delete(document);
  return password;
}

/** Forgets what nobody took, as the document leaves the desk. */
export function forgetPassword(document: string): void {
  waiting.delete(document);
}
