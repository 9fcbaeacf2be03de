import { backend, toBackendError } from '../../backend';
import type { RotationAdvance, RotationView, WireError } from '../../generated/types';

/** How often a rotation that is being worked on is looked at, in milliseconds. */
const WATCH_MS = 1000;

/** The rotations of the office, as the page works with them. */
export class Rotations {
  list = $state.raw<RotationView[] | null>(null);
  error = $state.raw<WireError | null>(null);
  /** The rotation that this window takes steps of right now. */
  working = $state<string | null>(null);

  /** Asks for the list. */
  async load(): Promise<void> {
    this.error = null;
    try {
      this.list = await backend.call('rotations_list', {});
    } catch (thrown) {
      this.error = toBackendError(thrown).wire;
    }
  }

  /** Takes what a command answered about one. */
  adopt(rotation: RotationView): void {
    const list = this.list ?? [];
    this.list = list.some(({ id }) => id === rotation.id) ? list.map((each) => (each.id === rotation.id ? rotation : each)) : [rotation, ...list];
  }

  /** Takes steps. While they are taken, every one that ends is shown. Rejects with what went wrong. */
  async advance(request: RotationAdvance): Promise<RotationView> {
    return this.#work(request.id, () => backend.call('rotation_advance', request));
  }

  /** Undoes a rotation. Rejects with what went wrong. */
  async undo(id: string, reason: string): Promise<RotationView> {
    return this.#work(id, () => backend.call('rotation_undo', { id, reason }));
  }

  /** Brings the certificate of a CA outside. Rejects with what went wrong. */
  async bring(id: string, document: string): Promise<RotationView> {
    return this.#work(id, () => backend.call('rotation_certificate_bring', { id, certificate: { id: document } }));
  }

  /** Calls the deletion of the old key off. Rejects with what went wrong. */
  async cancelDeletion(id: string): Promise<RotationView> {
    return this.#work(id, () => backend.call('rotation_deletion_cancel', { id }));
  }

  async #work(id: string, call: () => Promise<RotationView>): Promise<RotationView> {
    this.working = id;
    const watch = setInterval(() => void this.#look(id), WATCH_MS);
    try {
      const rotation = await call();
      this.working = null;
      this.adopt(rotation);
      return rotation;
    } finally {
      clearInterval(watch);
      const failed = this.working !== null;
      this.working = null;
      // What was done before something failed is evidence too.
      if (failed) await this.#look(id, true);
    }
  }

  async #look(id: string, always = false): Promise<void> {
    try {
      const rotation = await backend.call('rotation_get', { id });
      if (always || this.working === id) this.adopt(rotation);
    } catch {
      // The call that works says what is wrong.
    }
  }
}
