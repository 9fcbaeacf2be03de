import type { VerdictState } from '../components/types';
import type { IdentityState, IdentitySummary, KeyOriginView, LegalLabel, SignFormat } from '../generated/types';
import { formatDate } from '../lib/format';
import { m } from './index';

/** The same word for the same thing everywhere: what the law calls a signature. */
export function legalWord(label: LegalLabel): string {
  const words: Record<LegalLabel, () => string> = {
    qualified: m.legal_qualified,
    advanced: m.legal_advanced,
    demonstration: m.legal_demonstration,
    unknown: m.legal_unknown,
  };
  return words[label]();
}

/** One sentence on what that word rests on. */
export function legalSentence(label: LegalLabel): string {
  const words: Record<LegalLabel, () => string> = {
    qualified: m.legal_qualified_why,
    advanced: m.legal_advanced_why,
    demonstration: m.legal_demonstration_why,
    unknown: m.legal_unknown_why,
  };
  return words[label]();
}

/** Where a key lives. */
export function keyOriginWord(origin: KeyOriginView): string {
  const words: Record<KeyOriginView, () => string> = {
    local: m.key_origin_local,
    aws_kms: m.key_origin_aws_kms,
    token: m.key_origin_token,
    p12_file: m.key_origin_p12_file,
  };
  return words[origin]();
}

/** Whether an identity can sign now. */
export function identityStateWord(state: IdentityState): string {
  const words: Record<IdentityState, () => string> = {
    ready: m.identity_ready,
    not_yet_valid: m.identity_not_yet_valid,
    expired: m.identity_expired,
    revoked: m.identity_revoked,
    on_hold: m.identity_on_hold,
  };
  return words[state]();
}

/** How the state of an identity is shown: what will not end by itself is the worst. */
export function identityVerdict(state: IdentityState): VerdictState {
  const states: Record<IdentityState, VerdictState> = { ready: 'ok', not_yet_valid: 'warn', on_hold: 'warn', expired: 'bad', revoked: 'bad' };
  return states[state];
}

/** Why an identity cannot sign now; nothing where it can. */
export function identityStateWhy({ state, not_before, not_after }: Pick<IdentitySummary, 'state' | 'not_before' | 'not_after'>): string | null {
  const words: Record<IdentityState, (() => string) | null> = {
    ready: null,
    not_yet_valid: () => m.identity_why_not_yet_valid({ date: formatDate(not_before) }),
    expired: () => m.identity_why_expired({ date: formatDate(not_after) }),
    revoked: m.identity_why_revoked,
    on_hold: m.identity_why_on_hold,
  };
  return words[state]?.() ?? null;
}

/** The form of a signature. */
export function formatWord(format: SignFormat): string {
  const words: Record<SignFormat, () => string> = {
    pades: m.format_pades,
    'cades-detached': m.format_cades,
    'cades-enveloping': m.format_cades_enveloping,
    raw: m.format_raw,
  };
  return words[format]();
}

/** What a role is called. */
export function roleWord(role: string): string {
  const words: Record<string, () => string> = {
    clerk: m.role_clerk,
    supervisor: m.role_supervisor,
    notary: m.role_notary,
    auditor: m.role_auditor,
  };
  return words[role]?.() ?? role;
}

/** An act of the trail, as a noun. */
export function actWord(act: string): string {
  const texts: Record<string, unknown> = m;
  const text = texts[`act_${act}`];
  return typeof text === 'function' ? String(text()) : act.replaceAll('_', ' ');
}
