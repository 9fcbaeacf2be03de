import type { VerdictState } from '../../components/types';
import type { ExpiryItem } from '../../generated/types';
import { m } from '../../i18n';
import { message } from '../../i18n/errors';
import { plural } from '../../lib/format';

/** How soon something ends. */
export type Urgency = 'expired' | 'critical' | 'soon' | 'ahead' | 'fine';

/** The groups in the order in which they are shown. */
export const URGENCIES: readonly Urgency[] = ['expired', 'critical', 'soon', 'ahead', 'fine'];

const LONG_DAYS = 60;
const MONTH_DAYS = 30.44;
const YEAR_DAYS = 365.25;

/** What is in each group; a word that is not known is never lost. */
export function grouped(items: readonly ExpiryItem[]): Record<Urgency, ExpiryItem[]> {
  const groups: Record<Urgency, ExpiryItem[]> = { expired: [], critical: [], soon: [], ahead: [], fine: [] };
  for (const item of items) groups[isUrgency(item.urgency) ? item.urgency : item.days_left < 0 ? 'expired' : 'fine'].push(item);
  // What ended last is what somebody may still have to do something about.
  groups.expired.sort((a, b) => b.not_after.localeCompare(a.not_after));
  return groups;
}

/** The name of a group, and how it stands. */
export function urgencyWord(urgency: Urgency): { state: VerdictState; word: string } {
  const words: Record<Urgency, { state: VerdictState; word: () => string }> = {
    expired: { state: 'bad', word: m.expiry_group_expired },
    critical: { state: 'warn', word: m.expiry_group_critical },
    soon: { state: 'warn', word: m.expiry_group_soon },
    ahead: { state: 'busy', word: m.expiry_group_ahead },
    fine: { state: 'ok', word: m.expiry_group_fine },
  };
  return { state: words[urgency].state, word: words[urgency].word() };
}

/** How one thing stands: a root or CA that is over stays on purpose, and is nothing wrong. */
export function rowState({ kind }: Pick<ExpiryItem, 'kind'>, urgency: Urgency): VerdictState {
  return urgency === 'expired' && (kind === 'trust_root' || kind === 'trust_ca') ? 'none' : urgencyWord(urgency).state;
}

/** Days that are left, in words; from two months on in months and years, as people say it. */
export function leftWord(days: number): string {
  if (days < 0) return plural(-days, m.expiry_ago_one, m.expiry_ago_other);
  if (days === 0) return m.expiry_today();
  if (days === 1) return m.expiry_tomorrow();
  if (days < LONG_DAYS) return m.expiry_in_days({ count: String(days) });
  const months = Math.round(days / MONTH_DAYS);
  if (months < 24) return m.expiry_in_months({ count: String(months) });
  return m.expiry_in_years({ count: String(Math.round(days / YEAR_DAYS)) });
}

/** What something is. */
export function kindWord(kind: string): string {
  return message(`expiry_kind_${kind}`) ?? kind;
}

/** What to do about it, where there is something to do. */
export function adviceWord({ kind, days_left }: Pick<ExpiryItem, 'kind' | 'days_left'>): string | null {
  if (days_left > 30) return null;
  switch (kind) {
    case 'identity':
      return m.expiry_advice_identity();
    case 'subscriber':
      return m.expiry_advice_subscriber();
    case 'a1_file':
      return m.expiry_advice_a1_file();
    case 'crl':
      return m.expiry_advice_crl();
    case 'trust_root':
    case 'trust_ca':
      return days_left < 0 ? m.expiry_advice_trust_over() : m.expiry_advice_trust();
    default:
      return null;
  }
}

function isUrgency(word: string): word is Urgency {
  return (URGENCIES as readonly string[]).includes(word);
}
