/** Where an instant stands in a certificate's validity. Days are whole; the day that has begun counts as elapsed. */
export interface Validity {
  state: 'not_yet' | 'valid' | 'ending' | 'expired';
  total: number;
  elapsed: number;
  remaining: number;
  /** Elapsed part, 0 to 1. */
  fraction: number;
  /** Days until it begins or since it ended; 0 while it is valid. */
  outside: number;
}

const DAY = 86_400_000;

/** So many days before the end a certificate is said to end soon. */
export const ENDING_DAYS = 30;

/** Judges a validity at an instant; all three RFC 3339. */
export function validityAt(from: string, until: string, at: string): Validity {
  const [start, end, now] = [from, until, at].map((moment) => new Date(moment!).getTime()) as [number, number, number];
  const total = Math.max(0, Math.round((end - start) / DAY));
  const fraction = end > start ? Math.min(1, Math.max(0, (now - start) / (end - start))) : now < start ? 0 : 1;
  if (now < start) return { state: 'not_yet', total, elapsed: 0, remaining: total, fraction: 0, outside: Math.ceil((start - now) / DAY) };
  // RFC 5280: notAfter itself still belongs to the validity.
  if (now > end) return { state: 'expired', total, elapsed: total, remaining: 0, fraction: 1, outside: Math.floor((now - end) / DAY) };
  const remaining = Math.min(total, Math.floor((end - now) / DAY));
  return { state: remaining <= ENDING_DAYS ? 'ending' : 'valid', total, elapsed: total - remaining, remaining, fraction, outside: 0 };
}
