import { m } from '$ui/i18n';

/** Characters of a reason; the program asks for the same. */
const LIMIT = 500;

/** What is wrong with a reason that somebody gives; null where nothing is. */
export function checkReason(text: string, missing: string = m.requests_decide_reason_missing()): string | null {
  const count = [...text.trim()].length;
  if (count === 0) return missing;
  return count > LIMIT ? m.requests_decide_reason_long({ count }) : null;
}
