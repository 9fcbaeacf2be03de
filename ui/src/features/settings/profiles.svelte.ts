import { backend, sealText, toBackendError } from '$ui/backend';
import type { CallerIdentityView, ProfileInput, ProfileView, WireError } from '$ui/generated/types';
import { type ProfileForm, accessKeys, formOf, roleOf, ssoOf } from './form';

/** What a test of a connection brought. */
export type TestResult = { state: 'busy' } | { state: 'ok'; caller: CallerIdentityView } | { state: 'failed'; error: WireError };

/** The AWS profiles of this installation, as a page works with them. */
export class Profiles {
  list = $state.raw<ProfileView[] | null>(null);
  error = $state.raw<WireError | null>(null);
  tests = $state.raw<ReadonlyMap<string, TestResult>>(new Map());

  /** Asks for the list. */
  async load(): Promise<void> {
    this.error = null;
    try {
      this.list = await backend.call('profiles_list', {});
    } catch (thrown) {
      this.error = toBackendError(thrown).wire;
    }
  }

  /** Adds or changes a profile; access keys cross sealed. Rejects with what went wrong. */
  async save(form: ProfileForm): Promise<void> {
    const keys = accessKeys(form);
    const input: ProfileInput = {
      name: form.name.trim(),
      region: form.region.trim(),
      endpoint: form.endpoint.trim() || null,
      use_fips: form.fips,
      kms: { at_once: Number(form.kmsAtOnce), per_second: Number(form.kmsPerSecond) },
      source: form.source,
      named_profile: form.source === 'named_profile' ? form.named.trim() : null,
      access_keys: keys === null ? null : await sealText(backend, keys),
      sso: ssoOf(form),
      role: roleOf(form),
    };
    this.list = await backend.call('profile_save', input);
    this.#result(input.name, null);
  }

  /** Removes a profile. Rejects with what went wrong. */
  async remove(name: string): Promise<void> {
    this.list = await backend.call('profile_remove', { name });
    this.#result(name, null);
  }

  /** Keeps the account and the role that were chosen after a login. Rejects with what went wrong. */
  async chooseAccount(profile: ProfileView, account: string, role: string): Promise<void> {
    await this.save({ ...formOf(profile), accountId: account, roleName: role });
  }

  /** Ends the login of a profile. Rejects with what went wrong. */
  async logout(name: string): Promise<void> {
    this.list = await backend.call('aws_logout', { name });
    this.#result(name, null);
  }

  /** Asks AWS who we are. */
  async test(name: string): Promise<void> {
    this.#result(name, { state: 'busy' });
    try {
      this.#result(name, { state: 'ok', caller: await backend.call('profile_test', { name }) });
    } catch (thrown) {
      this.#result(name, { state: 'failed', error: toBackendError(thrown).wire });
    }
  }

  #result(name: string, result: TestResult | null): void {
    const next = new Map(this.tests);
    if (result === null) next.delete(name);
    else next.set(name, result);
    this.tests = next;
  }
}
