import type { CertifyChoice, ItemPhase, ItemState, SignFormat, SignLevel, SignPreview, SignProfile } from '../../generated/types';
import { m } from '../../i18n';
import { algorithmWord } from './algorithms';
import { simpleProfile } from './profile';

export { algorithmWord } from './algorithms';

const LEVELS: SignLevel[] = ['b-b', 'b-t', 'b-lt', 'b-lta'];

/** What will be made: one sentence on form and time, and one more for each thing that was chosen beside it. */
export function howSentence(preview: SignPreview, profile: SignProfile = simpleProfile()): string {
  const items = preview.items.filter(({ problem }) => problem === null);
  const formats = new Set(items.map(({ format }) => format));
  if (formats.size === 0) return m.sign_how_none();
  // Where documents differ, the least of them is what can be promised.
  const lowest = LEVELS.find((level) => items.some((item) => item.level === level)) ?? 'b-b';
  const algorithm = algorithmWord(preview.algorithm);
  const policy = profile.policy === 'none' ? null : profile.policy.toUpperCase();
  const level = policy === null ? lowest.toUpperCase() : m.sign_how_policy_level({ policy });
  const inputs = { level, policy: policy ?? '', time: timeWord(lowest), algorithm };
  const [format] = formats;
  return [formats.size > 1 ? m.sign_how_mixed(inputs) : formSentence(format ?? 'pades', policy !== null, inputs), ...besides(profile, formats)].join(' ');
}

function formSentence(format: SignFormat, policy: boolean, inputs: { level: string; policy: string; time: string; algorithm: string }): string {
  const sentences: Record<SignFormat, () => string> = {
    pades: () => (policy ? m.sign_how_pades_policy(inputs) : m.sign_how_pades(inputs)),
    'cades-detached': () => m.sign_how_cades(inputs),
    'cades-enveloping': () => m.sign_how_cades_enveloping(inputs),
    raw: () => m.sign_how_raw(inputs),
  };
  return sentences[format]();
}

function besides(profile: SignProfile, formats: Set<SignFormat>): string[] {
  const said: string[] = [];
  if (profile.role !== 'sign' && [...formats].some((format) => format.startsWith('cades'))) said.push(profile.role === 'cosign' ? m.sign_how_cosign() : m.sign_how_countersign());
  if (!formats.has('pades')) return said;
  if (profile.field !== null) said.push(m.sign_how_field({ field: profile.field }));
  if (profile.stamp) said.push(profile.stamp.page === -1 ? m.sign_how_stamp_last() : m.sign_how_stamp({ page: String(profile.stamp.page) }));
  if (profile.certify) said.push(m.sign_how_certify({ what: certifyWord(profile.certify) }));
  if (profile.lock && profile.field === null) said.push({ all: m.sign_how_lock_all, these: m.sign_how_lock_these, all_but: m.sign_how_lock_all_but }[profile.lock.which]());
  return said;
}

/** What a level brings, inside a sentence. */
export function timeWord(level: SignLevel): string {
  const words: Record<SignLevel, () => string> = { 'b-b': m.sign_how_bb, 'b-t': m.sign_how_bt, 'b-lt': m.sign_how_blt, 'b-lta': m.sign_how_blta };
  return words[level]();
}

/** What a certification allows afterwards, inside a sentence. */
export function certifyWord(choice: CertifyChoice): string {
  const words: Record<CertifyChoice, () => string> = {
    'no-changes': m.sign_how_certify_no_changes,
    'form-filling': m.sign_how_certify_form_filling,
    annotations: m.sign_how_certify_annotations,
  };
  return words[choice]();
}

/** What is going on with a document. */
export function phaseWord(phase: ItemPhase | null): string {
  const words: Record<ItemPhase, () => string> = {
    preparing: m.sign_phase_preparing,
    signing: m.sign_phase_signing,
    stamping: m.sign_phase_stamping,
    gathering: m.sign_phase_gathering,
    checking: m.sign_phase_checking,
    writing: m.sign_phase_writing,
  };
  return phase ? words[phase]() : m.sign_state_running();
}

/** How far a document is. */
export function stateWord(state: ItemState): string {
  const words: Record<ItemState, () => string> = {
    waiting: m.sign_state_waiting,
    running: m.sign_state_running,
    done: m.sign_state_done,
    failed: m.sign_state_failed,
    cancelled: m.sign_state_cancelled,
  };
  return words[state]();
}
