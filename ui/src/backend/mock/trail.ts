import type { AuditPage, AuditQuery, AuditRecordView, OperatorView, TrailView } from '../../generated/types';

import { hex, uuid } from './random';
import { moment } from './time';

/** What an act adds to its records. */
export type Facts = Partial<Pick<AuditRecordView, 'document' | 'document_sha256' | 'key_id' | 'certificate_sha256' | 'algorithm' | 'request_id' | 'detail'>>;

/** An append-only list with hashes that look like a chain. */
export class Trail {
  #records: AuditRecordView[] = [];
  broken = false;

  constructor(
    private readonly operator: OperatorView,
    private readonly environment: string,
  ) {}

  /** Records an act with its intent; answers the number of the result. */
  record(act: string, facts: Facts = {}, ending: { phase?: string; error?: string; at?: number } = {}): number {
    const correlation = uuid(`${act} ${this.#records.length}`);
    this.#append(act, 'intent', null, correlation, facts, ending.at);
    return this.#append(act, ending.phase ?? 'succeeded', ending.error ?? null, correlation, facts, ending.at);
  }

  page(query: AuditQuery): AuditPage {
    const text = query.text?.trim().toLowerCase() ?? '';
    const found = this.#records
      .filter((record) => query.act === null || record.act === query.act)
      .filter((record) => query.before === null || record.seq < query.before)
      .filter((record) => text === '' || JSON.stringify(record).toLowerCase().includes(text))
      .reverse();
    return { records: found.slice(0, query.limit), more: found.length > query.limit };
  }

  verify(): TrailView {
    return {
      intact: !this.broken,
      records: this.#records.length,
      head_authenticated: !this.broken,
      checked_at: moment(),
      head: this.#records.at(-1)?.hash ?? null,
      problems: this.broken
        ? [
            { seq: 17, kind: 'changed', detail: 'record 17: stored hash does not fit its content' },
            { seq: 31, kind: 'removed', detail: 'records 31 to 33 are missing' },
            { seq: 0, kind: 'head_mismatch', detail: 'the head vouches for record 64, the last one is 61' },
          ]
        : [],
    };
  }

  /** Accepts the trail as it is, as the notary does. */
  reseal(reason: string): TrailView {
    this.broken = false;
    this.record('trail_resealed', { detail: { reason } });
    return this.verify();
  }

  #append(act: string, phase: string, error: string | null, correlation: string, facts: Facts, at = 0): number {
    const seq = this.#records.length + 1;
    this.#records.push({
      document: null,
      document_sha256: null,
      key_id: null,
      certificate_sha256: null,
      algorithm: null,
      request_id: null,
      detail: {},
      ...facts,
      seq,
      at: moment(at),
      act,
      phase,
      error_code: error,
      operator: this.operator.name,
      role: this.operator.role,
      environment: this.environment,
      previous: this.#records.at(-1)?.hash ?? '0'.repeat(64),
      hash: hex(`record ${seq} ${act}`),
      correlation,
    });
    return seq;
  }
}

/** A few working days of an office. */
export function history(trail: Trail): void {
  const names = ['Procuração pública', 'Escritura de venda e compra', 'Ata notarial 2026-117', 'Substabelecimento', 'Certidão de matrícula 45.678', 'Declaração de união estável'];
  trail.record('demo_created', { detail: { title: 'AC Raiz de Demonstração – sem valor jurídico' } }, { at: -4 });
  trail.record('session_started', {}, { at: -3.9 });
  names.forEach((name, index) => {
    const day = -3.6 + index * 0.55;
    const document = { document: `${name}.pdf`, document_sha256: hex(name) };
    trail.record('document_opened', document, { at: day });
    const failed = index === 3;
    trail.record(
      'document_signed',
      { ...document, key_id: 'arn:aws:kms:sa-east-1:123456789012:key/8f3c1c1e-5a77-4f0b-9d1d-2f1b0c7e9a11', certificate_sha256: hex('sha256 cert-notary'), algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', request_id: failed ? null : uuid(`request ${name}`), detail: { format: 'pades', output: `${name}-assinado.pdf`, output_sha256: hex(`out ${name}`) } },
      failed ? { at: day + 0.01, phase: 'failed', error: 'key_disabled' } : { at: day + 0.01 },
    );
    trail.record('document_verified', { ...document, detail: { result: 'passed', signatures: '1' } }, { at: day + 0.02 });
  });
  trail.record('certificate_issued', { certificate_sha256: hex('sha256 cert-ana Ana Beatriz Nogueira'), detail: { subject: 'ANA BEATRIZ NOGUEIRA', spec: 'RSA_2048', kind: 'subscriber' } }, { at: -0.9 });
  trail.record('p12_exported', { certificate_sha256: hex('sha256 cert-ana Ana Beatriz Nogueira'), detail: { file: 'ana-beatriz-nogueira.p12' } }, { at: -0.8 });
  trail.record('identifier_revealed', { certificate_sha256: hex('sha256 cert-ana Ana Beatriz Nogueira') }, { at: -0.7 });
  trail.record('p12_exported', {}, { at: -0.5, phase: 'cancelled' });
  trail.record('document_signed', { document: 'Inventário extrajudicial.pdf', document_sha256: hex('inv') }, { at: -0.3, phase: 'interrupted' });
}
