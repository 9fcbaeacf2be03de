import { untrack } from 'svelte';

/** What may take the focus for something in it that is gone: a pane, a panel, a dialog, the page. */
const PLACES = '[tabindex], [data-pane], main';

/** Whether the keyboard is nowhere. */
export function focusIsLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** Attachment: takes the focus when it comes and what had it is gone. Who works by keyboard goes on here. */
export function takeLostFocus(element: HTMLElement): void {
  untrack(() => {
    if (focusIsLost()) element.focus();
  });
}

/**
 * Keeps the keyboard's place until the function that it gives is called: where the focused element goes away or is disabled, the
 * nearest thing around it takes the focus. Without this the next Tab would begin at the top of the window.
 */
export function keepFocus(): () => void {
  let chain: HTMLElement[] = [];
  let waiting = 0;

  const note = (event: FocusEvent): void => {
    chain = event.target instanceof HTMLElement && event.target !== document.body ? ancestors(event.target) : [];
  };
  const mend = (): void => {
    waiting = 0;
    const [last] = chain;
    // Who clicks beside everything takes the focus away from something that is still there.
    if (!last || !focusIsLost() || isUsable(last)) return;
    const place = chain.slice(1).find((element) => element.isConnected && element.matches(PLACES));
    if (!place) return;
    if (!place.hasAttribute('tabindex')) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  };
  // In the next frame: what comes instead may take the focus itself.
  const watch = new MutationObserver(() => {
    if (waiting === 0 && focusIsLost() && chain.length > 0) waiting = requestAnimationFrame(mend);
  });

  document.addEventListener('focusin', note);
  watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled', 'hidden', 'open'] });
  return () => {
    document.removeEventListener('focusin', note);
    watch.disconnect();
    cancelAnimationFrame(waiting);
  };
}

function ancestors(element: HTMLElement): HTMLElement[] {
  const all: HTMLElement[] = [];
  for (let at: HTMLElement | null = element; at !== null && at !== document.body; at = at.parentElement) all.push(at);
  return all;
}

function isUsable(element: HTMLElement): boolean {
  return element.isConnected && !element.matches(':disabled') && element.getClientRects().length > 0;
}
