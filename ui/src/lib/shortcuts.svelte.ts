import { onDestroy } from 'svelte';

/** What the keys of the frame do on the page that is shown. */
export interface PageKeys {
  /** Ctrl+O. */
  open?: () => void;
  /** Ctrl+Enter. */
  primary?: () => void;
}

class Shortcuts {
  #stack: PageKeys[] = [];

  /** Registers a page's keys while the component that calls it lives. */
  use(keys: PageKeys): void {
    this.#stack.push(keys);
    onDestroy(() => {
      this.#stack = this.#stack.filter((entry) => entry !== keys);
    });
  }

  /** Runs what the innermost page has for a key; false where it has nothing. */
  run(key: keyof PageKeys): boolean {
    const action = this.#stack.findLast((entry) => entry[key])?.[key];
    action?.();
    return action !== undefined;
  }
}

/** The keys of the page that is shown. */
export const shortcuts = new Shortcuts();

/**
 * Whether a dialog, a menu or a list lies over the page and has the keys. One that was closed stays in the document for some frames, or
 * longer where much is to be drawn; for whoever closed it, it is gone.
 */
export function isCovered(): boolean {
  const layers = document.querySelectorAll('[role="dialog"], [role="menu"], [role="listbox"]:not([data-inline])');
  return [...layers].some((layer) => layer.closest('[data-state="closed"]') === null);
}

/** Moves the focus to the next (or previous) pane: elements marked `data-pane`, in document order; one that holds others is none itself. */
export function cyclePanes(backwards: boolean): void {
  const panes = [...document.querySelectorAll<HTMLElement>('[data-pane]')].filter((pane) => pane.getClientRects().length > 0 && !pane.querySelector('[data-pane]'));
  if (panes.length === 0) return;
  const current = panes.findLastIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(current + (backwards ? -1 : 1) + panes.length) % panes.length] ?? panes[0];
  if (!next) return;
  if (!next.hasAttribute('tabindex')) next.tabIndex = -1;
  next.focus();
}
