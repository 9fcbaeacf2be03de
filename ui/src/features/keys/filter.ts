import type { KeyOriginView, KeyStateView, KeySummary, KeyTag, KeyUsageView } from '$ui/generated/types';
import { dueOf } from './due';
import { keyName } from './words';

/** What the list is narrowed to; an empty text or `''` narrows nothing. */
export interface KeyFilter {
  text: string;
  origin: KeyOriginView | '';
  state: KeyStateView | '';
  usage: KeyUsageView | '';
  /** Only those that are to be changed now or soon. */
  due: boolean;
}

export const NO_FILTER: KeyFilter = { text: '', origin: '', state: '', usage: '', due: false };

/** What the list is ordered by. */
export type SortBy = 'name' | 'age' | 'used';

/** Whether anything is narrowed. */
export function isFiltered(filter: KeyFilter): boolean {
  return plain(filter.text) !== '' || filter.origin !== '' || filter.state !== '' || filter.usage !== '' || filter.due;
}

/** The keys that a filter lets through, in their order. `tags` knows those of the keys that were looked into. */
export function filterKeys(keys: readonly KeySummary[], filter: KeyFilter, tags: ReadonlyMap<string, readonly KeyTag[]> = new Map(), now = new Date()): KeySummary[] {
  const words = plain(filter.text).split(/\s+/).filter(Boolean);
  return keys.filter((key) => {
    if (filter.origin !== '' && key.origin !== filter.origin) return false;
    if (filter.state !== '' && key.state !== filter.state) return false;
    if (filter.usage !== '' && key.usage !== filter.usage) return false;
    if (filter.due && !['soon', 'due'].includes(dueOf(key, now).state)) return false;
    if (words.length === 0) return true;
    const hay = haystack(key, tags.get(key.key_ref) ?? []);
    return words.every((word) => hay.includes(word));
  });
}

/** The keys in an order; equal ones keep theirs, and what has no value comes last. */
export function sortKeys(keys: readonly KeySummary[], by: SortBy | null, descending: boolean): KeySummary[] {
  if (by === null) return [...keys];
  const value = (key: KeySummary): string | null =>
    by === 'name' ? plain(keyName(key) ?? '') || null : by === 'age' ? key.created_at : key.last_signed_at;
  return keys.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    const order = left < right ? -1 : left > right ? 1 : 0;
    return descending ? -order : order;
  });
}

/** A text without accents and case, for comparing what people type. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}

function haystack(key: KeySummary, tags: readonly KeyTag[]): string {
  return plain([...key.aliases, key.key_id, key.key_ref, key.description ?? '', ...key.identities, ...tags.flatMap(({ name, value }) => [name, value])].join('\n'));
}
