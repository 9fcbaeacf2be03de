import { zoomWindow } from '../backend';

/** How large the whole window can be shown. */
export const STEPS = [0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];

const STORE = 'window:zoom';

/** The next step from `current` on; null where there is none. */
export function stepped(current: number, direction: 1 | -1): number | null {
  return (direction > 0 ? STEPS.find((step) => step > current + 0.01) : STEPS.findLast((step) => step < current - 0.01)) ?? null;
}

/** What a key makes of the size: Ctrl and plus, minus or zero; null for any other key. */
export function keyedZoom(current: number, { ctrlKey, metaKey, altKey, key }: Pick<KeyboardEvent, 'ctrlKey' | 'metaKey' | 'altKey' | 'key'>): number | null {
  if (!(ctrlKey || metaKey) || altKey) return null;
  if (key === '0') return 1;
  if (key === '+' || key === '=') return stepped(current, 1) ?? current;
  if (key === '-' || key === '_') return stepped(current, -1) ?? current;
  return null;
}

/** Lets the keys change how large the window is shown, as it was at the last time; gives what stops it. */
export function followZoom(): () => void {
  const kept = Number(localStorage.getItem(STORE));
  let current = STEPS.includes(kept) ? kept : 1;
  const apply = (): void => void zoomWindow(current).catch((thrown: unknown) => console.error('the window keeps its size', thrown));
  const press = (event: KeyboardEvent): void => {
    // In the document these keys enlarge the document.
    const next = event.defaultPrevented ? null : keyedZoom(current, event);
    if (next === null) return;
    event.preventDefault();
    current = next;
    localStorage.setItem(STORE, String(current));
    apply();
  };
  if (current !== 1) apply();
  window.addEventListener('keydown', press);
  return () => window.removeEventListener('keydown', press);
}
