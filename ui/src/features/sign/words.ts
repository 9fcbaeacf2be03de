import type { ItemPhase, ItemState, SignFormat, SignPreview } from '../../generated/types';
import { m } from '../../i18n';
import { algorithmWord } from './algorithms';

export { algorithmWord } from './algorithms';

/** What will be made, in one sentence. */
export function howSentence(preview: SignPreview): string {
  const formats = new Set(preview.items.filter(({ problem }) => problem === null).map(({ format }) => format));
  const algorithm = algorithmWord(preview.algorithm);
  if (formats.size === 2) return m.sign_how_mixed({ algorithm });
  const sentences: Record<SignFormat, (inputs: { algorithm: string }) => string> = { pades: m.sign_how_pades, 'cades-detached': m.sign_how_cades, 'cades-enveloping': m.sign_how_cades, raw: m.sign_how_cades };
  const [format] = formats;
  return format ? sentences[format]({ algorithm }) : m.sign_how_none();
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
