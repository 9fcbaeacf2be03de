import type { ExtendRequest, IdentitySummary, ItemPhase, JobItem, JobSkip, JobSnapshot, SignPreview, SignRequest, WireError } from '../../generated/types';

import type { Documents } from './documents';
import type { Locks } from './locks';
import { formatOf, levelOf, outputName, signPreview } from './sign-desk';
import { failure, wireError } from './failure';
import { hex, uuid } from './random';
import { moment, wait } from './time';
import type { Trail } from './trail';

const PHASES: [ItemPhase, number][] = [['preparing', 250], ['signing', 600], ['checking', 200], ['writing', 150]];

interface Job {
  snapshot: JobSnapshot;
  cancelled: boolean;
  /** Whether somebody paused it. */
  held: boolean;
  /** What somebody left out, with the reason. */
  skipped: Map<string, string>;
  /** Lets a job go on that waits for a person. */
  goOn: (() => void) | null;
  startedAt: number;
  toldAt: number;
}

/** Documents that a large batch has in hand at once. */
const AT_ONCE = 4;
/** From so many documents on a batch is large: several at once, and reports no more often than the eye follows. */
const LARGE = 8;
const REPORT_MS = 120;

/** Signing jobs that take as long as real ones. */
export class Jobs {
  #jobs = new Map<string, Job>();

  constructor(
    private readonly documents: Documents,
    private readonly trail: Trail,
    private readonly pace: number,
    private readonly tell: (snapshot: JobSnapshot) => void,
    private readonly locks: Locks,
    /** Code of what a job waits for after its first document, once. */
    private pause: string | null,
  ) {}

  preview(request: SignRequest, identity: IdentitySummary): SignPreview {
    return signPreview(request, identity, (id) => this.documents.get(id));
  }

  start(request: SignRequest, identity: IdentitySummary): JobSnapshot {
    const job = this.#begin(request.documents);
    void this.#run(job, request, identity);
    return structuredClone(job.snapshot);
  }

  get(id: string): JobSnapshot {
    return structuredClone(this.#find(id).snapshot);
  }

  cancel(id: string): JobSnapshot {
    const job = this.#find(id);
    job.cancelled = true;
    job.goOn?.();
    return this.get(id);
  }

  pauseByHand(id: string): JobSnapshot {
    const job = this.#find(id);
    if (job.snapshot.status === 'running') job.held = job.snapshot.held = true;
    return this.get(id);
  }

  resume(id: string): JobSnapshot {
    const job = this.#find(id);
    job.held = job.snapshot.held = false;
    job.goOn?.();
    return this.get(id);
  }

  #begin(documents: string[]): Job {
    const items: JobItem[] = documents.map((document) => ({ document, name: this.documents.get(document).name, state: 'waiting', phase: null, error: null, output: null, receipt: null }));
    const snapshot: JobSnapshot = { id: `job-${this.#jobs.size + 1}`, status: 'running', items, waits_for: null, batch: null, per_minute: null, seconds_left: null };
    const job: Job = { snapshot, cancelled: false, held: false, skipped: new Map(), goOn: null, startedAt: Date.now(), toldAt: 0 };
    this.#jobs.set(snapshot.id, job);
    return job;
  }

  /** Pauses until somebody says that the job goes on. */
  async #hold(job: Job, waits_for: WireError | null): Promise<void> {
    Object.assign(job.snapshot, { status: 'paused', waits_for });
    this.tell(structuredClone(job.snapshot));
    await new Promise<void>((resolve) => {
      const others = job.goOn;
      job.goOn = () => {
        others?.();
        resolve();
      };
    });
    job.goOn = null;
    Object.assign(job.snapshot, { status: 'running', waits_for: null });
  }

  /** Waits for a person as long as something is in the way. */
  async #ready(job: Job, index: number, key_ref: string): Promise<void> {
    let problem = this.locks.problem(key_ref);
    if (problem === null && this.pause !== null && index > 0) {
      problem = pauseError(this.pause);
      this.pause = null;
      if (problem.code.startsWith('token_pin') || problem.code.startsWith('a1_')) this.locks.close(key_ref);
    }
    while ((problem !== null || job.held) && !job.cancelled) {
      await this.#hold(job, problem);
      problem = this.locks.problem(key_ref);
    }
  }

  async #run(job: Job, request: SignRequest, identity: IdentitySummary): Promise<void> {
    const { items } = job.snapshot;
    let next = 0;
    const hand = async (): Promise<void> => {
      while (next < items.length) {
        const index = next++;
        const item = items[index]!;
        await this.#ready(job, index, identity.key_ref);
        if (job.cancelled) item.state = 'cancelled';
        else await this.#signOrWait(job, item, request, identity);
        this.#report(job);
      }
    };
    await Promise.all(Array.from({ length: items.length > LARGE ? AT_ONCE : 1 }, hand));
    this.#end(job);
  }

  /** Signs a document; where its error holds the job up, waits until somebody says what to do with it. */
  async #signOrWait(job: Job, item: JobItem, request: SignRequest, identity: IdentitySummary): Promise<void> {
    for (;;) {
      await this.#sign(job, item, request, identity);
      if (item.state !== 'failed' || request.profile?.on_error.document !== 'pause') return;
      item.state = 'waiting';
      job.snapshot.batch ??= `batch-of-${job.snapshot.id}`;
      await this.#hold(job, item.error);
      const reason = job.skipped.get(item.document);
      if (job.cancelled) item.state = 'cancelled';
      else if (reason !== undefined) {
        item.state = 'failed';
        this.trail.record('document_skipped', { detail: { name: item.name, reason, error: item.error?.code ?? '' } });
      } else continue;
      return;
    }
  }

  /** Leaves documents out that hold a job up. */
  skip({ id, documents, reason }: JobSkip): JobSnapshot {
    const job = this.#find(id);
    const held = (document: string) => job.snapshot.items.some((item) => item.document === document && item.state === 'waiting' && item.error !== null);
    const wrong = reason.trim() === '' ? ['reason', 'empty'] : job.snapshot.status === 'paused' && documents.length > 0 && documents.every(held) ? null : ['documents', 'not_held_up'];
    if (wrong !== null) throw failure('invalid_field', { field: wrong[0]!, reason: wrong[1]! }, { severity: 'warning', retry: 'after_action' });
    for (const document of documents) job.skipped.set(document, reason.trim());
    job.goOn?.();
    return this.get(id);
  }

  /** Takes signed documents to a higher level. */
  extend(request: ExtendRequest): JobSnapshot {
    const job = this.#begin(request.documents);
    void this.#extend(job, request);
    return structuredClone(job.snapshot);
  }

  async #extend(job: Job, request: ExtendRequest): Promise<void> {
    for (const item of job.snapshot.items) {
      while (job.held && !job.cancelled) await this.#hold(job, null);
      if (job.cancelled) {
        item.state = 'cancelled';
        continue;
      }
      item.state = 'running';
      for (const phase of ['preparing', 'gathering', 'stamping', 'checking', 'writing'] as const) {
        item.phase = phase;
        this.#report(job);
        await wait(500 * this.pace);
      }
      item.phase = null;
      const document = this.documents.get(item.document);
      const reached = document.name.includes('sem provas') ? 'b-t' : request.offline && request.level === 'b-lta' ? 'b-lt' : request.level;
      if (job.cancelled) item.state = 'cancelled';
      else if (reached !== request.level && !request.accept_lower_level) {
        item.state = 'failed';
        item.error = wireError('evidence_missing', { subject: 'AC Exemplo', what: 'revocation', reason: request.offline ? 'offline' : 'not_fetched', tried: '', more: '0' }, { retry: 'later' });
      } else {
        item.state = 'done';
        item.output = this.documents.hold({ name: document.name.replace(/(\.\w+)$/, ` estendido ${reached.toUpperCase()}$1`), folder: document.folder, size: document.size + 38_000, signatures: document.signatures, pages: document.pages, kind: document.kind, origin: 'result' });
        item.receipt = { signed_at: moment(), format: document.kind === 'pdf' ? 'pades' : 'cades-detached', level: reached, policy: null, time_stamps: [moment()], ...(document.name.includes('coassinada') ? { unproven: [{ name: 'Elza Prado (demonstração)', reason: 'revoked' as const }] } : {}), key_uses: 0, input_sha256: hex(document.name), output_sha256: hex(item.output.name), key_id: '', algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', certificate_sha256: hex('certificate'), request_id: null, audit_seq: this.trail.record('document_extended', { document: document.name }) };
      }
    }
    this.#end(job);
  }

  #end(job: Job): void {
    const states = new Set(job.snapshot.items.map((item) => item.state));
    Object.assign(job.snapshot, { status: job.cancelled ? 'cancelled' : !states.has('failed') ? 'succeeded' : states.has('done') ? 'partly' : 'failed', waits_for: null, per_minute: null, seconds_left: null });
    this.tell(structuredClone(job.snapshot));
  }

  /** Tells how far a job is; of a large one not each step. */
  #report(job: Job): void {
    const { items, status } = job.snapshot;
    const now = Date.now();
    if (items.length > LARGE && now - job.toldAt < REPORT_MS) return;
    job.toldAt = now;
    const over = items.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
    const perMinute = over === 0 || items.length === 1 ? null : (over / Math.max(1, now - job.startedAt)) * 60_000;
    Object.assign(job.snapshot, status === 'running' && perMinute !== null ? { per_minute: perMinute, seconds_left: Math.round(((items.length - over) / perMinute) * 60) } : { per_minute: null, seconds_left: null });
    this.tell(structuredClone(job.snapshot));
  }

  async #sign(job: Job, item: JobItem, request: SignRequest, identity: IdentitySummary): Promise<void> {
    item.state = 'running';
    for (const [phase, duration] of PHASES) {
      item.phase = phase;
      this.#report(job);
      await wait(duration * this.pace);
    }
    item.phase = null;
    const document = this.documents.get(item.document);
    const facts = { document: document.name, document_sha256: hex(document.name), key_id: identity.key_ref, certificate_sha256: identity.certificate_sha256, algorithm: request.algorithm ?? identity.algorithms[0]! };
    const problem = document.sign_problem ?? (document.name.includes('falha') ? wireError('aws_throttled', {}, { retry: 'later' }) : null);
    if (problem !== null) {
      item.state = 'failed';
      item.error = problem;
      this.trail.record('document_signed', facts, { phase: 'failed', error: problem.code });
      return;
    }
    const format = formatOf(document, request.profile);
    const bytes = new Uint8Array(this.documents.bytes(item.document));
    const name = outputName(document.name, format, request.profile?.output_pattern);
    item.output = this.documents.hold({ name, folder: document.folder, size: format === 'pades' ? document.size + 12_288 : 6_310, signatures: document.signatures + 1, pages: format === 'pades' ? document.pages : null, origin: 'result' }, format === 'pades' ? () => bytes.slice() : undefined);
    const request_id = identity.key_origin === 'aws_kms' ? uuid(`request ${name} ${job.snapshot.id}`) : null;
    item.receipt = {
      signed_at: moment(),
      format,
      level: levelOf(request.profile),
      policy: (request.profile?.policy ?? 'none') === 'none' ? null : '2.16.76.1.7.1.11.1.4',
      time_stamps: levelOf(request.profile) === 'b-b' ? [] : [moment()],
      key_uses: 1,
      input_sha256: hex(document.name),
      output_sha256: hex(name),
      key_id: facts.key_id,
      algorithm: facts.algorithm,
      certificate_sha256: facts.certificate_sha256,
      request_id,
      audit_seq: this.trail.record('document_signed', { ...facts, request_id }),
    };
    item.state = 'done';
  }

  #find(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw failure('job_unknown', { id });
    return job;
  }
}

function pauseError(code: string): WireError {
  const params: Record<string, Record<string, string>> = {
    aws_login_required: { profile: 'cartorio-producao', method: 'sso' },
    token_pin_required: { token: 'A3 Mário Teles', tries: 'full' },
    a1_password_required: { file: 'clara-nunes-2026.pfx' },
    token_absent: { token: 'A3 Mário Teles' },
  };
  return wireError(code, params[code] ?? {}, { retry: 'after_action' });
}
