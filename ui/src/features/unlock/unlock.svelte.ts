import { backend } from '$ui/backend';
import type { KeyOriginView } from '$ui/generated/types';
import { UnlockAttempt } from './attempt.svelte';

/** Whether a key of this kind may need a PIN or a password before it signs. */
export function mayBeLocked(origin: KeyOriginView): boolean {
  return origin === 'token' || origin === 'p12_file';
}

/** The one dialog that asks for PINs and passwords before something is signed. */
class Unlock {
  attempt = $state.raw<UnlockAttempt | null>(null);

  #answer: ((opened: boolean) => void) | null = null;

  /**
   * Makes sure that a key can sign; false when the person gave up.
   *
   * Rejects where the key's state cannot be learnt.
   */
  async ask(key_ref: string): Promise<boolean> {
    const state = await backend.call('key_unlock_state', { key_ref });
    if (state.needs === 'nothing') return true;
    this.#end(false);
    this.attempt = new UnlockAttempt(state);
    return new Promise((resolve) => (this.#answer = resolve));
  }

  /** Tries what was typed; the dialog goes away once the key is open. */
  async submit(): Promise<void> {
    const attempt = this.attempt;
    if (attempt && (await attempt.submit()) && this.attempt === attempt) this.#end(true);
  }

  /** The person gave up. */
  close(): void {
    this.#end(false);
  }

  #end(opened: boolean): void {
    const answer = this.#answer;
    this.#answer = null;
    if (this.attempt) this.attempt.secret = '';
    this.attempt = null;
    answer?.(opened);
  }
}

export const unlock = new Unlock();
