import { tick } from 'svelte';
import { backend, sealText, toBackendError } from '$ui/backend';
import type { AppState, WireError } from '$ui/generated/types';
import { m } from '$ui/i18n';
import { navigation } from '$ui/lib/navigation.svelte';
import { session } from '$ui/lib/session.svelte';
import { type Problem, checkNames } from './form';

/** Characters that a passphrase for new keys needs; the program asks for the same. */
const SHORTEST_PASSPHRASE = 12;

export type EntryField = 'office' | 'operator' | 'passphrase';

/** The way into production: a profile, and what the program turns out to need besides. */
export class Entering {
  /** The office has no names yet. */
  naming = $state(false);
  /** There is no keyring: local keys are sealed with a passphrase. */
  locked = $state(false);
  office = $state('');
  operator = $state('');
  passphrase = $state('');
  problems = $state.raw<Problem<EntryField>[]>([]);
  error = $state.raw<WireError | null>(null);
  busy = $state(false);

  readonly ids: Record<EntryField, string>;

  constructor(prefix: string) {
    this.ids = { office: `${prefix}-office`, operator: `${prefix}-operator`, passphrase: `${prefix}-passphrase` };
  }

  /** Enters with a profile; true when that was all. Otherwise the form asks for what is missing or says what is wrong. */
  async submit(profile: string): Promise<boolean> {
    if (this.busy) return false;
    this.error = null;
    this.problems = this.#check();
    if (this.problems[0]) {
      this.#focus(this.problems[0].field);
      return false;
    }
    this.busy = true;
    try {
      await this.#enter(profile);
      return true;
    } catch (thrown) {
      await this.#learn(toBackendError(thrown).wire);
      return false;
    } finally {
      this.busy = false;
    }
  }

  reset(): void {
    this.naming = false;
    this.locked = false;
    this.passphrase = '';
    this.error = null;
    this.problems = [];
  }

  async #enter(profile: string): Promise<AppState> {
    const next = await backend.call('production_start', {
      profile,
      office_name: this.naming ? this.office.trim() : null,
      operator_name: this.naming ? this.operator.trim() : null,
      passphrase: this.locked ? await sealText(backend, this.passphrase) : null,
    });
    this.passphrase = '';
    navigation.go('home');
    return session.adopt(next);
  }

  /** Only the program knows whether this office has names and how its keys are kept. */
  async #learn(wire: WireError): Promise<void> {
    if (wire.code === 'names_needed' && !this.naming) {
      this.naming = true;
      await tick();
      this.#focus('office');
    } else if (wire.code === 'key_store_passphrase_required' && !this.locked) {
      this.locked = true;
      await tick();
      this.#focus('passphrase');
    } else if (wire.code === 'key_store_passphrase_wrong') {
      this.problems = [{ field: 'passphrase', text: m.settings_error_passphrase_wrong() }];
      this.#focus('passphrase');
    } else this.error = wire;
  }

  #check(): Problem<EntryField>[] {
    const problems: Problem<EntryField>[] = this.naming ? checkNames(this) : [];
    if (this.locked && this.passphrase === '') problems.push({ field: 'passphrase', text: m.settings_error_passphrase_empty() });
    else if (this.locked && this.naming && [...this.passphrase].length < SHORTEST_PASSPHRASE) {
      problems.push({ field: 'passphrase', text: m.settings_error_passphrase_short({ count: SHORTEST_PASSPHRASE }) });
    }
    return problems;
  }

  #focus(field: EntryField): void {
    document.getElementById(this.ids[field])?.focus();
  }
}
