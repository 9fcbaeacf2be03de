import type { ProfileView, SsoAccountView } from '$ui/generated/types';
import type { VerdictState } from '$ui/components/types';
import { m } from '$ui/i18n';
import { formatDate, formatTime, plural } from '$ui/lib/format';

/** How a person logs in. */
export type LoginMethod = 'sso' | 'mfa';

/** From here on somebody is told that a session ends, in minutes. */
export const WARN_MINUTES = 10;

/** How a person logs in with a profile; null where nobody has to. */
export function loginMethod({ source, role }: Pick<ProfileView, 'source' | 'role'>): LoginMethod | null {
  if (source === 'sso') return 'sso';
  return source === 'assume_role' && role?.mfa_serial ? 'mfa' : null;
}

/** When somebody has to log in again: credentials that renew themselves until then do not count. */
export function sessionEnd({ credentials }: Pick<ProfileView, 'credentials'>): string | null {
  return credentials.login_until ?? credentials.expires_at;
}

/** How the session of a profile stands. */
export type Standing =
  /** Nobody has to log in. */
  | { kind: 'none' }
  | { kind: 'needed'; method: LoginMethod; over: boolean }
  | { kind: 'ending'; method: LoginMethod; until: string; minutes: number }
  | { kind: 'open'; method: LoginMethod; until: string | null };

/** How the session of a profile stands at `now`, in milliseconds. */
export function standingOf(profile: ProfileView, now: number): Standing {
  const method = loginMethod(profile);
  if (method === null) return { kind: 'none' };
  const until = sessionEnd(profile);
  const left = until === null ? null : new Date(until).getTime() - now;
  if (profile.credentials.login !== null || (left !== null && left <= 0)) return { kind: 'needed', method, over: until !== null };
  if (until === null || left === null) return { kind: 'open', method, until };
  const minutes = Math.ceil(left / 60_000);
  return minutes <= WARN_MINUTES ? { kind: 'ending', method, until, minutes } : { kind: 'open', method, until };
}

/** The session in a word, for a card and the top bar; null where there is nothing to say. */
export function sessionWord(standing: Standing, now: number): { state: VerdictState; word: string } | null {
  switch (standing.kind) {
    case 'none':
      return null;
    case 'needed':
      return { state: 'warn', word: m.login_needed() };
    case 'ending':
      return { state: 'warn', word: untilWord(standing.until, now) };
    case 'open':
      return standing.until === null ? null : { state: 'ok', word: untilWord(standing.until, now) };
  }
}

/** What is said above the page before and after a session ends; null where nothing has to be said. */
export function noticeOf(standing: Standing): string | null {
  switch (standing.kind) {
    case 'none':
    case 'open':
      return null;
    case 'needed':
      return standing.over ? m.login_session_over() : m.login_session_needed();
    case 'ending': {
      const time = formatTime(standing.until);
      return plural(standing.minutes, () => m.login_session_ends_one({ time }), ({ count }) => m.login_session_ends_other({ count, time }));
    }
  }
}

/** What is wrong with the number of an MFA device. */
export function checkCode(code: string): string | null {
  return /^\d{6}$/.test(code.replace(/\s/g, '')) ? null : m.login_mfa_format();
}

/** An account as a list shows it. */
export function accountWord({ account_id, name }: SsoAccountView): string {
  return name === '' ? account_id : `${name} (${account_id})`;
}

function untilWord(until: string, now: number): string {
  // Within a day the time alone is plain; «until 04:20» in the evening is tomorrow's.
  return new Date(until).getTime() - now < 24 * 3_600_000 ? m.login_session_until({ time: formatTime(until) }) : m.login_session_until_day({ date: formatDate(until) });
}
