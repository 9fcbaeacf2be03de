import type { Locale } from '$ui/generated/types';
import { overwriteGetLocale } from './paraglide/runtime';

/** The language in use. Reading it in a template or in any message function makes the caller follow a change. */
class LocaleState {
  current = $state<Locale>('pt-BR');
}

export const locale = new LocaleState();

overwriteGetLocale(() => locale.current);

/** Changes the language of everything on the screen, without reloading. */
export function useLocale(next: Locale): void {
  locale.current = next;
  document.documentElement.lang = next;
}
