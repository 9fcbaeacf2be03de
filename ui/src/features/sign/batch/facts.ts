import type { IdentitySummary, OutputFolder, SignPreview } from '../../../generated/types';
import { m } from '../../../i18n';
import { formatWord } from '../../../i18n/words';
import { algorithmWord } from '../words';
import { levelName } from './words';

/** What a whole batch is signed with; it stays so until the batch ends. */
export interface BatchFacts {
  identity: string;
  holder: string;
  /** Form, level and algorithm; null where it is not known here. */
  form: string | null;
  /** Where the results go; null where it is not known here. */
  folder: string | null;
  /** When an interrupted batch was begun; null for one that was begun now. */
  startedAt: string | null;
}

/** What a batch will be signed with, as the preview says it. */
export function factsOf(identity: IdentitySummary, preview: SignPreview | null, folder: OutputFolder | null): BatchFacts {
  const signed = preview?.items.filter(({ problem }) => problem === null) ?? [];
  const forms = [...new Set(signed.map(({ format, level }) => `${formatWord(format)}, ${levelName(level)}`))];
  const form = [...forms, ...(preview ? [algorithmWord(preview.algorithm)] : [])].join('; ');
  return { identity: identity.label, holder: identity.holder, form: form === '' ? null : form, folder: folder?.display ?? m.sign_folder_beside(), startedAt: null };
}
