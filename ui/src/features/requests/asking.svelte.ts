import { backend } from '$ui/backend';
import type { RequestMakeWhat } from '$ui/generated/types';
import { m } from '$ui/i18n';
import { navigation } from '$ui/lib/navigation.svelte';
import { toasts } from '$ui/lib/toasts.svelte';
import { checkReason } from './reason';
import { requests } from './requests.svelte';

/** A form that asks another person for an act instead of doing it. */
export class Asking {
  on = $state(false);
  reason = $state('');
  problem = $state<string | null>(null);

  constructor(
    /** Id of the control for the reason. */
    readonly field: string,
  ) {}

  /** Whether the reason is good; otherwise it says why, and has the focus. */
  check(): boolean {
    this.problem = checkReason(this.reason, m.requests_ask_reason_missing());
    if (this.problem !== null) document.getElementById(this.field)?.focus();
    return this.problem === null;
  }

  /** Asks. Rejects with what went wrong. */
  async ask(what: RequestMakeWhat): Promise<void> {
    const made = await backend.call('request_make', { what, reason: this.reason.trim() });
    requests.adopt(made);
    toasts.done(m.requests_asked_toast(), { label: m.requests_asked_show(), run: () => navigation.go('requests', { id: made.id }) });
  }

  /** Forgets what was typed. */
  forget(): void {
    this.on = false;
    this.reason = '';
    this.problem = null;
  }
}
