import { backend } from '../backend';
import type { AppState, Permission, Preferences } from '../generated/types';
import { useLocale } from '../i18n';
import { useTheme } from './theme';

/** What the program says about itself: who works, where, and what may be done. */
class Session {
  state = $state<AppState | null>(null);

  /** Asks the program again. */
  async refresh(): Promise<AppState> {
    return this.adopt(await backend.call('app_state', {}));
  }

  /** Takes the state that a command answered. */
  adopt(state: AppState): AppState {
    this.state = state;
    useLocale(state.preferences.locale);
    useTheme(state.preferences.theme);
    return state;
  }

  /** Whether the operator may do something; what may not be done is not shown. */
  can(permission: Permission): boolean {
    return this.state?.permissions.includes(permission) ?? false;
  }

  /** Keeps language and theme. */
  async prefer(change: Partial<Preferences>): Promise<void> {
    const current = this.state?.preferences ?? { locale: 'pt-BR', theme: 'system' };
    const next = { locale: current.locale, theme: current.theme, ...change };
    // At once on the screen; the program confirms it.
    useLocale(next.locale);
    useTheme(next.theme);
    this.adopt(await backend.call('preferences_save', next));
  }
}

/** The one session of the window. */
export const session = new Session();
