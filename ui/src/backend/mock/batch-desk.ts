import type { BatchView, JobItem, TsaView } from '../../generated/types';

import { failure } from './failure';
import type { Handlers, Shared } from './shared';
import { moment } from './time';

type Own = Pick<Handlers, 'batches_interrupted' | 'batches_latest' | 'batch_documents' | 'batch_resume' | 'batch_abandon' | 'batch_list_save' | 'tsa_list' | 'tsa_save' | 'tsa_remove' | 'tsa_test'>;

const SECONDS = { least: 1, most: 120 };

/** Answers about batches that did not end and about time-stamp authorities. */
export function batchHandlers(office: Shared): Own {
  let batches: BatchView[] = office.interrupted
    ? [
        { id: 'batch-7', kind: 'sign', level: null, started_at: moment(-0.3), operator: 'Clara Nunes', identity: office.identities[0]?.label ?? 'Tabeliã', key_ref: office.identities[0]?.key_ref ?? null, total: 200, done: 120, failed: 2, left: 78, changed: 3 },
        { id: 'batch-5', kind: 'sign', level: null, started_at: moment(-4), operator: office.operator, identity: office.identities[0]?.label ?? 'Tabeliã', key_ref: office.identities[0]?.key_ref ?? null, total: 12, done: 11, failed: 1, left: 0, changed: 0 },
        { id: 'batch-6', kind: 'extend', level: 'b-lta', started_at: moment(-6), operator: office.operator, identity: '', key_ref: null, total: 60, done: 41, failed: 1, left: 18, changed: 2 },
      ]
    : [];
  let authorities: TsaView[] = office.empty || !office.production ? [] : furnished();

  const ended: BatchView[] = office.empty ? [] : [{ id: 'batch-3', kind: 'sign', level: null, started_at: moment(-26), operator: office.operator, identity: office.identities[0]?.label ?? 'Tabeliã', key_ref: office.identities[0]?.key_ref ?? null, total: 14, done: 12, failed: 2, left: 0, changed: 0 }];
  const batchOf = (id: string): BatchView => {
    const found = batches.find((each) => each.id === id);
    if (found === undefined) throw failure('job_unknown', { id });
    return found;
  };
  /** Authorities in their order, numbered anew. */
  const numbered = (list: TsaView[]): TsaView[] => list.map((each, index) => ({ ...each, position: index + 1 }));

  return {
    batches_interrupted: () => structuredClone(batches),
    batches_latest: () => structuredClone([...batches, ...ended]),
    batch_documents: ({ id }) => {
      const batch = [...batches, ...ended].find((each) => each.id === id);
      if (batch === undefined) throw failure('batch_unknown', { id });
      return Array.from({ length: batch.total }, (_, index): JobItem => {
        const state = index < batch.done ? 'done' : index < batch.done + batch.failed ? 'failed' : 'waiting';
        const name = `Certidão ${index + 1}.pdf`;
        const output = state === 'done' ? office.documents.hold({ name: `Certidão ${index + 1}-assinado.pdf`, pages: 1, origin: 'result' }) : null;
        return { document: `${id}-${index}`, name, state, phase: null, error: state === 'failed' ? failure('pdf_damaged', { name }).wire : null, output, receipt: null };
      });
    },
    batch_resume: async ({ id }) => {
      const batch = batchOf(id);
      await office.pause(500);
      const documents = Array.from({ length: batch.left }, (_, index) => office.documents.hold({ name: index < batch.changed ? `Certidão ${index + 1} (falha).pdf` : `Certidão ${batch.done + index + 1}.pdf`, pages: 1 }).id);
      const job = batch.kind === 'extend' ? await office.handlers.extend_start({ documents, level: batch.level ?? 'b-lta', output_folder: null, accept_lower_level: false, offline: false }) : await office.handlers.sign_start({ documents, identity: office.identities[0]?.id ?? '', algorithm: null, reason: null, location: null, output_folder: null });
      batches = batches.filter((each) => each.id !== id);
      return { ...job, batch: id };
    },
    batch_abandon: ({ id, reason }) => {
      const batch = batchOf(id);
      if (reason.trim() === '') throw failure('invalid_field', { field: 'reason', reason: 'empty' }, { severity: 'warning', retry: 'after_action' });
      batches = batches.filter((each) => each.id !== batch.id);
      return structuredClone(batches);
    },
    batch_list_save: (source) => {
      if (source.from === 'batch') batchOf(source.id);
      return { saved: office.documents.hold({ name: 'lote.csv', size: 12_800, origin: 'result' }) };
    },
    tsa_list: () => structuredClone(authorities),
    tsa_save: async ({ id, name, url, auth, user, secret, p12, policy, timeout_seconds, position }) => {
      const before = authorities.find((each) => each.id === id);
      const invalid = (field: string, reason: string) => failure('invalid_field', { field, reason }, { severity: 'warning', retry: 'after_action' });
      if (name.trim() === '') throw invalid('name', 'empty');
      if (authorities.some((each) => each.id !== id && each.name === name)) throw invalid('name', 'taken');
      if (timeout_seconds < SECONDS.least || timeout_seconds > SECONDS.most) throw invalid('timeout_seconds', 'out_of_range');
      const opened = secret === null ? null : await office.channels.unseal(secret);
      if (opened === 'errada') throw failure('p12_wrong_password', {}, { severity: 'warning', retry: 'after_action' });
      const certificate = auth === 'certificate' ? (p12 === null ? (before?.certificate ?? null) : office.documents.get(p12).name) : null;
      const saved: TsaView = { id: before?.id ?? `tsa-${authorities.length + 1}-${name}`, name, url, auth, user: auth === 'basic' ? user : null, certificate, policy, timeout_seconds, position: 0 };
      const others = authorities.filter((each) => each.id !== saved.id);
      const place = position === null ? others.length : Math.max(0, Math.min(others.length, position - 1));
      authorities = numbered(others.toSpliced(place, 0, saved));
      return structuredClone(authorities);
    },
    tsa_remove: ({ id }) => {
      authorities = numbered(authorities.filter((each) => each.id !== id));
      return structuredClone(authorities);
    },
    tsa_test: async ({ id }) => {
      const tsa = authorities.find((each) => each.id === id);
      await office.pause(700);
      if (tsa === undefined) throw failure('tsa_unknown', { id });
      if (tsa.url.includes('parada')) throw failure('net_unreachable', { url: tsa.url, host: tsa.url }, { retry: 'later' });
      const icp_brasil = tsa.auth === 'certificate';
      return { gen_time: moment(), authority: icp_brasil ? 'SERVIDOR DE CARIMBO DO TEMPO 12345, ACT EXEMPLO' : 'Example TSA Signer 2026', trusted: icp_brasil || tsa.auth === 'basic', icp_brasil, millis: icp_brasil ? 212 : 84, size: 4_512 };
    },
  };
}

function furnished(): TsaView[] {
  return [
    { id: 'tsa-1', name: 'ACT do Colégio Notarial', url: 'https://act.exemplo.org.br/tsp', auth: 'certificate', user: null, certificate: 'CARTÓRIO DO 1º OFÍCIO DE NOTAS', policy: '2.16.76.1.6.2', timeout_seconds: 20, position: 1 },
    { id: 'tsa-2', name: 'Reserva contratada', url: 'https://tsa.exemplo.com/rfc3161/contas/cartorio-primeiro-oficio-de-notas-da-capital/carimbos', auth: 'basic', user: 'cartorio-sp-01', certificate: null, policy: null, timeout_seconds: 10, position: 2 },
    { id: 'tsa-3', name: 'Antiga (parada)', url: 'http://parada.exemplo.com/tsa', auth: 'none', user: null, certificate: null, policy: null, timeout_seconds: 5, position: 3 },
  ];
}
