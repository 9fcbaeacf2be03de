import type { VerdictState } from '$ui/components/types';
import type { TokenView } from '$ui/generated/types';
import { m } from '$ui/i18n';

/** How a token stands, in a word. The worst comes first: a locked token is locked whoever is logged in. */
export function tokenState({ locked, initialised, logged_in, tries }: Pick<TokenView, 'locked' | 'initialised' | 'logged_in' | 'tries'>): { state: VerdictState; word: string } {
  if (!initialised) return { state: 'none', word: m.token_state_blank() };
  if (locked) return { state: 'bad', word: m.token_state_locked() };
  if (tries === 'last') return { state: 'bad', word: m.token_state_last() };
  if (logged_in) return { state: 'ok', word: m.token_state_open() };
  if (tries === 'few') return { state: 'warn', word: m.token_state_few() };
  return { state: 'none', word: m.token_state_closed() };
}

/** What that means and what to do, in a sentence; null where the page shows it anyway. */
export function tokenSentence({ locked, initialised }: Pick<TokenView, 'locked' | 'initialised'>): string | null {
  if (!initialised) return m.token_blank_text();
  return locked ? m.token_locked_text() : null;
}
