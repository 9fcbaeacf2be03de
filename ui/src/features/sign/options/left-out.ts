import type { SignFormat, SignPreviewItem, SignProfile } from '../../../generated/types';

/** What was chosen that only a signature inside a PDF can carry. */
export type PdfChoice = 'stamp' | 'field' | 'certify' | 'lock' | 'reason' | 'location';

/** What was chosen that only a signature in a .p7s can carry. */
export type CmsChoice = 'hint' | 'mime' | 'place';

/** Choices that some documents of the queue do not get, and which documents those are. */
export type LeftOut = { only: 'pdf'; choices: PdfChoice[]; documents: string[] } | { only: 'cms'; choices: CmsChoice[]; documents: string[] };

type Chosen = Pick<SignProfile, 'stamp' | 'field' | 'certify' | 'lock' | 'content_hint' | 'mime_type' | 'signer_location'>;

/** What of the choices some documents cannot carry because of the form of their result; nothing where everybody gets everything. */
export function leftOut(items: SignPreviewItem[], profile: Chosen, said: { reason: string; location: string }): LeftOut[] {
  const pdf: Record<PdfChoice, boolean> = {
    stamp: Boolean(profile.stamp),
    field: Boolean(profile.field),
    certify: Boolean(profile.certify),
    lock: Boolean(profile.lock) && !profile.field,
    reason: said.reason.trim() !== '',
    location: said.location.trim() !== '',
  };
  const { locality = null, country = null, postal_address = [] } = profile.signer_location ?? {};
  const cms: Record<CmsChoice, boolean> = {
    hint: Boolean(profile.content_hint?.trim()),
    mime: Boolean(profile.mime_type?.trim()),
    place: [locality, country, ...postal_address].some((line) => line?.trim()),
  };
  const without = (carriers: SignFormat[]) => items.filter(({ problem, format }) => problem === null && !carriers.includes(format)).map(({ document }) => document);
  const all: LeftOut[] = [
    { only: 'pdf', choices: chosen(pdf), documents: without(['pades']) },
    { only: 'cms', choices: chosen(cms), documents: without(['cades-detached', 'cades-enveloping']) },
  ];
  return all.filter(({ choices, documents }) => choices.length > 0 && documents.length > 0);
}

function chosen<T extends string>(choices: Record<T, boolean>): T[] {
  return (Object.keys(choices) as T[]).filter((choice) => choices[choice]);
}
