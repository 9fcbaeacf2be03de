import { backend, toBackendError } from '../../backend';
import type { EvidenceFetch, TrustImport, TrustView, WireError } from '../../generated/types';

/** What trust rests on here, as the whole window knows it; what an import or a fetch brought stays until it is closed. */
class Trust {
  view = $state.raw<TrustView | null>(null);
  /** Why the store could not be read. */
  error = $state.raw<WireError | null>(null);
  /** Why the last act did not work. */
  problem = $state.raw<WireError | null>(null);
  imported = $state.raw<TrustImport | null>(null);
  fetched = $state.raw<EvidenceFetch | null>(null);
  importing = $state(false);
  /** The SHA-256 of the list that is being fetched, or `all`. */
  fetching = $state<string | null>(null);
  #turn = 0;

  /** Reads the store; only the newest answer counts. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.error = null;
    try {
      const view = await backend.call('trust_view', {});
      if (turn === this.#turn) this.view = view;
    } catch (thrown) {
      if (turn === this.#turn) this.error = toBackendError(thrown).wire;
    }
  }

  /** Lets a person choose the official bundle, and takes it in. Nothing happens where they choose none. */
  async importBundle(): Promise<void> {
    if (this.importing) return;
    this.importing = true;
    this.problem = null;
    try {
      const brought = await backend.call('trust_import', {});
      if (brought !== null) this.took(brought);
    } catch (thrown) {
      this.#failed(thrown);
    } finally {
      this.importing = false;
    }
  }

  /** Shows what an import brought, here or from the heap. */
  took(brought: TrustImport): void {
    this.#adopt(brought.trust);
    this.imported = brought;
  }

  /** Fetches one list, or every one that is not fresh. */
  async refresh(sha256: string | null): Promise<void> {
    if (this.fetching !== null) return;
    this.fetching = sha256 ?? 'all';
    this.problem = null;
    try {
      const fetched = await backend.call('evidence_refresh', { sha256 });
      this.#adopt(fetched.trust);
      this.fetched = fetched;
    } catch (thrown) {
      this.#failed(thrown);
    } finally {
      this.fetching = null;
    }
  }

  /** Forgets a list. Rejects with what went wrong. */
  async forget(sha256: string): Promise<void> {
    this.#adopt(await backend.call('evidence_forget', { sha256 }));
  }

  /** Carries out what two people decided about a root. Rejects with what went wrong. */
  async apply(request: string): Promise<void> {
    this.#adopt(await backend.call('trust_anchor_apply', { id: request }));
  }

  /** Forgets everything: somebody else works, or another office is open. */
  clear(): void {
    this.#turn += 1;
    this.view = null;
    this.error = this.problem = null;
    this.imported = null;
    this.fetched = null;
  }

  #adopt(view: TrustView): void {
    this.#turn += 1;
    this.view = view;
    this.error = null;
  }

  #failed(thrown: unknown): void {
    const { wire, silent } = toBackendError(thrown);
    if (!silent) this.problem = wire;
  }
}

/** The one trust store of the window. */
export const trust = new Trust();
