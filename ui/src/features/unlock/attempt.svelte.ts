import { backend, sealText, toBackendError } from '$ui/backend';
import type { KeyUnlockState, WireError } from '$ui/generated/types';
import { m } from '$ui/i18n';

/**
 * One person at one locked key: the PIN or password is typed, sealed, sent once and forgotten.
 *
 * A wrong one is never sent again by itself: every try of a PIN counts towards the token's lock.
 */
export class UnlockAttempt {
  state: KeyUnlockState = $state.raw({ key_ref: '', needs: 'nothing', name: '', tries: null, pin_pad: false });
  secret = $state('');
  keep = $state(false);
  busy = $state(false);
  /** What is wrong with what was typed. */
  problem = $state<string | null>(null);
  /** What went wrong otherwise. */
  error = $state.raw<WireError | null>(null);
  /** Whether no further try makes sense: the token is locked. */
  over = $state(false);

  constructor(state: KeyUnlockState) {
    this.state = state;
  }

  /** Whether somebody types here, and not at the reader's own keys. */
  get typed(): boolean {
    return !(this.state.needs === 'pin' && this.state.pin_pad);
  }

  /** Tries what was typed; true once the key is open. */
  async submit(): Promise<boolean> {
    if (this.busy || this.over) return false;
    this.error = null;
    this.problem = null;
    if (this.typed && this.secret === '') {
      this.problem = this.state.needs === 'pin' ? m.unlock_pin_empty() : m.unlock_password_empty();
      return false;
    }
    this.busy = true;
    try {
      const secret = this.typed ? await sealText(backend, this.secret) : null;
      // Sealed: from here on the page has no use for it.
      this.secret = '';
      this.state = await backend.call('key_unlock', { key_ref: this.state.key_ref, secret, ...(this.state.needs === 'password' ? { keep: this.keep } : {}) });
      return this.state.needs === 'nothing';
    } catch (thrown) {
      await this.#fail(toBackendError(thrown).wire);
      return false;
    } finally {
      this.secret = '';
      this.busy = false;
    }
  }

  async #fail(wire: WireError): Promise<void> {
    switch (wire.code) {
      case 'token_pin_wrong':
      // Nothing was sent to the token: the PIN pad was left, or nobody had been told yet that this is the last try.
      case 'token_pin_required':
        this.state = { ...this.state, tries: wire.params['tries'] ?? this.state.tries };
        this.problem = pinProblem(wire, this.state.pin_pad);
        await this.#look();
        break;
      case 'a1_password_wrong':
        this.problem = m.unlock_password_wrong();
        break;
      case 'token_pin_locked':
        this.over = true;
        this.error = wire;
        break;
      default:
        if (wire.severity !== 'silent') this.error = wire;
    }
  }

  /** Looks at the token again. Only whoever was shown that one try is left may spend it. */
  async #look(): Promise<void> {
    const state = await backend.call('key_unlock_state', { key_ref: this.state.key_ref }).catch(() => null);
    if (state !== null && state.needs !== 'nothing') this.state = state;
  }
}

/** What to say of a PIN that did not open a token. */
export function pinProblem({ code, params }: WireError, pin_pad: boolean): string {
  if (code === 'token_pin_wrong') return m.unlock_pin_wrong();
  if (params['tries'] === 'last') return m.unlock_pin_last();
  return pin_pad ? m.unlock_pad_left() : m.unlock_pin_empty();
}
