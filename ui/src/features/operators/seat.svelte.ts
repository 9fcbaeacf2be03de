import { tick } from 'svelte';
import { backend, sealText, toBackendError } from '$ui/backend';
import type { AppState, OperatorCard, WireError } from '$ui/generated/types';
import { m } from '$ui/i18n';
import { People } from './people.svelte';

/** Somebody takes the seat: who, and what proves it. */
export class Seat {
  readonly people = new People();
  chosen = $state('');
  password = $state('');
  problem = $state<string | null>(null);
  error = $state.raw<WireError | null>(null);
  busy = $state(false);

  /** Who can take it: everybody who may work and does not have it. */
  readonly others: OperatorCard[] = $derived(this.people.list?.filter(({ active, current }) => active && !current) ?? []);
  readonly person: OperatorCard | null = $derived(this.others.find(({ operator }) => operator.id === this.chosen) ?? null);
  readonly asks: boolean = $derived(this.person?.has_password ?? false);

  constructor(
    /** Id of the control for the password. */
    readonly field: string,
    /** Whether the office asks nobody for a password who has none. */
    private readonly demo: () => boolean,
  ) {}

  /** Whether the one who was chosen cannot come in for want of a password. */
  get shut(): boolean {
    return this.person !== null && !this.asks && !this.demo();
  }

  /** Asks who there is, and begins with the first. */
  async load(): Promise<void> {
    this.forget();
    this.chosen = '';
    this.people.list = null;
    await this.people.load();
    this.chosen = this.others[0]?.operator.id ?? '';
  }

  /** Takes the seat; what the window is then, or nothing where it was refused. */
  async take(): Promise<AppState | null> {
    const { person } = this;
    if (this.busy || person === null || this.shut) return null;
    this.error = null;
    this.problem = this.asks && this.password === '' ? m.operators_error_password_missing() : null;
    if (this.problem !== null) {
      this.#focus();
      return null;
    }
    this.busy = true;
    try {
      const state = await backend.call('operator_switch', { id: person.operator.id, password: this.asks ? await sealText(backend, this.password) : null });
      this.forget();
      return state;
    } catch (thrown) {
      const { wire } = toBackendError(thrown);
      this.password = '';
      if (wire.code === 'operator_password_wrong') {
        this.problem = m.operators_error_password_wrong();
        await tick();
        this.#focus();
      } else this.error = wire;
      return null;
    } finally {
      this.busy = false;
    }
  }

  /** Forgets what was typed. */
  forget(): void {
    this.password = '';
    this.problem = null;
    this.error = null;
  }

  #focus(): void {
    document.getElementById(this.field)?.focus();
  }
}
