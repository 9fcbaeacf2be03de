import { SvelteMap } from 'svelte/reactivity';
import { backend, sealText, toBackendError } from '../../backend';
import type { TsaInput, TsaProbe, TsaView, WireError } from '../../generated/types';
import type { TsaForm } from './tsa-form';

/** How a test of an authority stands. */
export type TsaTest = { state: 'running' } | { state: 'done'; probe: TsaProbe } | { state: 'failed'; error: WireError };

/** The office's time-stamp authorities, in the order in which they are tried. */
export class Authorities {
  list = $state.raw<TsaView[] | null>(null);
  error = $state.raw<WireError | null>(null);
  /** What the last test of each said. */
  readonly tests = new SvelteMap<string, TsaTest>();

  async load(): Promise<void> {
    this.error = null;
    try {
      this.#take(await backend.call('tsa_list', {}));
    } catch (thrown) {
      this.error = toBackendError(thrown).wire;
    }
  }

  /** Adds or changes one; what a test said of it before says nothing any more. */
  async save(form: TsaForm, existing: TsaView | null): Promise<void> {
    const secret = form.auth !== 'none' && form.secret !== '' ? await sealText(backend, form.secret) : null;
    this.#take(
      await backend.call('tsa_save', {
        id: existing?.id ?? null,
        name: form.name.trim(),
        url: form.url.trim(),
        auth: form.auth,
        user: form.auth === 'basic' ? form.user.trim() : null,
        secret,
        p12: form.auth === 'certificate' ? form.p12 : null,
        policy: form.policy.trim() === '' ? null : form.policy.trim(),
        timeout_seconds: Number(form.timeout),
        position: existing?.position ?? null,
      }),
    );
    if (existing) this.tests.delete(existing.id);
  }

  /** Moves one a place earlier (-1) or later (1) in the order. */
  async move(tsa: TsaView, by: -1 | 1): Promise<void> {
    const { name, url, auth, user, policy, timeout_seconds } = tsa;
    const input: TsaInput = { id: tsa.id, name, url, auth, user, secret: null, p12: null, policy, timeout_seconds, position: tsa.position + by };
    this.#take(await backend.call('tsa_save', input));
  }

  async remove(id: string): Promise<void> {
    this.#take(await backend.call('tsa_remove', { id }));
    this.tests.delete(id);
  }

  /** Asks an authority for a time stamp over nothing of the office's. */
  async test(id: string): Promise<void> {
    if (this.tests.get(id)?.state === 'running') return;
    this.tests.set(id, { state: 'running' });
    try {
      this.tests.set(id, { state: 'done', probe: await backend.call('tsa_test', { id }) });
    } catch (thrown) {
      this.tests.set(id, { state: 'failed', error: toBackendError(thrown).wire });
    }
  }

  #take(list: TsaView[]): void {
    this.list = list.toSorted((a, b) => a.position - b.position);
  }
}
