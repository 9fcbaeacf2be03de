import { backend, toBackendError } from '../../backend';
import type { DocumentInfo, IdentitySummary, JobItem, JobSnapshot, OutputFolder, SignPreview, SignPreviewItem, SignProfile, SignRequest, SignerChoice, WireError } from '../../generated/types';
import { m } from '../../i18n';
import { plural } from '../../lib/format';
import { isOpen, jobs } from '../../lib/jobs.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { forgetPassword } from '../viewer/passwords';
import { mayBeLocked, unlock } from '../unlock/unlock.svelte';
import { blocking } from '../policy/remarks';
import { isAddress } from '../settings/tsa-form';
import { type LeftOut, leftOut } from './options/left-out';
import { acceptsLower, askedLevel, cleaned, isPlain, isSimple, simpleProfile, wellFormed } from './profile';
import { addDocuments, chosenAgain, followed, type Judged, judge, locked, markSeen, moveDocument, problemOf, type QueueEntry, readiness, removeDocument, selectionAfterRemoval, signable, unseen } from './queue';


/** Documents that are asked about at once: between two such questions a newer one goes first. */
const PIECE = 32;

/** What lies on the desk to be signed. It outlives the page: leaving it loses nothing. */
class Desk {
  /** Raw: entries are replaced, never changed, and a batch may have thousands of them. */
  queue = $state.raw<QueueEntry[]>([]);
  selected = $state<string | null>(null);

  identities = $state<IdentitySummary[] | null>(null);
  identityId = $state('');
  identityFailure = $state<WireError | null>(null);

  algorithm = $state('');
  reason = $state('');
  location = $state('');
  folder = $state<OutputFolder | null>(null);
  /** Files with certificates, lists and OCSP answers that count for the next batch alone. */
  evidence = $state.raw<DocumentInfo[]>([]);
  /** Address of a time-stamp authority that is asked first, for the next batch alone. */
  authority = $state('');
  /** What detached signatures on the desk sign, where somebody named it, with the handles of those that it was named for. */
  #named = $state.raw<{ signatures: string[]; contents: DocumentInfo[] }>({ signatures: [], contents: [] });
  /** Whose signature of the `.p7s` on the desk somebody chose to countersign. */
  #chosen = $state.raw<{ signatures: string[]; index: number | null }>({ signatures: [], index: null });
  skip = $state(false);
  skipReason = $state('');

  /** How documents are signed, as it stands in the options. */
  profile = $state<SignProfile>(simpleProfile());

  preview = $state.raw<SignPreview | null>(null);
  failure = $state<WireError | null>(null);
  /** Whose password is being asked for. */
  unlocking = $state.raw<DocumentInfo | null>(null);
  starting = $state(false);
  jobId = $state<string | null>(null);

  /** What would be signed when a press of the button signed nothing, because that had just changed. */
  #held = $state.raw<string | null>(null);
  #previewRun = 0;
  /** Who signed the files of which a preview said so. */
  #signers = $state.raw(new Map<string, SignerChoice[]>());
  /** Whether the last question what would be signed was not answered. */
  unanswered = $state(false);
  /** The question that the preview answers, and the documents that it has answered for. */
  #question = $state.raw('');
  #answered = $state.raw(new Map<string, DocumentInfo>());

  /** Why each document cannot be signed in the way that was chosen. */
  readonly judged: Judged = $derived(judge(this.queue, this.preview?.items ?? [], this.profile));
  /** The documents that can be signed so. */
  readonly signable: QueueEntry[] = $derived(signable(this.queue, this.judged));
  /** Those that only lack their password. */
  readonly locked: QueueEntry[] = $derived(locked(this.queue, this.judged));
  /** Those that would be signed without having been looked at. */
  readonly unseen: QueueEntry[] = $derived(unseen(this.queue, this.judged));

  get identity(): IdentitySummary | null {
    return this.identities?.find(({ id }) => id === this.identityId) ?? null;
  }

  get job(): JobSnapshot | null {
    return jobs.find(this.jobId);
  }

  get isEmpty(): boolean {
    return this.queue.length === 0;
  }

  get running(): boolean {
    return this.starting || isOpen(this.job?.status);
  }

  get current(): QueueEntry | null {
    return this.queue.find(({ document }) => document.id === this.selected) ?? null;
  }

  /** Signatures on the desk: each may have its content elsewhere. */
  get signatures(): QueueEntry[] {
    return this.queue.filter(({ document }) => document.kind === 'cms');
  }

  /** What somebody named as the content of signatures on the desk; none of one that has left it. */
  get contents(): DocumentInfo[] {
    const { signatures, contents } = this.#named;
    return this.signatures.some(({ document }) => signatures.includes(document.id)) ? contents : [];
  }

  set contents(contents: DocumentInfo[]) {
    this.#named = { signatures: this.signatures.map(({ document }) => document.id), contents };
  }

  /** The algorithm that is taken where nobody chose one; null where it is not known. */
  get usualAlgorithm(): string | null {
    return this.algorithm === '' ? (this.preview?.algorithm ?? null) : null;
  }

  /** What the preview says of the documents that can be signed. */
  get planned(): SignPreviewItem[] {
    return this.preview?.items.filter(({ problem }) => problem === null) ?? [];
  }

  /** What stands against signing: all of the pile, or some of it. */
  get blocked(): { documents: string[]; all: boolean } {
    const items = this.planned;
    const documents = blocking(items, acceptsLower(this.profile));
    return { documents, all: items.length > 0 && documents.length === items.length };
  }

  /** Choices that some documents cannot carry; see {@link leftOut}. */
  get leftOut(): LeftOut[] {
    return leftOut(this.preview?.items ?? [], this.profile, { reason: this.reason, location: this.location });
  }

  /** Whose signature is countersigned, by place in the `.p7s`; nothing where nobody chose, and none once other files lie here. */
  get countersigned(): number | null {
    const { signatures, index } = this.#chosen;
    return index !== null && signatures.join() === this.signatures.map(({ document }) => document.id).join() ? index : null;
  }

  set countersigned(index: number | null) {
    this.#chosen = { signatures: this.signatures.map(({ document }) => document.id), index };
  }

  /** Those whose signature may be countersigned, in the document on the screen or else in the first that has several. */
  get signers(): SignerChoice[] {
    if (this.profile.role !== 'countersign') return [];
    // What was said of a file holds while no newer answer can be had.
    const items = this.preview?.items ?? this.queue.map(({ document: { id } }) => ({ document: id, signers: this.#signers.get(id) }));
    const several = items.filter(({ signers }) => (signers?.length ?? 0) > 1);
    return (several.find(({ document }) => document === this.selected) ?? several[0])?.signers ?? [];
  }

  /** Whether a PDF would have a reason and a commitment: PAdES has room for one of the two (EN 319 142-1), and the program refuses both. */
  get saysTwice(): boolean {
    const { format, commitment, role } = this.profile;
    const inside = role === 'sign' && (format === 'automatic' || format === 'pades');
    return inside && Boolean(commitment) && this.reason.trim() !== '' && this.signable.some(({ document }) => document.kind === 'pdf');
  }

  /** Whether anybody is asked for a time stamp. */
  get asksAuthority(): boolean {
    return askedLevel(this.profile) !== 'b-b' && !this.profile.offline;
  }

  get readiness(): ReturnType<typeof readiness> {
    const first = readiness({ queue: this.queue, judged: this.judged, identity: this.identity, skip: this.skip, skipReason: this.skipReason });
    const address = this.authority.trim();
    if (first === 'ready' && (!wellFormed(this.profile) || (this.asksAuthority && address !== '' && !isAddress(address)))) return 'malformed';
    // What is to be mended in the options is said before anybody looks through a batch.
    if (['ready', 'unseen', 'reason_missing'].includes(first)) {
      if (this.saysTwice) return 'says_twice';
      if (this.signers.length > 0 && this.countersigned === null) return 'which_signer';
    }
    return first === 'ready' && this.blocked.all ? 'blocked' : first;
  }

  /** Why a document cannot be signed in the way that was chosen. */
  problemOf(entry: QueueEntry | null): WireError | null {
    return entry === null ? null : problemOf(entry, this.judged);
  }

  /** What became of a document in the task on the desk. */
  itemOf(id: string): JobItem | null {
    return this.job?.items.find(({ document }) => document === id) ?? null;
  }

  /** A document's name. */
  nameOf(id: string): string {
    return this.queue.find(({ document }) => document.id === id)?.document.name ?? '';
  }

  /** Puts documents on the desk. After a finished task a new pile begins. */
  add(documents: DocumentInfo[]): void {
    if (documents.length === 0 || this.running) return;
    if (this.job) this.clear();
    const again = chosenAgain(this.queue, documents);
    const changed = again.filter((own) => own.changed);
    this.queue = addDocuments(this.queue, documents);
    this.selected = changed.find(({ before }) => before.id === this.selected)?.now.id ?? this.selected;
    // Where nothing changed, what was done with the handle before (a look, a password) still counts.
    for (const { now } of again.filter((own) => !own.changed)) backend.call('document_forget', { id: now.id }).catch(() => undefined);
    if (again.length > changed.length) toasts.notice(plural(again.length - changed.length, m.sign_chosen_again_one, m.sign_chosen_again));
    if (changed.length > 0) toasts.notice(plural(changed.length, m.sign_chosen_changed_one, m.sign_chosen_changed));
    if (!this.current) this.selected = this.queue.find(({ document }) => documents.some(({ id }) => id === document.id))?.document.id ?? null;
    this.failure = null;
  }

  /** Asks for documents with the system's own dialog; false when none was chosen. */
  async pick(): Promise<boolean> {
    try {
      const documents = await backend.call('documents_pick', { purpose: 'sign' });
      this.add(documents);
      return documents.length > 0;
    } catch (thrown) {
      toasts.problem(thrown);
      return false;
    }
  }

  /** Asks for a folder with the system's own dialog; what of it cannot be opened is told. */
  async pickFolder(): Promise<void> {
    try {
      const { documents, problems, skipped } = await backend.call('documents_pick_folder', {});
      this.add(documents);
      const left = skipped === 0 ? '' : plural(skipped, m.sign_folder_skipped_one, m.sign_folder_skipped);
      if (documents.length > 0) toasts.notice([`${plural(documents.length, m.sign_folder_opened_one, m.sign_folder_opened)}.`, left].join(' ').trim());
      else if (skipped > 0) toasts.notice(`${m.sign_folder_none()}. ${left}`);
      for (const problem of problems) toasts.problem(problem);
    } catch (thrown) {
      toasts.problem(thrown);
    }
  }

  /** Takes the news of a document that is on the desk, e.g. after its password was typed. */
  renew(document: DocumentInfo): void {
    this.queue = this.queue.map((entry) => (entry.document.id === document.id ? { ...entry, document } : entry));
    // What was said of it before does not hold any more.
    if (this.preview) this.preview = { ...this.preview, items: this.preview.items.filter((item) => item.document !== document.id) };
    // Where nothing is answered, the news of one document changes nothing that would be noticed and asked about.
    if (this.unanswered && !this.job && !this.starting) void this.refreshPreview();
  }

  /** Asks for the password of the locked document on the screen, else of the first one. */
  askPassword(): void {
    const all = this.locked;
    this.unlocking = (all.find(({ document }) => document.id === this.selected) ?? all[0])?.document ?? null;
  }

  /** Takes one off the desk; the file itself stays where it is. */
  remove(id: string): void {
    if (this.running) return;
    this.selected = selectionAfterRemoval(this.queue, id, this.selected);
    this.queue = removeDocument(this.queue, id);
    forgetPassword(id);
    backend.call('document_forget', { id }).catch(() => undefined);
  }

  move(id: string, by: -1 | 1): void {
    if (this.running) return;
    this.queue = moveDocument(this.queue, id, by);
    if (this.preview) this.#take(this.preview, []);
  }

  see(id: string): void {
    this.queue = markSeen(this.queue, id);
  }

  async loadIdentities(): Promise<void> {
    this.identityFailure = null;
    try {
      const found = await backend.call('identities_list', {});
      this.identities = found;
      if (!this.identity) this.identityId = (found.find(({ state }) => state === 'ready') ?? found[0])?.id ?? '';
      if (!this.identity?.algorithms.includes(this.algorithm)) this.algorithm = '';
    } catch (thrown) {
      this.identityFailure = toBackendError(thrown).wire;
    }
  }

  chooseIdentity(id: string): void {
    this.identityId = id;
    this.algorithm = '';
  }

  async pickOutputFolder(): Promise<void> {
    try {
      this.folder = (await backend.call('output_folder_pick', {})) ?? this.folder;
    } catch (thrown) {
      toasts.problem(thrown);
    }
  }

  request(documents: QueueEntry[] = this.signable): SignRequest {
    const profile = { ...cleaned($state.snapshot(this.profile)), ...(this.profile.role === 'countersign' && this.countersigned !== null ? { countersigned: this.countersigned } : {}) };
    const said = (text: string): string | null => (text.trim() === '' ? null : text.trim());
    return {
      documents: documents.map(({ document }) => document.id),
      identity: this.identityId,
      algorithm: this.algorithm === '' ? null : this.algorithm,
      reason: said(this.reason),
      location: said(this.location),
      output_folder: this.folder?.id ?? null,
      ...(isSimple(this.profile) ? {} : { profile }),
      // At B-B they may say that the signer is revoked.
      ...(this.evidence.length > 0 && !isPlain(this.profile) ? { evidence: this.evidence.map(({ id }) => id) } : {}),
      ...(this.asksAuthority && this.authority.trim() !== '' ? { authorities: [this.authority.trim()] } : {}),
      ...(this.contents.length > 0 && this.profile.role === 'cosign' ? { contents: this.contents.map(({ id }) => id) } : {}),
      ...(this.skip && this.skipReason.trim() !== '' ? { unseen_reason: this.skipReason.trim() } : {}),
    };
  }

  /** What the answer of the preview depends on beside the documents. Of the reason only a field may ask for the words; the place changes nothing, nor does what happens after an error. */
  readonly question: string = $derived.by(() => {
    const { documents: _, location: __, unseen_reason: ___, reason, profile, ...rest } = this.request([]);
    return JSON.stringify({ ...rest, profile: { ...(profile ?? simpleProfile()), on_error: null }, reason: this.profile.field === null ? reason !== null : reason });
  });

  /** Takes no answer for granted any more: settings or trust may have changed where the window was elsewhere. */
  doubt(): void {
    // Nor one that is still on its way.
    this.#previewRun += 1;
    this.#answered = new Map();
  }

  /** Asks what the signature of each document would be, piece by piece, of what is not known yet; a newer question ends the older one. */
  async refreshPreview(): Promise<'answered' | 'overtaken' | 'failed'> {
    const run = ++this.#previewRun;
    this.unanswered = false;
    if (this.queue.length === 0 || !this.identity) {
      this.#forgetPreview();
      return 'answered';
    }
    const question = this.question;
    if (question !== this.#question) {
      this.#question = question;
      this.#answered = new Map();
    }
    if (this.preview) this.#take(this.preview, []);
    try {
      // Documents may come, go and change meanwhile.
      for (let open = this.#unanswered(); open.length > 0; open = this.#unanswered()) {
        // What is on the screen is waited for.
        const first = open.findIndex(({ document }) => document.id === this.selected);
        if (first > 0) open.unshift(...open.splice(first, 1));
        const piece = open.slice(0, PIECE);
        const preview = await backend.call('sign_preview', this.request(piece));
        // An answer to what is not asked any more is none.
        if (run !== this.#previewRun || question !== this.question) return 'overtaken';
        this.#take(preview, piece);
      }
      return 'answered';
    } catch {
      if (run !== this.#previewRun || question !== this.question) return 'overtaken';
      // The act itself will say what is wrong; a preview that fails says nothing false.
      this.#forgetPreview();
      this.unanswered = true;
      return 'failed';
    }
  }

  get #what(): string {
    return [this.question, ...this.signable.map(({ document }) => document.id)].join();
  }

  /** Whether the last press of the button signed nothing, because what would be signed had just changed; until it changes again. */
  get held(): boolean {
    return this.#held !== null && this.#held === this.#what;
  }

  /** Whether the preview is of what is chosen now, for every document. */
  readonly isJudged: boolean = $derived(this.question === this.#question && this.#unanswered().length === 0);

  /** Documents that the preview says nothing of yet, or that changed since. */
  #unanswered(): QueueEntry[] {
    return this.queue.filter(({ document }) => this.#answered.get(document.id) !== document);
  }

  /** Puts a piece into the preview, which has the order of the queue and nothing that has left it. */
  #take(preview: SignPreview, piece: QueueEntry[]): void {
    const known = new Map([...(this.preview?.items ?? []), ...preview.items].map((item) => [item.document, item]));
    const items = this.queue.map(({ document }) => known.get(document.id)).filter((item) => item !== undefined);
    if (piece.length > 0) this.#answered = new Map([...this.#answered, ...piece.map(({ document }) => [document.id, document] as const)]);
    this.preview = { ...preview, items };
    const told = preview.items.flatMap(({ document, signers = [] }) => (signers.length > 1 ? [[document, signers] as const] : []));
    if (told.length > 0) this.#signers = new Map([...this.#signers, ...told]);
  }

  #forgetPreview(): void {
    this.preview = null;
    this.#answered = new Map();
  }

  /** Signs what lies here; a token or an A1 file is opened by a person first, and nothing is signed when that person gives up. */
  async sign(): Promise<void> {
    const identity = this.identity;
    // What lies here after a task that has ended is not signed once more.
    if (this.running || this.job !== null || this.readiness !== 'ready' || identity === null) return;
    this.starting = true;
    this.failure = null;
    this.#held = null;
    try {
      // The button says how many. Where the choices or the files have just changed, that may not hold: the person is told, and presses again.
      const said = this.request().documents.join();
      let how = this.isJudged ? 'answered' : await this.refreshPreview();
      while (how === 'overtaken') how = await this.refreshPreview();
      const other = how === 'answered' ? !this.isJudged : this.question !== this.#question;
      if (other || this.readiness !== 'ready' || this.request().documents.join() !== said) {
        this.#held = this.#what;
        return;
      }
      if (mayBeLocked(identity.key_origin) && !(await unlock.ask(identity.key_ref))) return;
      const snapshot = await backend.call('sign_start', this.request());
      jobs.begin(snapshot, identity.key_ref);
      this.jobId = snapshot.id;
    } catch (thrown) {
      const { wire, silent } = toBackendError(thrown);
      this.failure = silent ? null : wire;
    } finally {
      this.starting = false;
    }
  }

  /** Takes a task that was not begun by this page: a batch that goes on. Of documents that do not lie here little is known. */
  follow(job: JobSnapshot, keyRef: string | null): void {
    if (this.running) return;
    const here = new Set(this.queue.map(({ document }) => document.id));
    // Where all of them lie here, so do the others that it left out, and the choices that it was begun with.
    if (job.items.some(({ document }) => !here.has(document))) {
      this.clear();
      this.queue = followed(job);
      this.selected = this.queue[0]?.document.id ?? null;
    }
    jobs.begin(job, keyRef);
    this.jobId = job.id;
  }

  /** Everything that is needed to put the desk back as it is. */
  get keepsake() {
    const { queue, selected, identityId, algorithm, reason, location, folder, evidence, authority, skip, skipReason, jobId } = this;
    return { queue, selected, identityId, algorithm, reason, location, folder, evidence, authority, skip, skipReason, jobId, profile: $state.snapshot(this.profile), named: this.#named, chosen: this.#chosen };
  }

  /** Puts the desk back as it was, its task aside. */
  putBack({ named, chosen, jobId: _, ...kept }: DeskKeepsake): void {
    Object.assign(this, kept);
    this.#named = named;
    this.#chosen = chosen;
  }

  /** Whether the task could be asked to stop. */
  async cancel(): Promise<boolean> {
    if (!this.jobId) return false;
    try {
      jobs.adopt(await backend.call('job_cancel', { id: this.jobId }));
      return true;
    } catch (thrown) {
      toasts.problem(thrown);
      return false;
    }
  }

  /** Begins again with the documents that were not signed. */
  keepUnsigned(): void {
    const left = this.queue.filter(({ document }) => this.itemOf(document.id)?.state !== 'done');
    this.#dropJob();
    this.queue = left;
    this.selected = left[0]?.document.id ?? null;
  }

  /** Takes everything off the desk. */
  clear(): void {
    for (const { document } of this.queue) forgetPassword(document.id);
    this.#dropJob();
    this.queue = [];
    this.selected = null;
    this.#forgetPreview();
    this.#signers = new Map();
    this.unanswered = false;
    this.failure = null;
    this.#held = null;
    this.unlocking = null;
    this.skip = false;
    this.skipReason = '';
    this.evidence = [];
    this.authority = '';
    this.#named = { signatures: [], contents: [] };
    this.countersigned = null;
  }

  #dropJob(): void {
    if (this.jobId) jobs.forget(this.jobId);
    this.jobId = null;
  }
}

/** What is kept of the desk in case that the page is loaded again. */
export type DeskKeepsake = Desk['keepsake'];

/** The one desk of the window. */
export const desk = new Desk();
