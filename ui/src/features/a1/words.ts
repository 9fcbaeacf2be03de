import type { VerdictState } from '$ui/components/types';
import type { A1View } from '$ui/generated/types';
import { m } from '$ui/i18n';

/** How an A1 file stands, in a word and, where something is to be done, in a sentence. */
export function a1State({ present, not_after, password_kept }: Pick<A1View, 'present' | 'not_after' | 'password_kept'>, now = new Date()): { state: VerdictState; word: string; hint: string | null } {
  if (!present) return { state: 'bad', word: m.a1_missing(), hint: m.a1_missing_hint() };
  if (new Date(not_after).getTime() < now.getTime()) return { state: 'bad', word: m.a1_expired(), hint: m.a1_expired_hint() };
  return password_kept ? { state: 'ok', word: m.a1_ready_kept(), hint: null } : { state: 'ok', word: m.a1_ready_asks(), hint: null };
}
