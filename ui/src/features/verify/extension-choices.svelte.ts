import { backend } from '../../backend';
import type { DocumentInfo, ExtendRequest, OutputFolder, SignLevel } from '../../generated/types';
import { toasts } from '../../lib/toasts.svelte';
import { isAddress } from '../settings/tsa-form';

/** How signatures are taken to a higher level. */
export class ExtendChoices {
  level = $state<SignLevel>('b-lta');
  /** Whether a lower level is taken where what the wished one needs is not to be had. */
  acceptLower = $state(false);
  /** Whether nobody is asked over the network. */
  offline = $state(false);
  /** Files with certificates, lists and OCSP answers that count this time. */
  evidence = $state.raw<DocumentInfo[]>([]);
  /** Address of an authority that is asked first, this time only. */
  authority = $state('');
  /** Where results go; beside each original where there is none. */
  folder = $state.raw<OutputFolder | null>(null);

  /** Whether it is known that the office has nobody who gives time stamps. */
  unstamped = $state(false);

  /** Whether what needs a time stamp gets none, as far as is known. */
  get doubtful(): boolean {
    return this.offline || (this.unstamped && this.named === null);
  }

  /** Learns whether there are authorities. What cannot be told is not told: the job itself says what it lacks. */
  async lookForAuthorities(): Promise<void> {
    try {
      this.unstamped = (await backend.call('tsa_list', {})).length === 0;
    } catch {
      this.unstamped = false;
    }
  }

  /** Back to the usual ones. */
  reset(level: SignLevel): void {
    this.level = level;
    this.acceptLower = false;
    this.offline = false;
    this.evidence = [];
    this.authority = '';
    this.folder = null;
  }

  /** The address that counts: none is asked without the network. */
  get named(): string | null {
    return this.offline || this.authority.trim() === '' ? null : this.authority.trim();
  }

  /** Whether it can be asked for so. */
  get wellFormed(): boolean {
    return this.named === null || isAddress(this.named);
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
      ...(this.named === null ? {} : { authorities: [this.named] }),
      ...(contents.length > 0 ? { contents: contents.map(({ id }) => id) } : {}),
    };
  }
}
