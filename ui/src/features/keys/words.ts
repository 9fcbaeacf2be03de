import type { KeyOriginView, KeyStateView, KeySummary } from '$ui/generated/types';
import type { VerdictState } from '$ui/components/types';
import { m } from '$ui/i18n';
import { formatDate, plural } from '$ui/lib/format';

/** The name that people know a key by: its first alias without AWS's prefix; null where it has none. */
export function keyName({ aliases }: KeySummary): string | null {
  return aliases[0]?.replace(/^alias\//, '') ?? null;
}

/** The last part of a key's identifier, to tell unnamed keys apart. */
export function shortId({ key_id }: KeySummary): string {
  return key_id.slice(key_id.lastIndexOf('/') + 1).slice(0, 8);
}

/** A type of key as people say it. */
export function specWord(spec: string): string {
  const rsa = /^RSA_(\d+)$/.exec(spec);
  if (rsa) return `RSA ${rsa[1]}`;
  const curve = /^ECC_NIST_P(\d+)$/.exec(spec);
  if (curve) return `ECC P-${curve[1]}`;
  return spec === 'SYMMETRIC_DEFAULT' ? m.keys_spec_symmetric() : spec;
}

/** How a key stands, in a word. */
export function stateWord(state: KeyStateView): { state: VerdictState; word: string } {
  switch (state) {
    case 'enabled':
      return { state: 'ok', word: m.keys_state_enabled() };
    case 'disabled':
      return { state: 'none', word: m.keys_state_disabled() };
    case 'pending_deletion':
      return { state: 'bad', word: m.keys_state_pending_deletion() };
    case 'unavailable':
      return { state: 'unknown', word: m.keys_state_unavailable() };
  }
}

/** How a key stands and what that means, in a sentence. */
export function stateSentence({ state, deletion_at, can_sign }: KeySummary): string {
  switch (state) {
    case 'enabled':
      return can_sign ? m.keys_state_enabled_why() : m.keys_not_signing();
    case 'disabled':
      return m.keys_state_disabled_why();
    case 'pending_deletion':
      return deletion_at === null ? m.keys_state_pending_deletion_unknown() : m.keys_state_pending_deletion_why({ date: formatDate(deletion_at) });
    case 'unavailable':
      return m.keys_state_unavailable_why();
  }
}

/** Where a key lives, in a sentence and for a column. */
export function originWords(origin: KeyOriginView): { long: string; short: string } {
  switch (origin) {
    case 'local':
      return { long: m.keys_origin_local(), short: m.keys_origin_local_short() };
    case 'aws_kms':
      return { long: m.keys_origin_aws_kms(), short: m.keys_origin_aws_kms_short() };
    case 'token':
      return { long: m.keys_origin_token(), short: m.keys_origin_token_short() };
  }
}

/** How old a key is, in words. */
export function ageWord(created: string | null, now = new Date()): string {
  if (created === null) return m.keys_age_unknown();
  const age = Math.floor((now.getTime() - new Date(created).getTime()) / 86_400_000);
  if (age < 1) return m.keys_age_today();
  if (age < 60) return plural(age, m.keys_age_days_one, m.keys_age_days_other);
  if (age < 730) return plural(Math.floor(age / 30.44), m.keys_age_months_one, m.keys_age_months_other);
  return plural(Math.floor(age / 365.25), m.keys_age_years_one, m.keys_age_years_other);
}
