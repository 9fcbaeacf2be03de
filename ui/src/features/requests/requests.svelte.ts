import { backend, toBackendError } from '../../backend';
import type { RequestView, WireError } from '../../generated/types';
import { waitsForMe } from './groups';

/** What needs two people, as the whole window knows it: the rail counts, the first page shows, the inbox decides. */
class Requests {
  list = $state.raw<RequestView[] | null>(null);
  error = $state.raw<WireError | null>(null);
  #turn = 0;

  /** How many wait for the person who works. */
  get waiting(): number {
    return this.list?.filter(waitsForMe).length ?? 0;
  }

  /** Asks for the list; only the newest answer counts. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.error = null;
    try {
      const list = await backend.call('requests_list', {});
      if (turn === this.#turn) this.list = list;
    } catch (thrown) {
      if (turn === this.#turn) this.error = toBackendError(thrown).wire;
    }
  }

  /** Takes what a command answered about one. */
  adopt(request: RequestView): void {
    const list = this.list ?? [];
    this.list = list.some(({ id }) => id === request.id) ? list.map((each) => (each.id === request.id ? request : each)) : [request, ...list];
  }

  /** Approves or rejects. Rejects with what went wrong. */
  async decide(id: string, approve: boolean, reason: string): Promise<void> {
    this.adopt(await backend.call('request_decide', { id, approve, reason }));
  }

  /** Takes one back. Rejects with what went wrong. */
  async withdraw(id: string): Promise<void> {
    this.adopt(await backend.call('request_withdraw', { id }));
  }

  /** Forgets everything: somebody else works, or another office is open. */
  clear(): void {
    this.#turn += 1;
    this.list = null;
    this.error = null;
  }
}

/** The one list of requests of the window. */
export const requests = new Requests();
