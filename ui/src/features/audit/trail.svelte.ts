import { backend, toBackendError } from '$ui/backend';
import type { TrailView, WireError } from '$ui/generated/types';

/** What is known about the whole trail since the program was started. */
class TrailSeal {
  view = $state.raw<TrailView | null>(null);
  error = $state.raw<WireError | null>(null);
  busy = $state(false);

  /** Checks every record. The check itself becomes a record. */
  async verify(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      this.view = await backend.call('audit_verify', {});
    } catch (thrown) {
      this.error = toBackendError(thrown).wire;
    } finally {
      this.busy = false;
    }
  }
}

/** Lives as long as the page is open: another office has another trail. */
export const newTrailSeal = (): TrailSeal => new TrailSeal();
