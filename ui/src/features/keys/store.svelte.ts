import { backend, toBackendError } from '$ui/backend';
import type { KeyDetail, KeyList, KeySummary, KeyTag, WireError } from '$ui/generated/types';

/** Days after which a signing key is to be changed, until the office says otherwise. */
const MAX_AGE_DAYS = 365;

/** The keys that the page shows, and what is known about those that were looked into. */
export class KeyStore {
  list = $state.raw<KeySummary[] | null>(null);
  problems = $state.raw<KeyList['problems']>([]);
  maxAgeDays = $state(MAX_AGE_DAYS);
  error = $state.raw<WireError | null>(null);
  loading = $state(false);
  details = $state.raw<ReadonlyMap<string, KeyDetail>>(new Map());

  /** Tags of the keys that were looked into, for the search. */
  readonly tags: ReadonlyMap<string, readonly KeyTag[]> = $derived(new Map([...this.details].map(([key_ref, { tags }]) => [key_ref, tags])));

  #run = 0;

  /** Asks every place again; only the newest answer counts. */
  async load(): Promise<void> {
    const run = ++this.#run;
    this.loading = true;
    this.error = null;
    try {
      const { keys, problems, max_age_days } = await backend.call('keys_list', {});
      if (run !== this.#run) return;
      // Those that sign first; the rest is there to be seen.
      this.list = keys.toSorted((a, b) => Number(b.can_sign) - Number(a.can_sign));
      this.problems = problems;
      this.maxAgeDays = max_age_days;
    } catch (thrown) {
      if (run === this.#run) this.error = toBackendError(thrown).wire;
    } finally {
      if (run === this.#run) this.loading = false;
    }
  }

  /** Changes after how many days signing keys are to be changed; every date in the list follows. */
  async keepAgeRule(max_age_days: number): Promise<void> {
    await backend.call('key_age_rule_save', { max_age_days });
    this.details = new Map();
    await this.load();
  }

  /** A key of the list. */
  find(key_ref: string | null): KeySummary | null {
    return this.list?.find((key) => key.key_ref === key_ref) ?? null;
  }

  /** Takes what a command answered about a key; its row follows. */
  adopt(detail: KeyDetail): void {
    this.details = new Map(this.details).set(detail.summary.key_ref, detail);
    this.list = this.list?.map((key) => (key.key_ref === detail.summary.key_ref ? detail.summary : key)) ?? null;
  }
}
