import type { CompareRow } from '$ui/generated/types';
import { formatDateTime, formatInstant } from '$ui/lib/format';

/** Rows of a comparison: what differs, and what is the same. */
export interface Grouped {
  different: CompareRow[];
  same: CompareRow[];
}

/** Parts rows; each part keeps its order. */
export function grouped(rows: CompareRow[]): Grouped {
  return { different: rows.filter(({ state }) => state !== 'same'), same: rows.filter(({ state }) => state === 'same') };
}

/** A part of a text that is the same in both, or not. */
export interface Piece {
  text: string;
  changed: boolean;
}

/** What of two values is equal at their beginning and at their end, so that the eye finds the difference. */
export function pieces(one: string, other: string): Piece[] {
  if (one === other) return [{ text: one, changed: false }];
  const most = Math.min(one.length, other.length);
  let head = 0;
  while (head < most && one[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < most - head && one[one.length - 1 - tail] === other[other.length - 1 - tail]) tail += 1;
  return [
    { text: one.slice(0, head), changed: false },
    { text: one.slice(head, one.length - tail), changed: true },
    { text: one.slice(one.length - tail), changed: false },
  ].filter(({ text }) => text !== '');
}

/** Instants in a value as the rest of the window shows them; to the second where `other` would look the same otherwise. */
export function inLocalTime(value: string, other: string | null, timeZone?: string): string {
  const told = (text: string, word: (instant: string) => string) => text.replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (instant) => word(instant.replace(' ', 'T')));
  const minutes = (text: string) => told(text, (instant) => formatDateTime(instant, undefined, timeZone));
  const alike = other !== null && other !== value && minutes(other) === minutes(value);
  return alike ? told(value, (instant) => formatInstant(instant, undefined, timeZone)) : minutes(value);
}
