import type { VerdictState } from '../../components/types';
import { m } from '../../i18n';

/** How an act of the trail ended. A person's cancelling is no failure. */
export function outcome(phase: string): { state: VerdictState; word: string } {
  const known: Record<string, { state: VerdictState; word: () => string }> = {
    succeeded: { state: 'ok', word: m.outcome_succeeded },
    failed: { state: 'bad', word: m.outcome_failed },
    cancelled: { state: 'none', word: m.outcome_cancelled },
    interrupted: { state: 'warn', word: m.outcome_interrupted },
    intent: { state: 'busy', word: m.outcome_intent },
  };
  const found = known[phase];
  return found ? { state: found.state, word: found.word() } : { state: 'unknown', word: phase };
}
