import { type Backend, BackendError, type CommandName, type EventName, type Events, type Request, type Response } from './backend';

/** A backend that is loaded when it is first needed. */
export class LazyBackend implements Backend {
  #loaded: Promise<Backend> | undefined;

  constructor(private readonly load: () => Promise<Backend>) {}

  async call<C extends CommandName>(name: C, request: Request<C>): Promise<Response<C>> {
    return (await this.#backend()).call(name, request);
  }

  on<E extends EventName>(event: E, handler: (payload: Events[E]) => void): () => void {
    let stop: (() => void) | undefined;
    let stopped = false;
    void this.#backend().then((backend) => {
      if (!stopped) stop = backend.on(event, handler);
    });
    return () => {
      stopped = true;
      stop?.();
    };
  }

  #backend(): Promise<Backend> {
    return (this.#loaded ??= this.load());
  }
}

/** What answers where there is no program behind the window. */
export class MissingBackend implements Backend {
  call<C extends CommandName>(): Promise<Response<C>> {
    return Promise.reject(
      new BackendError({
        code: 'no_backend',
        params: {},
        severity: 'error',
        retry: 'never',
        detail: 'This window was opened outside of the desktop program.',
      }),
    );
  }

  on(): () => void {
    return () => undefined;
  }
}
