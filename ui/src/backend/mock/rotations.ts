import type { KeySummary, OperatorView, RotationFact, RotationStepName, RotationStepView, RotationView } from '../../generated/types';
import type { Request } from '../backend';

import { failure, wireError } from './failure';
import { MARCOS, permissionsOf } from './people';
import { hex, uuid } from './random';
import { planFor, type Requests } from './requests';
import { moment, wait } from './time';
import type { Trail } from './trail';

const STEPS: RotationStepName[] = ['create_key', 'certificate', 'move_alias', 'validate', 'transition', 'disable_old', 'schedule_deletion'];
const LIMIT_OF_UNDO = STEPS.indexOf('disable_old');

/** Key changes of the pretended office: every step takes a while and leaves evidence. */
export class Rotations {
  #kept: RotationView[] = [];

  constructor(
    private readonly seat: OperatorView,
    private readonly trail: Trail,
    private readonly requests: Requests,
    private readonly pace: number,
  ) {}

  /** Changes in every state; the answer says which the requests may point to. */
  furnish(keys: KeySummary[], notary: OperatorView): { open: string | null; over: string | null } {
    this.#kept = [];
    const [main, other] = keys.filter(({ can_sign }) => can_sign);
    if (main === undefined) return { open: null, over: null };
    const spare = other ?? main;
    const named = (key: KeySummary, name: string): KeySummary => ({ ...key, aliases: [key.origin === 'aws_kms' ? `alias/cartorio/${name}` : name], key_id: `${key.key_id.slice(0, -4)}${hex(name, 4)}` });
    const lasting = this.#make(main, notary, -9, { transition_days: 30 });
    this.#settle(lasting, 4, -9, notary);
    this.#begin(lasting, 'transition', -8.99, notary);
    Object.assign(lasting, { state: 'transition', waits_for: 'transition', transition_until: moment(21) });

    const stopped = this.#make(named(spare, 'protocolo-2026'), notary, -0.2, { transition_days: 7 });
    this.#settle(stopped, 2, -0.2, notary);
    this.#begin(stopped, 'move_alias', -0.19, notary);
    Object.assign(stopped, { waits_for: 'person' });

    const outside = this.#make(named(main, 'icp-brasil'), notary, -3, { certificate: { kind: 'external' }, identity_label: 'Tabeliã (ICP-Brasil)' });
    this.#settle(outside, 1, -3, notary);
    this.#begin(outside, 'certificate', -2.99, notary);
    Object.assign(outside, { waits_for: 'certificate' });

    const failed = this.#make(named(spare, 'reconhecimento-de-firma'), notary, -1, { certificate: { kind: 'none' }, identity: null, identity_label: null });
    this.#settle(failed, 2, -1, notary);
    Object.assign(this.#step(failed, 'move_alias'), { state: 'failed', at: moment(-0.9), operator: notary.name, attempts: 2, error: wireError('aws_access_denied', { action: 'kms:UpdateAlias', request_id: uuid('denied') }, { retry: 'after_action' }) });
    Object.assign(failed, { waits_for: 'failure' });

    const over = this.#make(named(spare, 'assinatura-2025'), notary, -63, { transition_days: 30 });
    this.#settle(over, 7, -63, notary);
    Object.assign(over, { state: 'finished', current: 'schedule_deletion', finished_at: moment(-12), deletion_at: moment(18), can_undo: false, can_cancel_deletion: true });
    this.#kept = [lasting, stopped, outside, failed, over];
    return { open: lasting.id, over: over.id };
  }

  list({ open }: Request<'rotations_list'>): RotationView[] {
    return this.#kept.filter(({ finished_at }) => !open || finished_at === null).map((rotation) => this.#view(rotation));
  }

  get(id: string): RotationView {
    return this.#view(this.#find(id));
  }

  async start(request: string, key: (reference: string) => KeySummary): Promise<RotationView> {
    const { what, requested_by, decided_by } = this.requests.get(request);
    if (what.kind !== 'key_rotation') throw failure('invalid_field', { field: 'request', reason: 'malformed' });
    const { kind: _, ...plan } = what;
    const rotation = this.#make(key(plan.old_key_ref), requested_by, 0, plan);
    rotation.approved_by = decided_by ?? MARCOS;
    this.requests.use(request, rotation.id);
    key(plan.old_key_ref).rotation = rotation.id;
    this.#kept.unshift(rotation);
    this.trail.record('rotation_started', { key_id: plan.old_key_id, detail: { rotation: rotation.id, request } });
    return this.advance({ id: rotation.id, until: null });
  }

  async advance({ id, until, end_transition_now }: Request<'rotation_advance'>): Promise<RotationView> {
    const rotation = this.#find(id);
    if (rotation.state === 'rolling_back') return this.#rollBack(rotation);
    if (rotation.finished_at !== null) throw failure('rotation_state', { reason: 'over' }, { severity: 'warning' });
    rotation.waits_for = null;
    for (const step of STEPS.slice(STEPS.indexOf(rotation.current))) {
      rotation.current = step;
      if (step === 'transition' && rotation.plan.transition_days > 0 && !end_transition_now) {
        this.#begin(rotation, step, 0, this.seat);
        Object.assign(rotation, { state: 'transition', waits_for: 'transition', transition_until: rotation.transition_until ?? moment(rotation.plan.transition_days) });
        break;
      }
      this.#begin(rotation, step, 0, this.seat);
      await wait(700 * this.pace);
      if (step === 'certificate' && rotation.plan.certificate.kind === 'external' && rotation.new_identity === null) {
        rotation.waits_for = 'certificate';
        break;
      }
      this.#done(rotation, step, 0, this.seat);
      if (step === until && step !== 'schedule_deletion') {
        rotation.current = STEPS[STEPS.indexOf(step) + 1]!;
        rotation.waits_for = 'person';
        break;
      }
    }
    const last = this.#step(rotation, 'schedule_deletion').state;
    if (last === 'done' || last === 'skipped') {
      Object.assign(rotation, { state: 'finished', waits_for: null, finished_at: moment(), deletion_at: rotation.plan.deletion_days === null ? null : moment(rotation.plan.deletion_days) });
      this.trail.record('rotation_finished', { detail: { rotation: id } });
    }
    return this.#view(rotation);
  }

  async undo({ id, reason }: Request<'rotation_undo'>): Promise<RotationView> {
    const rotation = this.#find(id);
    if (!this.#view(rotation).can_undo) throw failure('rotation_state', { reason: 'old_key_disabled' }, { severity: 'warning' });
    rotation.state = 'rolling_back';
    this.trail.record('rotation_undone', { detail: { rotation: id, reason } });
    return this.#rollBack(rotation);
  }

  async bring({ id }: Request<'rotation_certificate_bring'>): Promise<RotationView> {
    const rotation = this.#find(id);
    if (rotation.waits_for !== 'certificate') throw failure('rotation_state', { reason: 'not_external' }, { severity: 'warning' });
    rotation.new_identity = 'identity-brought';
    return this.advance({ id, until: null });
  }

  cancelDeletion(id: string): RotationView {
    const rotation = this.#find(id);
    rotation.deletion_at = null;
    this.trail.record('key_deletion_cancelled', { key_id: rotation.plan.old_key_id, detail: { rotation: id } });
    return this.#view(rotation);
  }

  /** The name of the key, for the names of files. */
  nameOf(id: string): string {
    const { plan } = this.#find(id);
    return (plan.alias ?? plan.old_key_id).replace(/^.*\//, '');
  }

  async #rollBack(rotation: RotationView): Promise<RotationView> {
    for (const step of rotation.steps.toReversed()) {
      if (step.state === 'waiting' || step.state === 'skipped') continue;
      await wait(350 * this.pace);
      Object.assign(step, { state: 'undone', at: moment(), operator: this.seat.name, error: null });
    }
    Object.assign(rotation, { state: 'rolled_back', waits_for: null, finished_at: moment(), can_undo: false });
    return this.#view(rotation);
  }

  #make(key: KeySummary, requester: OperatorView, at: number, plan: Parameters<typeof planFor>[1]): RotationView {
    return {
      id: uuid(`rotation ${key.key_id} ${at} ${this.#kept.length}`),
      plan: planFor(key, plan),
      state: 'running',
      current: 'create_key',
      steps: STEPS.map((step): RotationStepView => ({ step, state: 'waiting', at: null, operator: null, evidence: [], error: null, attempts: 0 })),
      waits_for: null,
      new_key_ref: null,
      new_key_id: null,
      new_identity: null,
      requested_by: { ...requester },
      approved_by: { ...MARCOS },
      started_at: moment(at),
      finished_at: null,
      transition_until: null,
      deletion_at: null,
      can_undo: true,
      can_cancel_deletion: false,
      may_advance: true,
    };
  }

  /** Lets the first steps be done already. */
  #settle(rotation: RotationView, count: number, at: number, operator: OperatorView): void {
    STEPS.slice(0, count).forEach((step, index) => this.#done(rotation, step, step === 'disable_old' || step === 'schedule_deletion' ? at + 51 : at + index * 0.001, operator));
    rotation.current = STEPS[count] ?? 'schedule_deletion';
  }

  #begin(rotation: RotationView, step: RotationStepName, at: number, operator: OperatorView): void {
    const entry = this.#step(rotation, step);
    Object.assign(entry, { state: 'begun', at: moment(at), operator: operator.name, error: null, attempts: entry.attempts + 1 });
  }

  #done(rotation: RotationView, step: RotationStepName, at: number, operator: OperatorView): void {
    const entry = this.#step(rotation, step);
    const skipped = (step === 'certificate' && rotation.plan.certificate.kind === 'none') || (step === 'schedule_deletion' && rotation.plan.deletion_days === null) || (step === 'move_alias' && rotation.plan.alias === null);
    if (step === 'create_key') {
      const id = uuid(`new ${rotation.id}`);
      const cloud = rotation.plan.old_key_ref.startsWith('awskms:');
      Object.assign(rotation, { new_key_id: cloud ? `arn:aws:kms:sa-east-1:123456789012:key/${id}` : id, new_key_ref: cloud ? `awskms:${id}?region=sa-east-1` : `local:${id}` });
    }
    // What the window begins with was recorded long ago.
    const seq = at === 0 ? this.trail.record('rotation_step', { key_id: rotation.new_key_id, detail: { rotation: rotation.id, step } }) : 12;
    const evidence = skipped ? [] : [...facts(rotation, step), { name: 'audit_seq', value: String(seq) }];
    Object.assign(entry, { state: skipped ? 'skipped' : 'done', at: moment(at), operator: operator.name, evidence, error: null, attempts: Math.max(entry.attempts, 1) });
  }

  #view(rotation: RotationView): RotationView {
    const at = STEPS.indexOf(rotation.current);
    const open = rotation.state === 'running' || rotation.state === 'transition';
    return {
      ...structuredClone(rotation),
      can_undo: open && (at < LIMIT_OF_UNDO || (at === LIMIT_OF_UNDO && this.#step(rotation, 'disable_old').state === 'waiting')),
      can_cancel_deletion: rotation.deletion_at !== null && permissionsOf(this.seat.role).includes('manage_keys'),
      may_advance: permissionsOf(this.seat.role).includes('manage_keys'),
    };
  }

  #step(rotation: RotationView, step: RotationStepName): RotationStepView {
    return rotation.steps[STEPS.indexOf(step)]!;
  }

  #find(id: string): RotationView {
    const rotation = this.#kept.find((each) => each.id === id);
    if (rotation === undefined) throw failure('rotation_unknown', { rotation: id });
    return rotation;
  }
}

/** What a step leaves behind. */
function facts(rotation: RotationView, step: RotationStepName): RotationFact[] {
  const fact = (name: string, value: string): RotationFact => ({ name, value });
  const cloud = rotation.plan.old_key_ref.startsWith('awskms:');
  const request = cloud ? [fact('request_id', uuid(`${step} ${rotation.id}`))] : [];
  switch (step) {
    case 'create_key':
      return [fact('new_key_id', rotation.new_key_id!), fact('public_key_sha256', hex(`spki ${rotation.id}`)), ...request];
    case 'certificate':
      return [fact('certificate_sha256', hex(`cert ${rotation.id}`)), fact('not_after', moment(365))];
    case 'move_alias':
      return [fact('alias', rotation.plan.alias ?? '–'), fact('alias_before', rotation.plan.old_key_id), fact('alias_after', rotation.new_key_id ?? '–'), ...request];
    case 'validate':
      return [fact('algorithm', 'RSASSA_PSS_SHA_256'), fact('probe_sha256', hex(`probe ${rotation.id}`)), fact('probe_signature', btoa(hex(`signature ${rotation.id}`, 256))), fact('old_signature_verified', 'true'), fact('old_document', 'Escritura de venda e compra-assinada.pdf'), ...request];
    case 'transition':
      return [fact('transition_until', rotation.transition_until ?? moment(0))];
    case 'disable_old':
      return [fact('old_key_id', rotation.plan.old_key_id), ...request];
    case 'schedule_deletion':
      return [fact('deletion_at', rotation.deletion_at ?? moment(rotation.plan.deletion_days ?? 30)), ...request];
  }
}
