import type { RotationFact, RotationStepName, RotationStepView, RotationView } from '$ui/generated/types';
import type { VerdictState } from '$ui/components/types';
import { specWord } from '$ui/features/keys/words';
import { plainName } from '$ui/features/requests/words';
import { algorithmWord } from '$ui/features/sign/words';
import { m } from '$ui/i18n';
import { message } from '$ui/i18n/errors';
import { formatDate, formatDateTime } from '$ui/lib/format';

/** The seven steps in their order. */
export const STEPS: readonly RotationStepName[] = ['create_key', 'certificate', 'move_alias', 'validate', 'transition', 'disable_old', 'schedule_deletion'];

/** How a step shows: its own shape and its own word each. */
export type Mark = 'waiting' | 'busy' | 'interrupted' | 'lasting' | 'ended' | 'bring' | 'done' | 'skipped' | 'failed' | 'undone';

/** What a step is called. */
export function stepWord(step: RotationStepName): string {
  const words: Record<RotationStepName, () => string> = {
    create_key: m.rotation_step_create_key,
    certificate: m.rotation_step_certificate,
    move_alias: m.rotation_step_move_alias,
    validate: m.rotation_step_validate,
    transition: m.rotation_step_transition,
    disable_old: m.rotation_step_disable_old,
    schedule_deletion: m.rotation_step_schedule_deletion,
  };
  return words[step]();
}

/** How a step stands. `busy` says that this window is taking steps right now: then what has begun is no interruption. */
export function markOf({ step, state }: Pick<RotationStepView, 'step' | 'state'>, rotation: Pick<RotationView, 'waits_for' | 'current'>, busy: boolean): Mark {
  switch (state) {
    case 'waiting':
      if (rotation.waits_for === 'certificate' && step === 'certificate') return 'bring';
      return rotation.waits_for === 'transition' && step === 'transition' ? 'lasting' : 'waiting';
    case 'begun':
      if (rotation.waits_for === 'certificate' && step === 'certificate') return 'bring';
      // A transition is begun as long as it lasts; a program that was closed meanwhile interrupts nothing.
      if (step === 'transition' && !busy) return rotation.waits_for === 'transition' ? 'lasting' : 'ended';
      return busy ? 'busy' : 'interrupted';
    case 'done':
    case 'skipped':
    case 'failed':
    case 'undone':
      return state;
  }
}

/** The word of a mark; never left out. */
export function markWord(mark: Mark): string {
  const words: Record<Mark, () => string> = {
    waiting: m.rotation_mark_waiting,
    busy: m.rotation_mark_busy,
    interrupted: m.rotation_mark_interrupted,
    lasting: m.rotation_mark_lasting,
    ended: m.rotation_mark_ended,
    bring: m.rotation_mark_bring,
    done: m.rotation_mark_done,
    skipped: m.rotation_mark_skipped,
    failed: m.rotation_mark_failed,
    undone: m.rotation_mark_undone,
  };
  return words[mark]();
}

/** The name of the key that is changed. */
export function nameOf({ plan }: Pick<RotationView, 'plan'>): string {
  return plainName(plan.alias ?? plan.old_key_id);
}

/** How a rotation stands, in a word for the list. */
export function stateOf({ state, waits_for }: Pick<RotationView, 'state' | 'waits_for'>): { state: VerdictState; word: string } {
  if (waits_for === 'failure') return { state: 'bad', word: m.rotation_state_failed() };
  switch (state) {
    case 'running':
      return waits_for === 'certificate' || waits_for === 'person' ? { state: 'warn', word: m.rotation_state_waiting() } : { state: 'busy', word: m.rotation_state_running() };
    case 'transition':
      return waits_for === 'person' ? { state: 'warn', word: m.rotation_state_waiting() } : { state: 'busy', word: m.rotation_state_transition() };
    case 'finished':
      return { state: 'ok', word: m.rotation_state_finished() };
    case 'rolling_back':
      return { state: 'warn', word: m.rotation_state_rolling_back() };
    case 'rolled_back':
      return { state: 'none', word: m.rotation_state_rolled_back() };
  }
}

/** Where a rotation stands and what happens next, in a sentence. */
export function headline(rotation: RotationView, busy = false, now = new Date()): string {
  const step = stepWord(rotation.current);
  if (busy && rotation.state !== 'rolling_back') return m.rotation_head_busy({ step });
  if (rotation.waits_for === 'failure') return rotation.can_undo ? m.rotation_head_failure({ step }) : m.rotation_head_failure_late({ step });
  switch (rotation.state) {
    case 'running':
      if (rotation.waits_for === 'certificate') return m.rotation_head_certificate();
      return isInterrupted(rotation) ? m.rotation_head_interrupted({ step }) : m.rotation_head_running({ step });
    case 'transition':
      return transition(rotation, step, now);
    case 'finished':
      return finished(rotation, now);
    case 'rolling_back':
      return m.rotation_head_rolling_back();
    case 'rolled_back':
      return m.rotation_head_rolled_back({ when: moment(rotation.finished_at) });
  }
}

/** Whether a step was begun and never ended, and nobody is at it. */
export function isInterrupted(rotation: RotationView): boolean {
  return rotation.steps.some((step) => markOf(step, rotation, false) === 'interrupted');
}

/** What undoing puts back, line by line. */
export function putBack({ steps, plan }: RotationView): string[] {
  const touched = (name: RotationStepName): boolean => steps.some(({ step, state }) => step === name && (state === 'done' || state === 'begun' || state === 'failed'));
  const lines: string[] = [];
  if (touched('move_alias') && plan.alias !== null) lines.push(m.rotation_undo_alias({ alias: plainName(plan.alias) }));
  if (touched('certificate') && plan.identity !== null) lines.push(m.rotation_undo_identity({ identity: plan.identity_label ?? plan.identity ?? '–' }));
  if (touched('create_key')) lines.push(m.rotation_undo_key());
  return lines.length === 0 ? [m.rotation_undo_nothing()] : [...lines, m.rotation_undo_evidence()];
}

/** What can be done with a rotation now; nothing else is offered. */
export interface Offer {
  /** The strong action of the page. */
  main: 'continue' | 'retry' | 'bring' | 'continue_undo' | null;
  oneStep: boolean;
  endTransition: boolean;
  undo: boolean;
  cancelDeletion: boolean;
}

/** What may be done with a rotation now, by whom may go on with it. */
export function offer(rotation: RotationView): Offer {
  const { state, waits_for, may_advance } = rotation;
  const open = state === 'running' || state === 'transition';
  const main = ((): Offer['main'] => {
    if (!may_advance) return null;
    if (state === 'rolling_back') return 'continue_undo';
    if (!open || waits_for === 'transition') return null;
    if (waits_for === 'certificate') return 'bring';
    return waits_for === 'failure' ? 'retry' : 'continue';
  })();
  return {
    main,
    oneStep: main === 'continue' && state === 'running' && rotation.current !== 'schedule_deletion',
    endTransition: may_advance && state === 'transition' && waits_for === 'transition',
    undo: may_advance && open && rotation.can_undo,
    cancelDeletion: rotation.can_cancel_deletion,
  };
}

/** What a fact is called. */
export function factWord(name: string): string {
  return message(`rotation_fact_${name}`) ?? name.replaceAll('_', ' ');
}

/** How a fact is shown. */
export type FactForm = { form: 'hash' | 'code' | 'long' | 'text' | 'record'; text: string };

/** Facts whose values are words of a fixed set. */
const WORDED = /^(new_key|skipped|certificate_source)$|_(state|with|skipped|result)$/;

/** A fact's value: instants and days in words, digests and signatures as what they are. */
export function factForm({ name, value }: RotationFact): FactForm {
  if (name === 'audit_seq') return { form: 'record', text: value };
  if (/^([0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/.test(value)) return { form: 'hash', text: value };
  if (name.endsWith('_message')) return { form: 'long', text: value };
  if (name.endsWith('algorithm')) return { form: 'text', text: algorithmWord(value) };
  const word = message(`rotation_value_${value}`);
  if (word !== null && WORDED.test(name)) return { form: 'text', text: word };
  if (name === 'spec') return { form: 'text', text: specWord(value) };
  if (name === 'alias' || name === 'alias_elsewhere') return { form: 'text', text: plainName(value) };
  if (value === 'true' || value === 'false') return { form: 'text', text: value === 'true' ? m.audit_yes() : m.audit_no() };
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value)) return { form: 'text', text: formatDateTime(value) };
  if (/^[A-Za-z0-9+/_-]{80,}={0,2}$/.test(value)) return { form: 'long', text: value };
  return /^(arn:|awskms:|pkcs11:|local:|[0-9a-f]{8}-[0-9a-f]{4}-)/.test(value) ? { form: 'code', text: value } : { form: 'text', text: value };
}

function transition(rotation: RotationView, step: string, now: Date): string {
  const until = rotation.transition_until;
  if (until === null) return m.rotation_head_running({ step });
  if (new Date(until) <= now) return m.rotation_head_transition_over({ until: formatDate(until) });
  // The new key signs from the moment at which the name was moved; without a name, from when it was proved.
  const moved = ['move_alias', 'validate', 'create_key'].map((name) => rotation.steps.find((each) => each.step === name && each.state === 'done')?.at).find((at) => at != null);
  return m.rotation_head_transition({ since: formatDate(moved ?? rotation.started_at), until: formatDate(until) });
}

function finished({ deletion_at, finished_at, can_cancel_deletion }: RotationView, now: Date): string {
  const when = moment(finished_at);
  if (deletion_at === null) return m.rotation_head_finished_kept({ when });
  const date = formatDate(deletion_at);
  return !can_cancel_deletion && new Date(deletion_at) <= now ? m.rotation_head_finished_gone({ when, date }) : m.rotation_head_finished_deletion({ when, date });
}

function moment(at: string | null): string {
  return at === null ? '–' : formatDateTime(at);
}
