import type { Backend } from './backend';
import { LazyBackend, MissingBackend } from './stand-in';
import { TauriBackend, zoomWebview } from './tauri';

export { type Backend, BackendError, type CommandName, type DragState, type EventName, type Events, type Request, type Response, toBackendError } from './backend';
export { seal, sealText } from './seal';

declare global {
  interface Window {
    __TAURI_INTERNALS__?: unknown;
  }
}

/** The backend of this window: the desktop program's, or in a plain browser the one that only pretends. */
export const backend: Backend = choose();

/** Shows the whole window larger or smaller; 1 is its own size. */
export async function zoomWindow(factor: number): Promise<void> {
  if (inProgram()) await zoomWebview(factor);
  else document.documentElement.style.setProperty('zoom', String(factor));
}

function inProgram(): boolean {
  return typeof window !== 'undefined' && window.__TAURI_INTERNALS__ !== undefined;
}

function choose(): Backend {
  if (inProgram()) return new TauriBackend();
  // A production build is for the desktop program alone: the pretended office does not even ship.
  if (import.meta.env.MODE === 'production') return new MissingBackend();
  return new LazyBackend(async () => (await import('./mock')).mockFromLocation());
}
