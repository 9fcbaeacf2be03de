import type { KeyOriginView, KeyStateView, KeySummary, KeyUsageView } from '$ui/generated/types';
import type { VerdictState } from '$ui/components/types';
import { locale, m } from '$ui/i18n';
import { formatDate, plural } from '$ui/lib/format';
import type { Due } from './due';

const DAY = 86_400_000;

/** The name that people know a key by: its first alias without AWS's prefix; null where it has none. */
export function keyName({ aliases }: Pick<KeySummary, 'aliases'>): string | null {
  return aliases[0] === undefined ? null : aliasWord(aliases[0]);
}

/** A friendly name without AWS's prefix. */
export function aliasWord(alias: string): string {
  return alias.replace(/^alias\//, '');
}

/** The last part of a key's identifier, to tell unnamed keys apart. */
export function shortId({ key_id }: Pick<KeySummary, 'key_id'>): string {
  return key_id.slice(key_id.lastIndexOf('/') + 1).slice(0, 8);
}

/** What must be typed before something irreversible is done with a key, and how it is called in a sentence. */
export function keyTitle(key: Pick<KeySummary, 'aliases' | 'key_id'>): string {
  return keyName(key) ?? shortId(key);
}

/** A type of key as people say it. */
export function specWord(spec: string): string {
  const rsa = /^RSA_(\d+)$/.exec(spec);
  if (rsa) return `RSA ${rsa[1]}`;
  const curve = /^ECC_NIST_P(\d+)$/.exec(spec);
  if (curve) return `ECC P-${curve[1]}`;
  if (spec === 'ECC_NIST_EDWARDS25519') return 'Ed25519';
  if (spec.startsWith('ML_DSA_')) return spec.replaceAll('_', '-');
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
export function stateSentence({ state, deletion_at, can_sign, usage, origin }: KeySummary): string {
  switch (state) {
    case 'enabled':
      if (usage === 'seal') return m.keys_state_sealing_why();
      return can_sign ? m.keys_state_enabled_why() : m.keys_not_signing();
    case 'disabled':
      return m.keys_state_disabled_why();
    case 'pending_deletion':
      return deletion_at === null ? m.keys_state_pending_deletion_unknown() : m.keys_state_pending_deletion_why({ date: formatDate(deletion_at) });
    case 'unavailable':
      if (origin === 'token') return m.keys_state_unavailable_token();
      return origin === 'p12_file' ? m.keys_state_unavailable_file() : m.keys_state_unavailable_why();
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
    case 'p12_file':
      return { long: m.keys_origin_p12_file(), short: m.keys_origin_p12_file_short() };
  }
}

/** Place and region in a few words. */
export function placeWord({ origin, region }: Pick<KeySummary, 'origin' | 'region'>): string {
  const { short } = originWords(origin);
  return region === null ? short : `${short}, ${region}`;
}

/** What a key is for. */
export function usageWord(usage: KeyUsageView): string {
  const words: Record<KeyUsageView, () => string> = { sign: m.keys_usage_sign, seal: m.keys_usage_seal, other: m.keys_usage_other };
  return words[usage]();
}

/** How old a key is, in words. */
export function ageWord(created: string | null, now = new Date()): string {
  if (created === null) return m.keys_age_unknown();
  const age = Math.floor((now.getTime() - new Date(created).getTime()) / DAY);
  return age < 1 ? m.keys_age_today() : spanWord(age);
}

/** A number of days in the unit that fits. */
export function spanWord(days: number): string {
  if (days < 60) return plural(days, m.keys_age_days_one, m.keys_age_days_other);
  if (days < 730) return plural(Math.floor(days / 30.44), m.keys_age_months_one, m.keys_age_months_other);
  return plural(Math.floor(days / 365.25), m.keys_age_years_one, m.keys_age_years_other);
}

/** How long ago something was, or that it never was. */
export function agoWord(at: string | null, now = new Date()): string {
  if (at === null) return m.keys_used_never();
  const days = Math.floor((now.getTime() - new Date(at).getTime()) / DAY);
  return days < 1 ? m.keys_used_today() : m.keys_used_ago({ span: spanWord(days) });
}

/** A number of signatures: `12.408 assinaturas`. */
export function signaturesWord(count: number): string {
  return count === 1 ? m.keys_signatures_one() : m.keys_signatures({ count: formatCount(count) });
}

/** A number with its separators. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat(locale.current).format(count);
}

/** When a key is to be changed, in a few words, in a column in fewer; empty where it is not. */
export function dueWord({ state, days }: Due, short = false): string {
  switch (state) {
    case 'none':
      return '';
    case 'fine':
    case 'soon':
      return m.keys_due_in({ span: spanWord(days) });
    case 'due':
      if (days < 1) return m.keys_due_today();
      return short ? m.keys_due_since_short({ span: spanWord(days) }) : m.keys_due_since({ span: spanWord(days) });
  }
}

/** The sign that goes with it. */
export function dueVerdict({ state }: Due): VerdictState {
  const verdicts: Record<Due['state'], VerdictState> = { none: 'none', fine: 'ok', soon: 'warn', due: 'bad' };
  return verdicts[state];
}
