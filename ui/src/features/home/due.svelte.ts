import { backend, toBackendError } from '$ui/backend';
import type { KeySummary } from '$ui/generated/types';
import { SOON_DAYS } from '$ui/features/keys/due';
import { errorText } from '$ui/i18n/errors';

/** Asking for the keys is an act of the trail; the first page does not need it afresh each time. */
const FRESH_MS = 30 * 60_000;

/** A key that has to be changed. */
export interface DueKey {
  key: KeySummary;
  name: string;
  at: string;
  /** Whether the day is past. */
  over: boolean;
}

/** Keys that have to be changed soon or should have been, the longest due first; those that are being changed are left out. */
export function dueSoon(keys: readonly KeySummary[], now: Date): DueKey[] {
  const limit = now.getTime() + SOON_DAYS * 86_400_000;
  return keys
    .flatMap((key): DueKey[] => {
      const at = key.due_at;
      if (at === null || key.rotation !== null || new Date(at).getTime() > limit) return [];
      const name = key.aliases[0]?.replace(/^alias\//, '') ?? key.key_id.slice(key.key_id.lastIndexOf('/') + 1);
      return [{ key, name, at, over: new Date(at) <= now }];
    })
    .toSorted((a, b) => a.at.localeCompare(b.at));
}

/** The keys as the first page knows them. */
class DueKeys {
  list = $state.raw<KeySummary[] | null>(null);
  problem = $state<string | null>(null);
  #of = '';
  #at = 0;

  /** Asks for the keys of an office, unless that was done a short while ago. */
  async load(office: string, now = Date.now()): Promise<void> {
    if (this.#of === office && now - this.#at < FRESH_MS) return;
    if (this.#of !== office) this.list = null;
    this.#of = office;
    this.#at = now;
    this.problem = null;
    try {
      const { keys } = await backend.call('keys_list', {});
      if (this.#of === office) this.list = keys;
    } catch (thrown) {
      this.#at = 0;
      if (this.#of === office) this.problem = errorText(toBackendError(thrown).wire).title;
    }
  }
}

/** The one list of the window. */
export const dueKeys = new DueKeys();
