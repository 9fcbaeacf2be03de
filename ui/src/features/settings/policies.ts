import type { VerdictState } from '../../components/types';
import type { PolicyChoice, PolicyDesk, PolicyListView, PolicyView } from '../../generated/types';
import { m } from '../../i18n';
import { daysBetween, formatDate } from '../../lib/format';

/** From so many days before its end on a policy or a list is said to end soon. */
const SOON_DAYS = 30;

/** A policy's level as ICP-Brasil calls it, with what it holds. */
export function policyWord(choice: PolicyChoice): { name: string; text: string } {
  const words: Record<PolicyChoice, () => { name: string; text: string }> = {
    none: () => ({ name: m.icp_none(), text: '' }),
    'ad-rb': () => ({ name: 'AD-RB', text: m.icp_rb() }),
    'ad-rt': () => ({ name: 'AD-RT', text: m.icp_rt() }),
    'ad-rv': () => ({ name: 'AD-RV', text: m.icp_rv() }),
    'ad-rc': () => ({ name: 'AD-RC', text: m.icp_rc() }),
    'ad-ra': () => ({ name: 'AD-RA', text: m.icp_ra() }),
  };
  return words[choice]();
}

/** What a family of policies is for. */
export function familyWord(family: string): string {
  if (family === 'pades') return m.icp_family_pades();
  return family === 'cades' ? m.icp_family_cades() : family;
}

/** Until when a policy may be used. */
export function policyState({ not_after }: PolicyView, now: Date): { state: VerdictState; word: string } {
  const days = daysBetween(now, not_after);
  const date = formatDate(not_after);
  if (days < 0) return { state: 'bad', word: m.icp_ended({ date }) };
  return { state: days < SOON_DAYS ? 'warn' : 'ok', word: m.icp_until({ date }) };
}

/** How fresh a list of approved policies is. */
export function listState({ stale, next_update }: PolicyListView, now: Date): { state: VerdictState; word: string } {
  const date = formatDate(next_update);
  if (stale) return { state: 'bad', word: m.icp_list_stale({ date }) };
  return daysBetween(now, next_update) < SOON_DAYS ? { state: 'warn', word: m.icp_list_soon({ date }) } : { state: 'ok', word: m.icp_list_fresh({ date }) };
}

/** The families whose list was not brought in. */
export function listsMissing({ lists, policies }: PolicyDesk): string[] {
  return [...new Set(policies.map(({ family }) => family))].filter((family) => !lists.some((list) => list.family === family));
}
