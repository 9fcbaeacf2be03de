import type { Theme } from '../generated/types';

const dark = typeof window === 'undefined' ? undefined : window.matchMedia?.('(prefers-color-scheme: dark)');
let chosen: Theme = 'system';

/** Puts the theme on the page; `system` follows the system from then on. */
export function useTheme(theme: Theme): void {
  chosen = theme;
  apply();
}

function apply(): void {
  const resolved = chosen === 'system' ? (dark?.matches ? 'dark' : 'light') : chosen;
  document.documentElement.dataset.theme = resolved;
}

dark?.addEventListener('change', () => {
  if (chosen === 'system') apply();
});
