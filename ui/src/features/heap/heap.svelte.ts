import { backend, toBackendError } from '$ui/backend';
import type { ChainReview, HeapDetail, HeapForm, HeapKind, HeapObject, HeapView, ReportFormat, Requirements, SealedSecret, WireError } from '$ui/generated/types';
import { countKinds, indexed, select } from './filter';
import { forest, treeRows } from './tree';

/** How the heap is laid out. */
export type HeapMode = 'list' | 'tree' | 'graph';

const NONE: HeapView = { objects: [], links: [], sources: [], truncated: false };

/** What a chain is judged by, as long as nobody says otherwise. */
export const PLAIN: Requirements = { at: null, purpose: 'any', revocation: 'require', policies: [], explicit_policy: false, inhibit_any_policy: false, inhibit_policy_mapping: false, trusted: [] };

/** The heap, as it lies on the bench; it stays when the page is left. */
class Heap {
  view = $state.raw<HeapView | null>(null);
  loading = $state<WireError | null>(null);
  /** What is being done to the heap, as the code of a sentence; null while nothing is. */
  busy = $state<'reading' | 'unlocking' | null>(null);
  mode = $state<HeapMode>('list');
  text = $state('');
  kinds = $state.raw<ReadonlySet<HeapKind>>(new Set());
  hideExpired = $state(false);
  closed = $state.raw<ReadonlySet<string>>(new Set());
  /** What is shown. */
  current = $state<string | null>(null);
  /** What is chosen for comparing, exporting and removing; what is shown is among it. */
  marked = $state.raw<ReadonlySet<string>>(new Set());
  comparing = $state.raw<{ a: string; b: string } | null>(null);
  requirements = $state.raw<Requirements>(PLAIN);
  tab = $state('summary');

  readonly objects = $derived(this.view?.objects ?? NONE.objects);
  readonly byId = $derived(new Map(this.objects.map((object) => [object.id, object])));
  readonly counts = $derived(countKinds(this.objects));
  readonly #index = $derived(indexed(this.objects));
  readonly #forest = $derived(forest(this.objects));
  /** Whether a filter leaves anything out. */
  readonly filtered = $derived(this.text.trim() !== '' || this.kinds.size > 0 || this.hideExpired);
  readonly found = $derived(
    this.filtered ? select(this.#index, { text: this.text, kinds: this.kinds, hideExpired: this.hideExpired, at: this.at }).map(({ object }) => object) : this.objects,
  );
  readonly rows = $derived(
    this.mode === 'tree'
      ? treeRows(this.#forest, this.closed, this.filtered ? new Set(this.found.map(({ id }) => id)) : null)
      : this.found.map((object, index) => ({ object, level: 1, position: index + 1, siblings: this.found.length, children: 0, parent: null, context: false })),
  );
  readonly object = $derived(this.current === null ? null : (this.byId.get(this.current) ?? null));
  /** Certificates among what is chosen, in their order. */
  readonly pair = $derived.by(() => {
    const chosen = [...this.marked].filter((id) => this.byId.get(id)?.kind === 'certificate');
    return chosen.length === 2 && this.marked.size === 2 ? { a: chosen[0]!, b: chosen[1]! } : null;
  });

  #details = new Map<string, Promise<HeapDetail>>();
  #seat = '';
  #reviews = new Map<string, Promise<ChainReview>>();

  /** The instant that is judged at. */
  get at(): string {
    return this.requirements.at ?? new Date().toISOString();
  }

  /** Asks what lies there. */
  async load(): Promise<void> {
    this.loading = null;
    try {
      this.#adopt(await backend.call('heap_view', {}));
    } catch (thrown) {
      this.loading = toBackendError(thrown).wire;
    }
  }

  /** Begins anew where another office was entered or another person sat down; otherwise what lies there stays. */
  async enter(seat: string): Promise<void> {
    if (this.#seat !== seat) {
      this.#seat = seat;
      this.forget();
    }
    if (this.view === null) await this.load();
  }

  /** Lets files be picked. */
  open(): Promise<void> {
    return this.#take(() => backend.call('heap_open', {}));
  }

  /** Puts files there that were dropped. */
  add(documents: string[]): Promise<void> {
    return this.#take(() => backend.call('heap_add', { documents }));
  }

  /** Puts text there. */
  paste(text: string): Promise<void> {
    return this.#take(() => backend.call('heap_paste', { text }));
  }

  /** Puts the office's own certificates there, or those named. */
  bring(sha256: string[] = []): Promise<void> {
    return this.#take(() => backend.call('heap_bring', { sha256 }));
  }

  /** Opens a store; without a password, with none at all. */
  async unlock(id: string, password: SealedSecret | null): Promise<void> {
    this.busy = 'unlocking';
    try {
      this.#adopt(await backend.call('heap_unlock', { id, password }));
    } finally {
      this.busy = null;
    }
  }

  /** Takes objects away. */
  async remove(ids: string[]): Promise<void> {
    // What stood beside what goes is shown next.
    const at = this.rows.findIndex(({ object }) => object.id === this.current);
    const next = this.rows.slice(Math.max(0, at)).find(({ object }) => !ids.includes(object.id)) ?? this.rows.findLast(({ object }) => !ids.includes(object.id));
    this.#adopt(await backend.call('heap_remove', { ids }));
    this.show(next?.object.id ?? null);
  }

  /** Takes everything away. */
  async clear(): Promise<void> {
    this.#adopt(await backend.call('heap_clear', {}));
    this.text = '';
    this.kinds = new Set();
    this.show(null);
  }

  /** Shows an object, and chooses nothing else. */
  show(id: string | null): void {
    this.current = id;
    this.marked = id === null ? new Set() : new Set([id]);
    this.comparing = null;
  }

  /** Shows an object that a filter may hide or a closed branch may hold. */
  reveal(id: string): void {
    const closed = new Set(this.closed);
    const seen = new Set<string>();
    for (let at = this.byId.get(id)?.parent ?? null; at !== null && !seen.has(at); at = this.byId.get(at)?.parent ?? null) {
      seen.add(at);
      closed.delete(at);
    }
    this.closed = closed;
    if (!this.found.some((object) => object.id === id)) this.unfilter();
    this.show(id);
  }

  /** Chooses an object beside others, or no longer. */
  toggle(id: string): void {
    const next = new Set(this.marked);
    if (next.has(id) && next.size > 1) next.delete(id);
    else next.add(id);
    this.marked = next;
    this.current = next.has(id) ? id : ([...next].at(-1) ?? null);
    this.comparing = null;
  }

  /** Chooses the rows from one to another. */
  range(from: number, to: number): void {
    const rows = this.rows.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.marked = new Set(rows.map(({ object }) => object.id));
    this.current = this.rows[to]?.object.id ?? this.current;
    this.comparing = null;
  }

  /** Chooses all that can be seen. */
  markAll(): void {
    this.marked = new Set(this.rows.map(({ object }) => object.id));
  }

  /** Opens or closes a branch. */
  fold(id: string, open: boolean): void {
    const next = new Set(this.closed);
    if (open) next.delete(id);
    else next.add(id);
    this.closed = next;
  }

  /** Shows everything again. */
  unfilter(): void {
    this.text = '';
    this.kinds = new Set();
    this.hideExpired = false;
  }

  /** Changes what chains are judged by. */
  require(change: Partial<Requirements>): void {
    this.requirements = { ...this.requirements, ...change };
  }

  /** Everything about an object; asked once. */
  detail(id: string): Promise<HeapDetail> {
    return remembered(this.#details, id, () => backend.call('heap_detail', { id }));
  }

  /** A chain judged by what is asked for now; asked once for each. */
  review(id: string, requirements: Requirements): Promise<ChainReview> {
    return remembered(this.#reviews, JSON.stringify([id, requirements]), () => backend.call('heap_validate', { id, requirements }));
  }

  /** Writes objects to a file that the person names. */
  export(ids: string[], form: HeapForm, with_chain: boolean) {
    return backend.call('heap_export', { ids, form, with_chain });
  }

  /** Writes what was found about an object. */
  report(id: string, format: ReportFormat) {
    return backend.call('heap_report', { id, requirements: this.requirements, format });
  }

  /** Forgets everything that was asked, as when the office changes. */
  forget(): void {
    this.view = null;
    this.requirements = PLAIN;
    this.unfilter();
    this.show(null);
    this.#details.clear();
    this.#reviews.clear();
  }

  async #take(how: () => Promise<HeapView>): Promise<void> {
    const before = new Set(this.objects.map(({ id }) => id));
    this.busy = 'reading';
    try {
      this.#adopt(await how());
    } finally {
      this.busy = null;
    }
    const fresh = this.objects.filter(({ id }) => !before.has(id));
    const first = meant(fresh);
    if (first !== null) this.reveal(first.id);
  }

  #adopt(view: HeapView): void {
    this.view = view;
    // What one object is, and how it is judged, may depend on the others.
    this.#details.clear();
    this.#reviews.clear();
    const marked = new Set([...this.marked].filter((id) => this.byId.has(id)));
    if (marked.size !== this.marked.size) this.marked = marked;
    if (this.current !== null && !this.byId.has(this.current)) this.current = [...marked].at(-1) ?? null;
    if (this.comparing !== null && !(this.byId.has(this.comparing.a) && this.byId.has(this.comparing.b))) this.comparing = null;
    const trusted = this.requirements.trusted.filter((id) => this.byId.has(id));
    if (trusted.length !== this.requirements.trusted.length) this.require({ trusted });
  }
}

/** Of what was brought, what is meant by it: a store that waits for its password, else a person's certificate, else the first. */
export function meant(objects: HeapObject[]): HeapObject | null {
  return objects.find(({ locked }) => locked) ?? objects.find(({ kind, is_ca }) => kind === 'certificate' && !is_ca) ?? objects[0] ?? null;
}

function remembered<T>(kept: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const asked = ask();
  kept.set(key, asked);
  // A failure is not remembered: the next look asks again.
  asked.catch(() => kept.delete(key));
  return asked;
}

/** The one heap of the window. */
export const heap = new Heap();
