import { backend, toBackendError } from '../../backend';
import type { DocumentInfo, JobItem, JobSnapshot, VerifyReport, WireError } from '../../generated/types';
import { m } from '../../i18n';
import { isOpen, jobs } from '../../lib/jobs.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { ExtendChoices } from './extension-choices.svelte';
import { type Standing, standingOf } from './extension-words';

const WATCH_MS = 3000;
const LOOK_MS = 100;
const MANY = 500;

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

/** Many signed documents on their way to a higher level. They outlive the page. */
class Extensions extends ExtendChoices {
  /** Raw: rows are replaced, never changed, and there may be thousands of them. */
  rows = $state.raw<ExtendRow[]>([]);
  selected = $state<string | null>(null);
  failure = $state.raw<WireError | null>(null);
  starting = $state(false);
  /** The tasks, one after the other: those that need a content of their own go by themselves. */
  jobIds = $state.raw<string[]>([]);
  /** Documents of tasks that are not begun yet. */
  #pending = $state.raw<ExtendRow[]>([]);
  #stopped = false;
  #over = $state(false);
  /** How many are still to be looked at. */
  toRead = $state(0);

  #reading = false;

  /** All the tasks as one. */
  get job(): JobSnapshot | null {
    const all = this.jobIds.flatMap((id) => jobs.find(id) ?? []);
    if (all.length < 2 && this.#pending.length === 0) return all[0] ?? null;
    return all.length === 0 ? null : joined(all, this.#pending, this.#over);
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

  /** Puts documents on the list, each once; after a task that ended a new list begins. */
  add(documents: readonly DocumentInfo[], contents: ReadonlyMap<string, DocumentInfo> = new Map()): void {
    if (documents.length === 0) return;
    if (this.running) {
      toasts.notice(m.extend_busy_drop());
      return;
    }
    if (this.job) this.clear();
    const there = new Set(this.rows.map(({ document }) => placeOf(document)));
    const fresh = documents.filter((document) => !there.has(placeOf(document)) && there.add(placeOf(document)));
    this.rows = [...this.rows, ...fresh.map((document) => ({ document, content: contents.get(document.id) ?? null, named: false, report: null, problem: null, after: null, judged: false }))];
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
    if (rows.length === 0) return;
    this.starting = true;
    this.failure = null;
    this.#stopped = false;
    this.#over = false;
    const alone = rows.filter(({ named }) => named);
    const together = rows.filter(({ named }) => !named);
    this.#pending = rows;
    try {
      for (const group of [...(together.length > 0 ? [together] : []), ...alone.map((row) => [row])]) {
        if (this.#stopped) break;
        const id = await this.#begin(group);
        this.starting = false;
        await this.#ended(id);
      }
    } catch (thrown) {
      const { wire, silent } = toBackendError(thrown);
      this.failure = silent ? null : wire;
    } finally {
      this.starting = false;
      // What was not begun is told as that.
      this.#pending = this.jobIds.length === 0 ? [] : this.#pending;
      this.#over = true;
    }
  }

  /** Begins the task of some rows. */
  async #begin(group: ExtendRow[]): Promise<string> {
    const [first] = group;
    const job = await backend.call('extend_start', this.request(group.map(({ document }) => document.id), group.length === 1 && first?.named ? first.content : null));
    jobs.begin(job, '', 'extend-many');
    const begun = new Set(group);
    this.#pending = this.#pending.filter((row) => !begun.has(row));
    this.jobIds = [...this.jobIds, job.id];
    return job.id;
  }

  async cancel(): Promise<void> {
    this.#stopped = true;
    const open = this.jobIds.find((id) => isOpen(jobs.find(id)?.status));
    if (open === undefined) return;
    try {
      jobs.adopt(await backend.call('job_cancel', { id: open }));
    } catch (thrown) {
      toasts.problem(thrown);
    }
  }

  /** Begins again with what was not extended; choices stay. */
  keepLeft(): void {
    const left = this.rows.filter(({ document }) => this.itemOf(document.id)?.state !== 'done');
    this.#dropJob();
    this.rows = left.map((row) => ({ ...row, after: null, judged: false }));
    this.selected = left[0]?.document.id ?? null;
    void this.#read();
  }

  clear(): void {
    this.#stopped = true;
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
  #next(): { id: string; document: DocumentInfo; content: DocumentInfo | null; key: 'report' | 'after' } | null {
    for (const { document, content, report, problem } of this.rows) {
      if (report === null && problem === null) return { id: document.id, document, content, key: 'report' };
    }
    if (this.job === null || isOpen(this.job.status)) return null;
    const rows = new Map(this.rows.map((row) => [row.document.id, row]));
    for (const { document, state, output } of this.job.items) {
      const row = rows.get(document);
      if (state === 'done' && output && row?.judged === false) return { id: document, document: output, content: row.content, key: 'after' };
    }
    return null;
  }

  #count(): number {
    return this.rows.filter(({ report, problem }) => report === null && problem === null).length;
  }

  /** Looks at one document after the other. */
  async #read(): Promise<void> {
    this.toRead = this.#count();
    if (this.#reading) return;
    this.#reading = true;
    try {
      for (let next = this.#next(); next !== null; next = this.#next()) {
        const { id, document, content, key } = next;
        try {
          const report = await backend.call('verify', { document: document.id, content: content?.id ?? null });
          if (key === 'after') this.#change(id, { after: report, judged: true });
          // The content may have been named meanwhile: then it is looked at once more.
          else if (this.rows.some((row) => row.document.id === id && row.content === content)) this.#change(id, { report });
        } catch (thrown) {
          // A result that cannot be judged here was checked when it was made: only its date is not known.
          this.#change(id, key === 'report' ? { problem: toBackendError(thrown).wire } : { judged: true });
        }
        this.toRead = this.#count();
      }
    } finally {
      this.#reading = false;
    }
  }

  /** Waits for the end of a task. Reports come by themselves; asking now and then makes a lost one harmless. */
  async #ended(id: string): Promise<void> {
    while (isOpen(jobs.find(id)?.status)) {
      const many = (jobs.find(id)?.items.length ?? 0) > MANY;
      const until = Date.now() + (many ? 10 * WATCH_MS : WATCH_MS);
      while (Date.now() < until && isOpen(jobs.find(id)?.status)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (!isOpen(jobs.find(id)?.status)) return;
      await backend.call('job_get', { id }).then(
        (snapshot) => jobs.adopt(snapshot),
        () => undefined,
      );
    }
  }

  #dropJob(): void {
    for (const id of this.jobIds) jobs.forget(id);
    this.jobIds = [];
    this.#pending = [];
    this.#over = false;
  }
}

/** Several tasks, and documents of those that are not begun, as one. */
function joined(all: JobSnapshot[], pending: ExtendRow[], over: boolean): JobSnapshot {
  const waiting = pending.map(({ document: { id, name } }): JobItem => ({ document: id, name, state: over ? 'cancelled' : 'waiting', phase: null, error: null, output: null, receipt: null }));
  const open = all.find(({ status }) => isOpen(status));
  const items = [...all.flatMap((own) => own.items), ...waiting];
  const done = items.filter(({ state }) => state === 'done').length;
  const ended = items.some(({ state }) => state === 'cancelled') ? 'cancelled' : done === items.length ? 'succeeded' : done > 0 ? 'partly' : 'failed';
  return { ...(open ?? all[0]!), status: open?.status ?? (over || pending.length === 0 ? ended : 'running'), items };
}

/** Where a document lies: the same file has a new handle each time that it is opened. */
function placeOf({ folder, name }: DocumentInfo): string {
  return `${folder}\n${name}`;
}

/** The one list of extensions of the window. */
export const extensions = new Extensions();
