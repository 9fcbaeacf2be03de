import { backend, toBackendError } from '../../backend';
import type { DocumentInfo, JobItem, JobSnapshot, SignLevel, VerifyReport, WireError } from '../../generated/types';
import { m } from '../../i18n';
import { isOpen, jobs } from '../../lib/jobs.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { followed } from '../sign/queue';
import { ExtendChoices } from './extension-choices.svelte';
import { type Standing, standingOf } from './extension-words';


/** A signed document of the list. */
export interface ExtendRow {
  document: DocumentInfo;
  /** What it signs, where that is known. */
  content: DocumentInfo | null;
  /** Whether a person named that: the program did not find it. */
  named: boolean;
  /** How it is judged now; `null` until it was looked at. */
  report: VerifyReport | null;
  /** Why it could not be looked at. */
  problem: WireError | null;
  /** How its result is judged. */
  after: VerifyReport | null;
  /** Whether the result was looked at, whatever came of it. */
  judged: boolean;
}

/** A document that is looked at. */
interface Next {
  /** Of its row. */
  id: string;
  /** Itself before its extension, or its result. */
  document: DocumentInfo;
  content: DocumentInfo | null;
  /** What the report on it becomes. */
  key: 'report' | 'after';
}

/** Many signed documents on their way to a higher level. They outlive the page. */
class Extensions extends ExtendChoices {
  /** Raw: rows are replaced, never changed, and there may be thousands of them. */
  rows = $state.raw<ExtendRow[]>([]);
  selected = $state<string | null>(null);
  failure = $state.raw<WireError | null>(null);
  starting = $state(false);
  jobId = $state<string | null>(null);
  /** How many are still to be looked at. */
  toRead = $state(0);

  #reading = false;

  get job(): JobSnapshot | null {
    return jobs.find(this.jobId);
  }

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  get running(): boolean {
    return this.starting || isOpen(this.job?.status);
  }

  get current(): ExtendRow | null {
    return this.rows.find(({ document }) => document.id === this.selected) ?? null;
  }

  /** Whether a document is extended as things stand, and why not. */
  standingOf(row: ExtendRow): Standing {
    return standingOf(row, this.level);
  }

  /** Rows that a start would take. */
  get ready(): ExtendRow[] {
    return this.rows.filter((row) => this.standingOf(row).takes);
  }

  /** What became of a document in the task. */
  itemOf(id: string): JobItem | null {
    return this.job?.items.find(({ document }) => document === id) ?? null;
  }

  /**
   * Puts documents on the list, each once; after a task that ended a new list begins. `contents` is what detached signatures
   * sign, by the handle of the signature; `named` where a person said so, so that the program has to be told.
   */
  add(documents: readonly DocumentInfo[], contents: ReadonlyMap<string, DocumentInfo> = new Map(), named = false): void {
    if (documents.length === 0) return;
    if (this.running) {
      toasts.notice(m.extend_busy_drop());
      return;
    }
    if (this.job) this.clear();
    const rows = new Map(this.rows.map((row) => [placeOf(row.document), row]));
    const moved = new Map<string, string>();
    for (const document of documents) {
      const content = contents.get(document.id) ?? null;
      const known = rows.get(placeOf(document));
      if (known === undefined) {
        rows.set(placeOf(document), { ...rowOf(document), content, named: named && content !== null });
      } else if (content !== null || document.version !== known.document.version) {
        // One that changed since has another handle, and is looked at once more.
        const same = document.version === known.document.version;
        const own = same ? known.document : document;
        if (!same) moved.set(known.document.id, document.id);
        rows.set(placeOf(document), { ...rowOf(own), ...(content === null ? { content: known.content, named: known.named } : { content, named }) });
      }
    }
    this.rows = [...rows.values()];
    this.selected = moved.get(this.selected ?? '') ?? this.selected;
    this.selected ??= this.rows[0]?.document.id ?? null;
    this.failure = null;
    void this.#read();
  }

  /** Asks for signed documents with the system's own dialog; false when none was chosen. */
  async pick(): Promise<boolean> {
    try {
      const documents = await backend.call('documents_pick', { purpose: 'signed' });
      this.add(documents);
      return documents.length > 0;
    } catch (thrown) {
      toasts.problem(thrown);
      return false;
    }
  }

  /** Asks for what a detached signature signed. */
  async pickContent(id: string): Promise<void> {
    try {
      const [content] = await backend.call('documents_pick', { purpose: 'content' });
      if (content) this.readAgain(id, { content, named: true });
    } catch (thrown) {
      toasts.problem(thrown);
    }
  }

  /** Looks at a document anew, e.g. after its password was typed. */
  readAgain(id: string, change: Partial<ExtendRow> = {}): void {
    this.#change(id, { ...change, report: null, problem: null });
    void this.#read();
  }

  remove(id: string): void {
    if (this.running) return;
    const at = this.rows.findIndex(({ document }) => document.id === id);
    this.rows = this.rows.filter(({ document }) => document.id !== id);
    if (this.selected === id) this.selected = (this.rows[at] ?? this.rows[at - 1])?.document.id ?? null;
  }

  async start(): Promise<void> {
    // The rows still have what was read before a task that has ended: it is not begun once more.
    if (this.running || this.job !== null) return;
    const rows = this.ready;
    if (rows.length === 0 || !this.wellFormed) return;
    this.starting = true;
    this.failure = null;
    try {
      const contents = rows.flatMap(({ named, content }) => (named && content !== null ? [content] : []));
      const job = await backend.call('extend_start', this.request(rows.map(({ document }) => document.id), contents));
      jobs.begin(job, null, 'extend-many');
      this.jobId = job.id;
    } catch (thrown) {
      const { wire, silent } = toBackendError(thrown);
      this.failure = silent ? null : wire;
    } finally {
      this.starting = false;
    }
  }

  /** Takes a task that was not begun by this page: an extension that goes on. Of documents that are not on the list little is known. */
  follow(job: JobSnapshot, level: SignLevel): void {
    if (this.running) return;
    const here = new Set(this.rows.map(({ document }) => document.id));
    // Where all of them are on the list, so are those that it left out, and the choices that it was begun with.
    if (job.items.some(({ document }) => !here.has(document))) {
      this.clear();
      this.level = level;
      this.rows = followed(job).map(({ document }) => rowOf({ ...document, kind: document.kind === 'pdf' ? 'pdf' : 'cms' }));
      this.selected = this.rows[0]?.document.id ?? null;
    }
    jobs.begin(job, null, 'extend-many');
    this.jobId = job.id;
  }

  /** Everything that is needed to put the list back as it is; what was found out about its documents is found out again. */
  get keepsake() {
    const { selected, level, acceptLower, offline, evidence, authority, folder, jobId } = this;
    return { rows: this.rows.map(({ document, content, named }) => ({ document, content, named })), selected, level, acceptLower, offline, evidence, authority, folder, jobId };
  }

  /** Puts the list back as it was, its task aside. */
  putBack({ rows, jobId, ...kept }: ExtensionsKeepsake): void {
    Object.assign(this, kept);
    this.rows = rows.map((row) => ({ ...rowOf(row.document), ...row }));
    // The documents of a task are not looked at: their results are.
    if (jobId === null) void this.#read();
  }

  cancel(): Promise<boolean> {
    return this.#ask('job_cancel');
  }

  /** Begins nothing more; what is under way is finished first. */
  pause(): Promise<boolean> {
    return this.#ask('job_pause');
  }

  /** Goes on after a pause. */
  goOn(): Promise<boolean> {
    return this.#ask('job_resume');
  }

  /** Begins again with what was not extended: what failed, was not begun or was left out. Choices stay. */
  keepLeft(): void {
    const left = this.rows.filter(({ document }) => this.itemOf(document.id)?.state !== 'done');
    this.#dropJob();
    this.rows = left.map((row) => ({ ...row, after: null, judged: false }));
    this.selected = left[0]?.document.id ?? null;
    void this.#read();
  }

  clear(): void {
    this.#dropJob();
    this.rows = [];
    this.selected = null;
    this.failure = null;
    this.toRead = 0;
    this.reset('b-lta');
  }

  /** Looks at the results of a task that ended: how they stand, and until when they hold. */
  readResults(): void {
    void this.#read();
  }

  #change(id: string, change: Partial<ExtendRow>): void {
    const at = this.rows.findIndex(({ document }) => document.id === id);
    if (at >= 0) this.rows = this.rows.with(at, { ...this.rows[at]!, ...change });
  }

  /** What is to be looked at next: a document before its extension, else a result. */
  #next(): Next | null {
    const [unread] = this.#unread();
    if (unread !== undefined) return { id: unread.document.id, document: unread.document, content: unread.content, key: 'report' };
    if (this.job === null || isOpen(this.job.status)) return null;
    const rows = new Map(this.rows.map((row) => [row.document.id, row]));
    for (const { document, state, output } of this.job.items) {
      const row = rows.get(document);
      if (state === 'done' && output && row?.judged === false) return { id: document, document: output, content: row.content, key: 'after' };
    }
    return null;
  }

  /** Takes what came of looking at a document. Its content may have been named meanwhile: then it is looked at once more. */
  #judged({ id, content, key }: Next, change: Partial<ExtendRow>): void {
    if (key === 'after' || this.rows.some((row) => row.document.id === id && row.content === content)) this.#change(id, change);
  }

  /** Documents that nobody has looked at. One that a task has taken is not any more: its result is. */
  #unread(): ExtendRow[] {
    const taken = new Set(this.job?.items.map(({ document }) => document));
    return this.rows.filter(({ document, report, problem }) => report === null && problem === null && !taken.has(document.id));
  }

  /** Looks at one document after the other. */
  async #read(): Promise<void> {
    this.toRead = this.#unread().length;
    if (this.#reading) return;
    this.#reading = true;
    try {
      for (let next = this.#next(); next !== null; next = this.#next()) {
        const { document, content, key } = next;
        try {
          const report = await backend.call('verify', { document: document.id, content: content?.id ?? null });
          this.#judged(next, key === 'after' ? { after: report, judged: true } : { report });
        } catch (thrown) {
          // A result that cannot be judged here was checked when it was made: only its date is not known.
          this.#judged(next, key === 'after' ? { judged: true } : { problem: toBackendError(thrown).wire });
        }
        this.toRead = this.#unread().length;
      }
    } finally {
      this.#reading = false;
    }
  }

  async #ask(what: 'job_cancel' | 'job_pause' | 'job_resume'): Promise<boolean> {
    if (this.jobId === null) return false;
    try {
      jobs.adopt(await backend.call(what, { id: this.jobId }));
      return true;
    } catch (thrown) {
      toasts.problem(thrown);
      return false;
    }
  }

  #dropJob(): void {
    if (this.jobId !== null) jobs.forget(this.jobId);
    this.jobId = null;
  }
}

/** A document that nobody has looked at. */
function rowOf(document: DocumentInfo): ExtendRow {
  return { document, content: null, named: false, report: null, problem: null, after: null, judged: false };
}

/** What is kept of the list in case that the page is loaded again. */
export type ExtensionsKeepsake = Extensions['keepsake'];

/** Where a document lies: the same file has a new handle each time that it is opened. */
function placeOf({ folder, name }: DocumentInfo): string {
  return `${folder}\n${name}`;
}

/** The one list of extensions of the window. */
export const extensions = new Extensions();
