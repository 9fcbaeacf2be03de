import { toBackendError } from '../backend';
import type { WireError } from '../generated/types';

/** A short message about something whose result is elsewhere. */
export interface Toast {
  id: number;
  kind: 'done' | 'notice' | 'problem';
  text: string;
  error: WireError | null;
  action: { label: string; run: () => void } | null;
}

/** Problems stay until they are closed; the rest leaves by itself, never while it is pointed at. */
const LIFETIME_MS = 7000;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** Says that something was done. */
  done(text: string, action: Toast['action'] = null): void {
    this.#add({ kind: 'done', text, error: null, action });
  }

  /** Says something that is neither success nor failure. */
  notice(text: string, action: Toast['action'] = null): void {
    this.#add({ kind: 'notice', text, error: null, action });
  }

  /** Says what went wrong, unless nothing needs to be said (a cancelled dialog). */
  problem(thrown: unknown): void {
    const { wire, silent } = toBackendError(thrown);
    if (!silent) this.#add({ kind: 'problem', text: '', error: wire, action: null });
  }

  /** Takes one away. */
  close(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  /** Stops the clock of one while it is being read. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id));
  }

  /** Starts the clock of one again. */
  release(id: number): void {
    if (this.list.some((toast) => toast.id === id && toast.kind !== 'problem')) {
      this.#timers.set(
        id,
        setTimeout(() => this.close(id), LIFETIME_MS),
      );
    }
  }

  #add(toast: Omit<Toast, 'id'>): void {
    const id = this.#next++;
    this.list = [...this.list, { ...toast, id }].slice(-4);
    this.release(id);
  }
}

/** The one toast region of the window. */
export const toasts = new Toasts();
