import { backend } from '../../../backend';
import type { BatchView, DocumentInfo, JobSnapshot } from '../../../generated/types';
import { jobs } from '../../../lib/jobs.svelte';
import { navigation } from '../../../lib/navigation.svelte';
import { extensions } from '../../verify/extensions.svelte';
import { verification } from '../../verify/verification.svelte';
import { desk } from '../desk.svelte';
import { unseen } from '../queue';
import { factsOf, type BatchFacts } from './facts';

/** From so many documents on the queue is a long list: rows of one height, and only those in sight are drawn. */
export const LONG = 40;

/** The review of a batch, and what the task on the desk was begun with. */
class Batch {
  #reviewing = $state(false);
  #resumed = $state.raw<{ job: string; view: BatchView } | null>(null);

  /** Whether the documents are being looked through; the options are shut meanwhile. */
  get reviewing(): boolean {
    return this.#reviewing && desk.job === null && desk.signable.length > 1;
  }

  /** What is signed with. While a task runs nobody can change it: the options are not on the screen. */
  get facts(): BatchFacts | null {
    const resumed = this.#resumed;
    if (resumed !== null && resumed.job === desk.jobId) return { identity: resumed.view.identity, holder: resumed.view.identity, form: null, folder: null, startedAt: resumed.view.started_at };
    return desk.identity === null ? null : factsOf(desk.identity, desk.preview, desk.folder);
  }

  review(): void {
    this.#reviewing = true;
    this.next();
  }

  backToOptions(): void {
    this.#reviewing = false;
  }

  /** Shows the next document that nobody looked at: after the one on the screen, else the first. */
  next(): void {
    const at = desk.queue.findIndex(({ document }) => document.id === desk.selected);
    const after = unseen(desk.queue.slice(at + 1), desk.judged)[0] ?? desk.unseen[0];
    desk.selected = after?.document.id ?? desk.selected;
  }

  /** Shows the document before or after the one on the screen. */
  step(by: -1 | 1): void {
    const at = desk.queue.findIndex(({ document }) => document.id === desk.selected);
    desk.selected = desk.queue[at + by]?.document.id ?? desk.selected;
  }

  /** What the main key does: on to the next document while some were not looked at, then signing. */
  async primary(): Promise<void> {
    if (desk.readiness === 'locked') desk.askPassword();
    else if (this.reviewing && desk.readiness === 'unseen') this.next();
    else await this.sign();
  }

  async sign(): Promise<void> {
    await desk.sign();
    if (desk.jobId !== null) this.#reviewing = false;
  }

  /** Takes a batch that goes on after an interruption, and shows it. */
  follow(view: BatchView, job: JobSnapshot): void {
    this.takeUp(view, job);
    navigation.go(view.kind === 'extend' ? 'extend' : 'sign');
  }

  /** Puts a batch on the desk; an extension goes on upon its own page. */
  takeUp(view: BatchView, job: JobSnapshot): void {
    if (view.kind === 'extend') {
      extensions.follow(job, view.level ?? 'b-lta');
    } else {
      this.#resumed = { job: job.id, view };
      desk.follow(job, view.key_ref);
    }
  }

  async pause(): Promise<void> {
    if (desk.jobId) jobs.adopt(await backend.call('job_pause', { id: desk.jobId }));
  }

  /** Leaves out documents that a task waits for; it goes on with the others. */
  async skip(id: string, documents: string[], reason: string): Promise<void> {
    jobs.adopt(await backend.call('job_skip', { id, documents, reason }));
  }

  async goOn(): Promise<void> {
    if (desk.jobId) await jobs.resume(desk.jobId);
  }
}

/** The one batch of the window. */
export const batch = new Batch();

/** Judges a result on its own page. */
export function validate(output: DocumentInfo, content: DocumentInfo | null): void {
  navigation.go('verify');
  void verification.run(output, content);
}
