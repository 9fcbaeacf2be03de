/** What a hand may be at. */
const CONTROLS = 'label, button, summary, input, textarea, select, a';

/** Told by what scrolls of its own will: from there on things stay. */
const PLACED = 'placed';

/** Brings an element into sight by as little as it takes. */
export function bringIntoSight(element: Element): void {
  element.scrollIntoView({ block: 'nearest' });
  element.dispatchEvent(new Event(PLACED, { bubbles: true }));
}

/**
 * Attachment for what scrolls: what somebody is at stays where it is on the screen while something above it comes, grows or goes. What
 * the program has to say often comes late, and would move the very thing that is being pressed. WebKit has no `overflow-anchor`.
 *
 * Where less is left to scroll than that takes, `--slack` says what is missing; the element has it in its padding below.
 */
export function keepPlace(scroller: HTMLElement): () => void {
  let held: { element: Element; top: number } | null = null;
  let extent = '';

  const give = (slack: number): void => {
    if (Math.abs(slack - slackOf(scroller)) >= 1) scroller.style.setProperty('--slack', `${slack}px`);
  };
  const note = (): void => {
    const element = hand(scroller);
    held = element === null ? null : { element, top: topOf(element) };
    const below = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
    if (slackOf(scroller) > 0) give(Math.max(0, slackOf(scroller) - below));
    extent = extentOf(scroller);
  };
  const settle = (): void => {
    const moved = held !== null && held.element.getClientRects().length > 0 ? topOf(held.element) - held.top : 0;
    // Less than a pixel is rounding.
    if (Math.abs(moved) >= 1) {
      const scrolled = scrolling(scroller);
      const wanted = scrolled.scrollTop + moved;
      scrolled.scrollTop = wanted;
      // What fills less than the view has to fill it first, hence twice.
      for (let round = 0; round < 2 && scrolled === scroller && wanted - scroller.scrollTop >= 1; round += 1) {
        give(slackOf(scroller) + wanted - scroller.scrollTop);
        scroller.scrollTop = wanted;
      }
    }
    note();
  };
  // Something may have moved already of which nobody has told yet.
  const look = (): void => (extentOf(scroller) === extent ? note() : settle());

  const sizes = new ResizeObserver(settle);
  const observe = (): void => {
    sizes.disconnect();
    // Its own padding is the slack.
    sizes.observe(scroller, { box: 'border-box' });
    for (const child of scroller.children) sizes.observe(child);
  };
  // What goes away has no size to be told of.
  const children = new MutationObserver(() => {
    observe();
    settle();
  });

  observe();
  children.observe(scroller, { childList: true });
  scroller.addEventListener('focusin', note);
  scroller.addEventListener(PLACED, note);
  scroller.addEventListener('pointerover', look);
  scroller.addEventListener('pointerleave', look);
  // Of anything around it, too: at 200 % of a small window it is the page that scrolls.
  document.addEventListener('scroll', look, { capture: true, passive: true });
  return () => {
    sizes.disconnect();
    children.disconnect();
    scroller.removeEventListener('focusin', note);
    scroller.removeEventListener(PLACED, note);
    scroller.removeEventListener('pointerover', look);
    scroller.removeEventListener('pointerleave', look);
    document.removeEventListener('scroll', look, { capture: true });
  };
}

/** What somebody is at: what the keyboard is on, what is under the pointer, what was pressed last, or what is read. */
function hand(scroller: HTMLElement): Element | null {
  const frame = scroller.getBoundingClientRect();
  const active = document.activeElement;
  const focused = active !== null && active !== scroller && scroller.contains(active) && isBetween(active, frame) ? active : null;
  if (focused?.matches(':focus-visible')) return focused;
  const pointed = [...scroller.querySelectorAll(':hover')].findLast((element) => element.matches(CONTROLS));
  return pointed ?? focused ?? (scroller.scrollTop > 0 ? read(scroller, frame) : null);
}

/** The first thing that begins in sight, else the innermost that does not. */
function read(within: Element, frame: DOMRect): Element | null {
  const child = [...within.children].find((each) => isBetween(each, frame));
  return child === undefined || topOf(child) >= frame.top ? (child ?? null) : (read(child, frame) ?? child);
}

function isBetween(element: Element, frame: DOMRect): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > top && bottom > frame.top && top < frame.bottom;
}

function topOf(element: Element): number {
  return element.getBoundingClientRect().top;
}

/** The element, or the nearest one around it, that can be scrolled now. */
function scrolling(element: HTMLElement): HTMLElement {
  for (let at: HTMLElement | null = element; at !== null; at = at.parentElement) {
    if (at.scrollHeight > at.clientHeight && ['auto', 'scroll'].includes(getComputedStyle(at).overflowY)) return at;
  }
  return element;
}

function slackOf(scroller: HTMLElement): number {
  return Number.parseFloat(scroller.style.getPropertyValue('--slack')) || 0;
}

function extentOf(scroller: HTMLElement): string {
  return `${scroller.scrollHeight} ${scroller.clientHeight} ${scroller.getBoundingClientRect().top}`;
}
