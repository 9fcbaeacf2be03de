import type { DocumentInfo } from '../../generated/types';
import { type Backend, type CommandName, type EventName, type Events, type Request, type Response, toBackendError } from '../backend';

import { fromFile } from './documents';
import { failure } from './failure';
import { type MockOptions, Office } from './office';
import { wait } from './time';

export type { MockOptions } from './office';

/** A backend for a plain browser and for tests: nothing leaves the page and nothing is real. */
export class MockBackend implements Backend {
  readonly #office: Office;
  readonly #options: MockOptions;
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>();

  constructor(options: Partial<MockOptions> = {}) {
    this.#options = { start: 'welcome', pace: 1, empty: false, fail: {}, broken: false, interrupted: false, resume: null, locale: 'pt-BR', theme: 'system', ...options };
    this.#office = new Office(this.#options, (event, payload) => this.#tell(event, payload));
  }

  async call<C extends CommandName>(name: C, request: Request<C>): Promise<Response<C>> {
    await wait(60 * this.#options.pace);
    try {
      const code = this.#options.fail[name];
      if (code !== undefined) throw failure(code, {}, { retry: 'later', detail: `${name} was told to fail with ${code}` });
      const answer = (await this.#office.handlers[name](request)) as Response<C>;
      return answer instanceof ArrayBuffer ? answer : structuredClone(answer);
    } catch (thrown) {
      throw toBackendError(thrown);
    }
  }

  on<E extends EventName>(event: E, handler: (payload: Events[E]) => void): () => void {
    const handlers = this.#listeners.get(event) ?? new Set();
    handlers.add(handler as (payload: never) => void);
    this.#listeners.set(event, handlers);
    return () => handlers.delete(handler as (payload: never) => void);
  }

  /** Lets real files fall on the window, as far as a browser can. */
  listenToDrops(target: Document): void {
    let depth = 0;
    const over = (change: number) => {
      const before = depth > 0;
      depth = Math.max(0, depth + change);
      if (before !== depth > 0) this.#tell('drag', { over: depth > 0 });
    };
    target.addEventListener('dragenter', () => over(1));
    target.addEventListener('dragleave', () => over(-1));
    target.addEventListener('dragover', (event) => event.preventDefault());
    target.addEventListener('drop', (event) => {
      event.preventDefault();
      over(-depth);
      void this.dropFiles([...(event.dataTransfer?.files ?? [])]);
    });
  }

  /** Drops files, as the shell does when they fall on the window. */
  async dropFiles(files: File[]): Promise<DocumentInfo[]> {
    const documents = await Promise.all(files.map((file) => fromFile(this.#office.documents, file, 'dropped')));
    this.#office.drop(documents);
    return documents;
  }

  #tell<E extends EventName>(event: E, payload: Events[E]): void {
    for (const handler of this.#listeners.get(event) ?? []) (handler as (payload: Events[E]) => void)(payload);
  }
}

/**
 * The mock that the address asks for: `?start=demo&pace=0&empty&broken&interrupted&resume=key_store_locked&many=1000&pile=5000&heap=10000&partly&pause=token_pin_required&session=ending&role=clerk&locale=en&theme=dark&fail=keys_list:aws_unreachable`.
 */
export function mockFromLocation(): MockBackend {
  const query = new URLSearchParams(location.search);
  const mock = new MockBackend({
    ...(query.has('start') ? { start: query.get('start') as MockOptions['start'] } : {}),
    ...(query.has('pace') ? { pace: Number(query.get('pace')) } : {}),
    ...(query.has('session') ? { session: query.get('session') as NonNullable<MockOptions['session']> } : {}),
    ...(query.has('role') ? { role: query.get('role') as string } : {}),
    ...(query.has('locale') ? { locale: query.get('locale') as MockOptions['locale'] } : {}),
    ...(query.has('theme') ? { theme: query.get('theme') as MockOptions['theme'] } : {}),
    ...(query.has('many') ? { many: Number(query.get('many')) } : {}),
    ...(query.has('pile') ? { pile: Number(query.get('pile')) } : {}),
    ...(query.has('heap') ? { heap: Number(query.get('heap')) } : {}),
    ...(query.has('pause') ? { pause: query.get('pause') } : {}),
    partly: query.has('partly'),
    empty: query.has('empty'),
    broken: query.has('broken'),
    interrupted: query.has('interrupted'),
    resume: query.get('resume'),
    fail: Object.fromEntries(query.getAll('fail').map((pair) => pair.split(':') as [string, string])),
  });
  mock.listenToDrops(document);
  return mock;
}
