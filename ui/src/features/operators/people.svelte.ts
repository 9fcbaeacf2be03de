import { backend, sealText, toBackendError } from '$ui/backend';
import type { OperatorCard, OperatorChange, WireError } from '$ui/generated/types';

/** The people of the office, as a page works with them. */
export class People {
  list = $state.raw<OperatorCard[] | null>(null);
  error = $state.raw<WireError | null>(null);

  /** Asks for the list. */
  async load(): Promise<void> {
    this.error = null;
    try {
      this.list = await backend.call('operators_list', {});
    } catch (thrown) {
      this.error = toBackendError(thrown).wire;
    }
  }

  /** Adds a person; the password crosses sealed. Rejects with what went wrong. */
  async add(name: string, role: string, password: string | null): Promise<void> {
    this.list = await backend.call('operator_add', { name: name.trim(), role, password: password === null ? null : await sealText(backend, password) });
  }

  /** Changes name or role, or switches somebody off. Rejects with what went wrong. */
  async change(change: OperatorChange): Promise<void> {
    this.list = await backend.call('operator_change', { ...change, name: change.name.trim() });
  }

  /** Sets a password; one's own with the current one. Rejects with what went wrong. */
  async password(id: string, current: string | null, next: string): Promise<void> {
    this.list = await backend.call('operator_password', { id, current: current === null ? null : await sealText(backend, current), new: await sealText(backend, next) });
  }
}
