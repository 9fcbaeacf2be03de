import type { OperatorView, Permission, RequestKindView, RequestView, RequestWhat, RotationCertificate, RotationPlan } from '$ui/generated/types';
import type { VerdictState } from '$ui/components/types';
import { specWord } from '$ui/features/keys/words';
import { profileAbout, profileWord } from '$ui/features/p12/profiles';
import { m } from '$ui/i18n';
import { formatDate, formatDateTime, plural } from '$ui/lib/format';
import type { Group } from './groups';

/** What a kind of request is called. */
export function kindWord(kind: RequestKindView): string {
  const words: Record<RequestKindView, () => string> = {
    key_rotation: m.requests_kind_key_rotation,
    key_deletion: m.requests_kind_key_deletion,
    p12_export: m.requests_kind_p12_export,
    certificate_issue: m.requests_kind_certificate_issue,
    trust_anchor: m.requests_kind_trust_anchor,
  };
  return words[kind]();
}

/** What is asked for, with the name of the thing. */
export function titleOf({ kind, title, what }: Pick<RequestView, 'kind' | 'title'> & Partial<Pick<RequestView, 'what'>>): string {
  if (takesRootAway(what)) return m.requests_title_trust_anchor_remove({ thing: title });
  const words: Record<RequestKindView, (inputs: { thing: string }) => string> = {
    key_rotation: m.requests_title_key_rotation,
    key_deletion: m.requests_title_key_deletion,
    p12_export: m.requests_title_p12_export,
    certificate_issue: m.requests_title_certificate_issue,
    trust_anchor: m.requests_title_trust_anchor,
  };
  return words[kind]({ thing: plainName(title) });
}

/** The button that approves, with its object. */
export function approveWord(kind: RequestKindView, what?: RequestWhat): string {
  if (takesRootAway(what)) return m.requests_approve_trust_anchor_remove();
  const words: Record<RequestKindView, () => string> = {
    key_rotation: m.requests_approve_key_rotation,
    key_deletion: m.requests_approve_key_deletion,
    p12_export: m.requests_approve_p12_export,
    certificate_issue: m.requests_approve_certificate_issue,
    trust_anchor: m.requests_approve_trust_anchor,
  };
  return words[kind]();
}

/** The name of a group of the inbox. */
export function groupWord(group: Group): string {
  const words: Record<Group, () => string> = {
    waiting: m.requests_group_waiting,
    mine: m.requests_group_mine,
    others: m.requests_group_others,
    over: m.requests_group_over,
  };
  return words[group]();
}

/** How a request stands, in a word and a sentence. */
export function stateOf(request: RequestView): { state: VerdictState; word: string; why: string } {
  const name = request.decided_by?.name ?? '–';
  const when = request.decided_at === null ? '–' : formatDateTime(request.decided_at);
  const date = formatDate(request.expires_at);
  switch (request.state) {
    case 'pending':
      return { state: 'busy', word: m.requests_state_pending(), why: m.requests_state_pending_why({ date }) };
    case 'approved':
      return { state: 'ok', word: m.requests_state_approved(), why: m.requests_state_approved_why({ name, when, date }) };
    case 'rejected':
      return { state: 'bad', word: m.requests_state_rejected(), why: m.requests_state_rejected_why({ name, when }) };
    case 'withdrawn':
      return { state: 'none', word: m.requests_state_withdrawn(), why: m.requests_state_withdrawn_why() };
    case 'expired':
      return { state: 'warn', word: m.requests_state_expired(), why: m.requests_state_expired_why({ date }) };
    case 'used':
      return { state: 'ok', word: m.requests_state_used(), why: m.requests_state_used_why({ name, when: request.used_at === null ? '–' : formatDateTime(request.used_at) }) };
  }
}

/** Exactly what will be done, step by step, and what of it cannot be undone. */
export function consequences(what: RequestWhat): { steps: string[]; final: string } {
  switch (what.kind) {
    case 'key_rotation':
      return rotation(what);
    case 'key_deletion':
      return { steps: [m.requests_deletion_disable(), m.requests_deletion_wait({ days: what.days }), m.requests_deletion_signed()], final: m.requests_deletion_final() };
    case 'p12_export':
      return { steps: [m.requests_p12_file({ holder: what.holder }), m.requests_p12_protection({ profile: profileWord(what.profile), about: profileAbout(what.profile) }), m.requests_p12_once()], final: m.requests_p12_final({ holder: what.holder }) };
    case 'certificate_issue':
      return { steps: [m.requests_issue_key({ name: what.name, cpf: what.masked_cpf }), m.requests_issue_exact()], final: m.requests_issue_final() };
    case 'trust_anchor':
      return what.add
        ? { steps: [m.requests_anchor_add_trust(), m.requests_anchor_add_all(), m.requests_anchor_add_label()], final: m.requests_anchor_add_final() }
        : { steps: [m.requests_anchor_remove_trust(), m.requests_anchor_remove_past()], final: m.requests_anchor_remove_final() };
  }
}

/** The heading over what cannot be undone; where everything can, over what stays. */
export function finalWord(what: RequestWhat): string {
  return takesRootAway(what) ? m.requests_anchor_remove_final_title() : m.requests_no_way_back();
}

/** Where the certificate for a rotation's new key comes from, in a few words. */
export function sourceWord(certificate: RotationCertificate): string {
  const words: Record<RotationCertificate['kind'], () => string> = {
    none: m.requests_source_none,
    office: m.requests_source_office,
    private_ca: m.requests_source_private_ca,
    external: m.requests_source_external,
  };
  return words[certificate.kind]();
}

/** Days in words. */
export function daysWord(days: number): string {
  return days === 0 ? m.requests_days_none() : plural(days, m.requests_days_one, m.requests_days_other);
}

/** Why the person who looks cannot decide a request, and who can; null where they can, or where it is decided. */
export function whoDecides({ state, may_decide, requested_by }: RequestView, me: OperatorView | null, permissions: readonly Permission[]): string | null {
  if (state !== 'pending' || may_decide) return null;
  const approves = permissions.includes('approve');
  if (requested_by.id === me?.id) return approves ? m.requests_who_mine_approver() : m.requests_who_mine();
  return approves ? m.requests_who_not_you() : m.requests_who_others();
}

/** Who carries out what was approved, where the person who looks may not. */
export function whoCarriesOut({ state, may_carry_out, kind }: RequestView): string | null {
  if (state !== 'approved' || may_carry_out) return null;
  return kind === 'key_rotation' || kind === 'key_deletion' ? m.requests_who_carry_keys() : m.requests_who_carry_issue();
}

/** A key's name without what AWS puts before it; an ARN shortened to where it differs. */
export function plainName(name: string): string {
  if (name.startsWith('arn:')) return name.slice(name.lastIndexOf('/') + 1);
  return name.replace(/^alias\//, '');
}

function takesRootAway(what: RequestWhat | undefined): boolean {
  return what?.kind === 'trust_anchor' && !what.add;
}

function rotation(plan: RotationPlan): { steps: string[]; final: string } {
  const identity = plan.identity_label ?? plan.identity ?? '–';
  const certificates: Record<RotationCertificate['kind'], () => string> = {
    none: m.requests_rotation_certificate_none,
    office: () => m.requests_rotation_certificate_office({ identity }),
    private_ca: () => m.requests_rotation_certificate_private_ca({ identity }),
    external: () => m.requests_rotation_certificate_external({ identity }),
  };
  const transition = plan.transition_days;
  return {
    steps: [
      m.requests_rotation_create({ spec: specWord(plan.spec) }),
      certificates[plan.certificate.kind](),
      plan.alias === null ? m.requests_rotation_no_alias() : m.requests_rotation_alias({ alias: plainName(plan.alias) }),
      m.requests_rotation_validate(),
      transition === 0 ? m.requests_rotation_transition_none() : plural(transition, m.requests_rotation_transition_one, m.requests_rotation_transition_other),
      m.requests_rotation_disable(),
      plan.deletion_days === null ? m.requests_rotation_keep() : m.requests_rotation_delete({ days: plan.deletion_days }),
    ],
    final: plan.deletion_days === null ? m.requests_rotation_final_keep() : m.requests_rotation_final_delete(),
  };
}
