import type { KeySummary } from '$ui/generated/types';

/** How far a key is on its way to its change. */
export interface Due {
  /** `none` where it is not to be changed at all; `soon` within {@link SOON_DAYS}; `due` when the day is past. */
  state: 'none' | 'fine' | 'soon' | 'due';
  /** Elapsed part of its time, 0 to 1. */
  fraction: number;
  /** Whole days until the change, or since the day was missed. */
  days: number;
}

const DAY = 86_400_000;

/** So many days before its change a key is said to need one soon. */
export const SOON_DAYS = 30;

/** How a key stands at an instant. Keys that are not used for signatures have no date and no bar. */
export function dueOf({ created_at, due_at }: Pick<KeySummary, 'created_at' | 'due_at'>, now = new Date()): Due {
  if (due_at === null) return { state: 'none', fraction: 0, days: 0 };
  const [end, at] = [new Date(due_at).getTime(), now.getTime()];
  const start = created_at === null ? end : new Date(created_at).getTime();
  if (at >= end) return { state: 'due', fraction: 1, days: Math.floor((at - end) / DAY) };
  const days = Math.ceil((end - at) / DAY);
  return { state: days <= SOON_DAYS ? 'soon' : 'fine', fraction: end > start ? Math.max(0, (at - start) / (end - start)) : 1, days };
}

/** Why a key is to be changed on that day: it reaches the age, or its certificate ends before. */
export function dueReason({ created_at, due_at }: Pick<KeySummary, 'created_at' | 'due_at'>, maxAgeDays: number): 'age' | 'certificate' {
  if (created_at === null || due_at === null) return 'certificate';
  const byAge = new Date(created_at).getTime() + maxAgeDays * DAY;
  return new Date(due_at).getTime() < byAge - DAY ? 'certificate' : 'age';
}
