import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import { type Backend, type CommandName, type EventName, type Events, type Request, type Response, toBackendError } from './backend';

/** Under which name the shell sends an event, and how its payload is read. */
const WIRE_EVENTS: { [E in EventName]: { name: string; read: (payload: unknown) => Events[E] } } = {
  job: { name: 'job', read: (payload) => payload as Events['job'] },
  documents_dropped: { name: 'documents_dropped', read: (payload) => payload as Events['documents_dropped'] },
  drag: { name: 'drag_state', read: (payload) => ({ over: payload === true }) },
};

/** Shows the whole window larger or smaller; 1 is its own size. */
export async function zoomWebview(factor: number): Promise<void> {
  await invoke('plugin:webview|set_webview_zoom', { value: factor });
}

/** The backend behind the window of the desktop program. The only module that knows Tauri. */
export class TauriBackend implements Backend {
  async call<C extends CommandName>(name: C, request: Request<C>): Promise<Response<C>> {
    try {
      return await invoke<Response<C>>(name, { request });
    } catch (thrown) {
      throw toBackendError(thrown);
    }
  }

  on<E extends EventName>(event: E, handler: (payload: Events[E]) => void): () => void {
    let stopped = false;
    const { name, read } = WIRE_EVENTS[event];
    const listening = listen(name, ({ payload }) => {
      if (!stopped) handler(read(payload));
    });
    listening.catch((thrown: unknown) => console.error(`cannot listen to ${event}`, thrown));
    return () => {
      stopped = true;
      listening.then((unlisten) => unlisten()).catch(() => undefined);
    };
  }
}
