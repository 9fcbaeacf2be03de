import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import { type Backend, type CommandName, type EventName, type Events, type Request, type Response, toBackendError } from './backend';

/** Names under which the shell sends the events. */
const WIRE_EVENTS: Record<EventName, string> = {
  job: 'job',
  documents_dropped: 'documents_dropped',
  drag: 'drag_state',
};

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
    const listening = listen<Events[E]>(WIRE_EVENTS[event], ({ payload }) => {
      if (!stopped) handler(payload);
    });
    listening.catch((thrown: unknown) => console.error(`cannot listen to ${event}`, thrown));
    return () => {
      stopped = true;
      listening.then((unlisten) => unlisten()).catch(() => undefined);
    };
  }
}
