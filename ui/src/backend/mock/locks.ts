import type { KeyUnlockState, WireError } from '../../generated/types';

import { failure, wireError } from './failure';

/** What a token or an A1 file wants before it signs. */
export interface Lock {
  needs: 'pin' | 'password';
  name: string;
  secret: string;
  pin_pad: boolean;
  open: boolean;
  /** Wrong PINs in a row; the third locks a token. */
  wrong: number;
}

const WRONG_PINS = 3;

/** The locks of the pretended office, by the key or token that they are on. */
export class Locks {
  #locks = new Map<string, Lock>();

  put(id: string, lock: Pick<Lock, 'needs' | 'name' | 'secret'> & Partial<Lock>): void {
    this.#locks.set(id, { pin_pad: false, open: false, wrong: 0, ...lock });
  }

  get(id: string): Lock | undefined {
    return this.#locks.get(id);
  }

  drop(id: string): void {
    this.#locks.delete(id);
  }

  /** Tries a secret; `null` is what a PIN pad sends, and right. */
  open(id: string, secret: string | null): void {
    const lock = this.#locks.get(id);
    if (lock === undefined || lock.open) return;
    if (lock.wrong >= WRONG_PINS) throw failure('token_pin_locked', { token: lock.name });
    if (secret === null || secret === lock.secret) {
      lock.open = true;
      lock.wrong = 0;
      return;
    }
    if (lock.needs === 'password') throw failure('a1_password_wrong', { file: lock.name }, { retry: 'after_action' });
    lock.wrong += 1;
    if (lock.wrong >= WRONG_PINS) throw failure('token_pin_locked', { token: lock.name });
    throw failure('token_pin_wrong', { token: lock.name, tries: triesOf(lock) }, { retry: 'after_action' });
  }

  close(id: string): void {
    const lock = this.#locks.get(id);
    if (lock !== undefined) lock.open = false;
  }

  state(key_ref: string): KeyUnlockState {
    const lock = this.#locks.get(key_ref);
    if (lock === undefined) return { key_ref, needs: 'nothing', name: '', tries: null, pin_pad: false };
    return { key_ref, needs: lock.open ? 'nothing' : lock.needs, name: lock.name, tries: lock.needs === 'pin' ? triesOf(lock) : null, pin_pad: lock.pin_pad };
  }

  /** Why a key does not sign now; null where it does. */
  problem(key_ref: string): WireError | null {
    const lock = this.#locks.get(key_ref);
    if (lock === undefined || lock.open) return null;
    return lock.needs === 'pin' ? wireError('token_pin_required', { token: lock.name, tries: triesOf(lock) }, { retry: 'after_action' }) : wireError('a1_password_required', { file: lock.name }, { retry: 'after_action' });
  }
}

/** How many tries are left, as a token says it. */
export function triesOf({ wrong }: Pick<Lock, 'wrong'>): string {
  return wrong === 0 ? 'full' : wrong === WRONG_PINS - 1 ? 'last' : 'few';
}
