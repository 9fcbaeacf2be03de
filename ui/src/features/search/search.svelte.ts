import { backend, toBackendError } from '../../backend';
import type { SearchHit, SearchKind, WireError } from '../../generated/types';

/** So long nothing more must be typed before it is searched. */
const PAUSE_MS = 140;

/** Fewer letters than this find everything and tell nothing. */
const LEAST = 2;

/** One search while it is open: what was typed, and what was found for it. */
export class Search {
  text = $state('');
  hits = $state.raw<SearchHit[]>([]);
  more = $state(false);
  error = $state.raw<WireError | null>(null);
  searching = $state(false);
  /** What the hits were found for. */
  of = $state('');
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly pause = PAUSE_MS) {}

  /** Takes what is typed; searches once nothing more comes. */
  type(text: string): void {
    this.text = text;
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.error = null;
    const wanted = text.trim();
    if (wanted.length < LEAST) {
      this.#show('', [], false);
      this.searching = false;
      return;
    }
    this.searching = true;
    this.#timer = setTimeout(() => void this.#ask(wanted), this.pause);
  }

  /** Searches again at once. */
  again(): void {
    clearTimeout(this.#timer);
    this.error = null;
    this.searching = true;
    void this.#ask(this.text.trim());
  }

  /** Forgets what was typed, which may be a CPF, and what was found. */
  clear(): void {
    this.type('');
  }

  async #ask(text: string): Promise<void> {
    const turn = ++this.#turn;
    try {
      const { hits, more } = await backend.call('search', { text });
      if (turn === this.#turn) this.#show(text, hits, more);
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.#show(text, [], false);
      this.error = toBackendError(thrown).wire;
    } finally {
      if (turn === this.#turn) this.searching = false;
    }
  }

  #show(text: string, hits: SearchHit[], more: boolean): void {
    this.of = text;
    this.hits = hits;
    this.more = more;
  }
}

/** Hits by what they are; the kind of the best hit comes first. */
export function byKind(hits: readonly SearchHit[]): { kind: SearchKind; hits: SearchHit[] }[] {
  const groups = new Map<SearchKind, SearchHit[]>();
  for (const hit of hits) groups.set(hit.kind, [...(groups.get(hit.kind) ?? []), hit]);
  return [...groups].map(([kind, found]) => ({ kind, hits: found }));
}
