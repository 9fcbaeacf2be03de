import type { KeySummary, OperatorView, P12Protection, RequestKindView, RequestMakeWhat, RequestStateView, RequestView, RequestWhat, RotationPlan } from '../../generated/types';
import type { Request } from '../backend';

import { SUBSCRIBERS, describe, maskCpf } from './certificates';
import { failure } from './failure';
import { ANA, MARCOS, permissionsOf } from './people';
import { hex, uuid } from './random';
import { moment } from './time';
import type { Trail } from './trail';
import { WANTED_ROOT, anchorRequest } from './trust';

/** What a request about a root of trust says exactly. */
export type AnchorWhat = Extract<RequestWhat, { kind: 'trust_anchor' }>;

/** Days in which a request can be decided and carried out. */
const LIFE = 14;

type Kept = Omit<RequestView, 'may_decide' | 'may_withdraw' | 'may_carry_out'>;

/** What needs two people in the pretended office. */
export class Requests {
  #kept: Kept[] = [];

  constructor(
    private readonly seat: OperatorView,
    private readonly trail: Trail,
    private readonly key: (reference: string) => KeySummary,
    private readonly anchor: (what: Extract<RequestMakeWhat, { kind: 'trust_anchor_add' | 'trust_anchor_remove' }>) => Promise<AnchorWhat>,
  ) {}

  /** A few requests in every state, about these keys. */
  furnish(keys: KeySummary[], rotations: { open: string | null; over: string | null }, notary: OperatorView): void {
    this.#kept = [];
    const [main, other] = keys.filter(({ can_sign }) => can_sign);
    if (main === undefined) return;
    const spare = other ?? main;
    const subscriber = SUBSCRIBERS[0]!;
    const sha256 = describe(subscriber).sha256;
    const by = (operator: OperatorView, at: number, reason: string) => ({ decided_by: operator, decided_at: moment(at), decision_reason: reason });
    const add = (what: RequestWhat, title: string, requester: OperatorView, at: number, state: RequestStateView, reason: string, rest: Partial<Kept> = {}): void => {
      this.#kept.push(kept(what, title, requester, at, state, reason, rest));
    };
    const deletion = (key: KeySummary): RequestWhat => ({ kind: 'key_deletion', key_ref: key.key_ref, key_id: key.key_id, alias: key.aliases[0] ?? null, days: 30 });
    const rotation = (key: KeySummary, rest: Partial<RotationPlan> = {}): RequestWhat => ({ kind: 'key_rotation', ...planFor(key, rest) });
    add(deletion(spare), titleOf(spare), MARCOS, -0.3, 'pending', 'A chave foi feita para a homologação, que terminou em outubro. Nenhuma identidade a usa.');
    add(rotation(main), titleOf(main), notary, -0.15, 'pending', 'A chave faz um ano em dezembro; a política do cartório é trocar todo ano.');
    add({ kind: 'p12_export', certificate_sha256: sha256, holder: subscriber.name, profile: 'modern' }, subscriber.name, ANA, -1.2, 'approved', 'A titular pediu o arquivo no balcão, com documento de identidade.', by(MARCOS, -1, 'Identidade conferida por mim.'));
    add(anchorRequest(WANTED_ROOT, true), WANTED_ROOT.name, MARCOS, -0.1, 'pending', 'O tribunal assina os alvarás com esta cadeia. Conferi o SHA-256 por telefone com a secretaria de tecnologia.');
    if (rotations.open !== null) {
      add(rotation(main), titleOf(main), MARCOS, -9.4, 'used', 'Troca anual da chave de assinatura.', { ...by(notary, -9.2, 'Conforme a política.'), used_at: moment(-9), rotation: rotations.open });
    }
    add(rotation(spare, { transition_days: 0, deletion_days: 7 }), titleOf(spare), MARCOS, -20, 'rejected', 'Quero experimentar a troca.', by(notary, -19.5, 'Experimente na demonstração, não com a chave do cartório.'));
    add({ kind: 'certificate_issue', name: 'PEDRO HENRIQUE MONTEIRO', masked_cpf: maskCpf('39053344705'), digest: hex('pedro') }, 'PEDRO HENRIQUE MONTEIRO', ANA, -30, 'expired', 'Substituto novo, começa no dia 3.');
    add(deletion(main), titleOf(main), notary, -41, 'withdrawn', 'Pedi a chave errada.');
    if (rotations.over !== null) {
      add(rotation(spare), titleOf(spare), notary, -64, 'used', 'A chave anterior tinha RSA 2048 e cinco anos.', { ...by(MARCOS, -63.5, 'De acordo.'), used_at: moment(-63), rotation: rotations.over });
    }
  }

  list({ open, subject }: Request<'requests_list'>): RequestView[] {
    const permissions = permissionsOf(this.seat.role);
    if (!permissions.includes('request')) throw failure('not_permitted', { permission: 'request' }, { severity: 'warning' });
    return this.#kept
      .filter(({ requested_by }) => permissions.includes('approve') || requested_by.id === this.seat.id)
      .filter(({ state }) => !open || state === 'pending' || state === 'approved')
      .filter(({ what }) => subject == null || subjectOf(what) === subject)
      .map((request) => this.#view(request))
      .toSorted((a, b) => b.requested_at.localeCompare(a.requested_at));
  }

  async make({ what, reason }: Request<'request_make'>): Promise<RequestView> {
    if (reason.trim() === '') throw failure('invalid_field', { field: 'reason', reason: 'empty' }, { severity: 'warning', retry: 'after_action' });
    const { exact, title } = await this.#exact(what);
    if (this.#kept.some((other) => (other.state === 'pending' || other.state === 'approved') && other.kind === exact.kind && subjectOf(other.what) === subjectOf(exact))) {
      throw failure('request_open', { what: title }, { severity: 'warning', retry: 'after_action' });
    }
    const made = kept(exact, title, { ...this.seat }, 0, 'pending', reason, { id: uuid(`request ${this.#kept.length}`) });
    this.#kept.unshift(made);
    this.#record('request_made', made);
    return this.#view(made);
  }

  decide({ id, approve, reason }: Request<'request_decide'>): RequestView {
    const request = this.#find(id);
    if (request.requested_by.id === this.seat.id) throw failure('registry_same_person', { request: id }, { severity: 'warning', retry: 'after_action' });
    if (request.state !== 'pending') throw failure('registry_request_state', { request: id, state: request.state }, { severity: 'warning' });
    Object.assign(request, { state: approve ? 'approved' : 'rejected', decided_by: { ...this.seat }, decided_at: moment(), decision_reason: reason });
    this.#record(approve ? 'request_approved' : 'request_rejected', request);
    return this.#view(request);
  }

  withdraw({ id }: Request<'request_withdraw'>): RequestView {
    const request = this.#find(id);
    if (request.requested_by.id !== this.seat.id) throw failure('registry_not_requester', { request: id }, { severity: 'warning' });
    request.state = 'withdrawn';
    this.#record('request_withdrawn', request);
    return this.#view(request);
  }

  /** Those that the person who works may see; none where they may not see any. */
  visible(): RequestView[] {
    return permissionsOf(this.seat.role).includes('request') ? this.list({}) : [];
  }

  /** Uses an approved request up, as whatever carries it out does. */
  use(id: string, rotation: string | null = null): RequestView {
    const request = this.#find(id);
    if (request.state !== 'approved') throw failure('registry_request_state', { request: id, state: request.state }, { severity: 'warning' });
    Object.assign(request, { state: 'used', used_at: moment(), rotation });
    return this.#view(request);
  }

  /** The approved request about a subject, used up; without one, two people are still needed. */
  approvalFor(kind: RequestKindView, subject: string, act: string, profile?: P12Protection): void {
    const found = this.#kept.find((each) => each.kind === kind && each.state === 'approved' && subjectOf(each.what) === subject);
    if (found === undefined) throw failure('approval_required', { act }, { severity: 'warning', retry: 'after_action' });
    const { what } = found;
    if (what.kind === 'p12_export' && profile !== undefined && what.profile !== profile) {
      throw failure('approval_other_profile', { approved: what.profile, asked: profile }, { severity: 'warning', retry: 'after_action' });
    }
    this.use(found.id);
  }

  /** An approved request, before it is used. */
  get(id: string): RequestView {
    return this.#view(this.#find(id));
  }

  async #exact(what: RequestMakeWhat): Promise<{ exact: RequestWhat; title: string }> {
    switch (what.kind) {
      case 'key_rotation': {
        const key = this.key(what.key_ref);
        const rest = { transition_days: what.transition_days, deletion_days: what.deletion_days, ...(what.certificate === null ? {} : { certificate: what.certificate }) };
        return { exact: { kind: 'key_rotation', ...planFor(key, rest) }, title: titleOf(key) };
      }
      case 'key_deletion': {
        const key = this.key(what.key_ref);
        const by = key.identities[0];
        if (by !== undefined) throw failure('key_in_use', { key: key.key_id, by }, { severity: 'warning', retry: 'after_action' });
        return { exact: { kind: 'key_deletion', key_ref: key.key_ref, key_id: key.key_id, alias: key.aliases[0] ?? null, days: what.days }, title: titleOf(key) };
      }
      case 'p12_export': {
        const recipe = SUBSCRIBERS.find(({ id }) => id === what.certificate) ?? SUBSCRIBERS[0]!;
        return { exact: { kind: 'p12_export', certificate_sha256: describe(recipe).sha256, holder: recipe.name, profile: what.profile }, title: recipe.name };
      }
      case 'certificate_issue':
        return { exact: { kind: 'certificate_issue', name: what.name.toUpperCase(), masked_cpf: maskCpf(what.cpf), digest: digestOf(what.name, what.cpf) }, title: what.name.toUpperCase() };
      case 'trust_anchor_add':
      case 'trust_anchor_remove': {
        const exact = await this.anchor(what);
        return { exact, title: exact.name };
      }
    }
  }

  #view(request: Kept): RequestView {
    const permissions = permissionsOf(this.seat.role);
    const own = request.requested_by.id === this.seat.id;
    const keys = request.kind === 'key_rotation' || request.kind === 'key_deletion';
    const needs = keys ? 'manage_keys' : request.kind === 'trust_anchor' ? 'manage_trust' : 'issue_certificates';
    return {
      ...request,
      may_decide: request.state === 'pending' && !own && permissions.includes('approve'),
      may_withdraw: own && (request.state === 'pending' || request.state === 'approved'),
      may_carry_out: request.state === 'approved' && permissions.includes(needs),
    };
  }

  #record(act: string, { id, kind, what, reason }: Kept): void {
    const key = what.kind === 'key_rotation' ? what.old_key_id : what.kind === 'key_deletion' ? what.key_id : null;
    this.trail.record(act, { key_id: key, detail: { request: id, kind, reason } });
  }

  #find(id: string): Kept {
    const request = this.#kept.find((each) => each.id === id);
    if (request === undefined) throw failure('request_unknown', { request: id });
    return request;
  }
}

/** What a rotation of a key would do. */
export function planFor(key: KeySummary, rest: Partial<RotationPlan> = {}): RotationPlan {
  const identity = key.identities[0] ?? null;
  return {
    old_key_ref: key.key_ref,
    old_key_id: key.key_id,
    alias: key.aliases[0] ?? null,
    spec: key.spec,
    identity: identity === null ? null : 'identity-notary',
    identity_label: identity,
    certificate: { kind: identity === null ? 'none' : 'office' },
    transition_days: 30,
    deletion_days: 30,
    ...rest,
  };
}

/** What fixes the data of a certificate that was asked for. */
export function digestOf(name: string, cpf: string): string {
  return hex(`${name.toUpperCase()} ${cpf.replace(/\D/g, '')}`);
}

function kept(what: RequestWhat, title: string, requester: OperatorView, at: number, state: RequestStateView, reason: string, rest: Partial<Kept>): Kept {
  const kind: RequestKindView = what.kind;
  return {
    id: uuid(`request ${kind} ${title} ${at}`),
    kind,
    state,
    what,
    title,
    requested_by: { ...requester },
    requested_at: moment(at),
    reason,
    expires_at: moment(at + LIFE),
    decided_by: null,
    decided_at: null,
    decision_reason: null,
    used_at: null,
    rotation: null,
    ...rest,
  };
}

function subjectOf(what: RequestWhat): string {
  switch (what.kind) {
    case 'key_rotation':
      return what.old_key_id;
    case 'key_deletion':
      return what.key_id;
    case 'p12_export':
      return what.certificate_sha256;
    case 'certificate_issue':
      return what.digest;
    case 'trust_anchor':
      return what.sha256;
  }
}

function titleOf(key: KeySummary): string {
  return key.aliases[0] ?? key.key_id;
}
