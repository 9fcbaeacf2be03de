import type { SignPreviewItem, SignProfile } from '../../../generated/types';

/** What was chosen that only a signature inside a PDF can carry. */
export type PdfChoice = 'stamp' | 'field' | 'certify' | 'reason' | 'location';

/** Choices that some documents of the queue do not get, and which documents those are. */
export interface LeftOut {
  choices: PdfChoice[];
  documents: string[];
}

/** What of the choices a document cannot carry because its result is no PDF; null where everybody gets everything. */
export function leftOut(items: SignPreviewItem[], { stamp, field, certify }: Pick<SignProfile, 'stamp' | 'field' | 'certify'>, said: { reason: string; location: string }): LeftOut | null {
  const chosen: Record<PdfChoice, boolean> = {
    stamp: Boolean(stamp),
    field: Boolean(field),
    certify: Boolean(certify),
    reason: said.reason.trim() !== '',
    location: said.location.trim() !== '',
  };
  const choices = (Object.keys(chosen) as PdfChoice[]).filter((choice) => chosen[choice]);
  const documents = items.filter(({ problem, format }) => problem === null && format !== 'pades').map(({ document }) => document);
  return choices.length === 0 || documents.length === 0 ? null : { choices, documents };
}
