import { backend } from '../../backend';
import type { DocumentInfo, ExtendRequest, OutputFolder, SignLevel } from '../../generated/types';
import { toasts } from '../../lib/toasts.svelte';

/** How signatures are taken to a higher level. */
export class ExtendChoices {
  level = $state<SignLevel>('b-lta');
  /** Whether a lower level is taken where what the wished one needs is not to be had. */
  acceptLower = $state(false);
  /** Whether nobody is asked over the network. */
  offline = $state(false);
  /** Files with certificates, lists and OCSP answers that count this time. */
  evidence = $state.raw<DocumentInfo[]>([]);
  /** Where results go; beside each original where there is none. */
  folder = $state.raw<OutputFolder | null>(null);

  /** Back to the usual ones. */
  reset(level: SignLevel): void {
    this.level = level;
    this.acceptLower = false;
    this.offline = false;
    this.evidence = [];
    this.folder = null;
  }

  async pickFolder(): Promise<void> {
    try {
      this.folder = (await backend.call('output_folder_pick', {})) ?? this.folder;
    } catch (thrown) {
      toasts.problem(thrown);
    }
  }

  /** What is asked for `documents`; `contents` are files that somebody named as what detached signatures among them sign. */
  request(documents: readonly string[], contents: readonly DocumentInfo[] = []): ExtendRequest {
    return {
      documents: [...documents],
      level: this.level,
      output_folder: this.folder?.id ?? null,
      accept_lower_level: this.acceptLower,
      offline: this.offline,
      ...(this.evidence.length > 0 ? { evidence: this.evidence.map(({ id }) => id) } : {}),
      ...(contents.length > 0 ? { contents: contents.map(({ id }) => id) } : {}),
    };
  }
}
