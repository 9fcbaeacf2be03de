import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { BatchView, DocumentInfo, JobItem, WireError } from '../../../generated/types';
import { useLocale } from '../../../i18n';
import { jobs } from '../../../lib/jobs.svelte';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../../backend', async (original) => ({ ...(await original<typeof import('../../../backend')>()), backend: { call, on: () => () => undefined } }));

const { desk } = await import('../desk.svelte');
const { batch } = await import('./batch.svelte');
const { shownOf } = await import('./filter');
const { interrupted } = await import('./interrupted.svelte');
const { extensions } = await import('../../verify/extensions.svelte');
const { interruptedTitle, leftWords, listText, rateWords, reasonGroups, standing, tally } = await import('./words');

const wire = (code: string, params: Record<string, string> = {}): WireError => ({ code, params, severity: 'error', retry: 'later', detail: '' });
const item = (id: string, rest: Partial<JobItem> = {}): JobItem => ({ document: id, name: `${id}.pdf`, state: 'waiting', phase: null, error: null, output: null, receipt: null, ...rest });
const doc = (id: string): DocumentInfo => ({ id, name: `${id}.pdf`, folder: '/', size: 1, kind: 'pdf', pages: 1, signatures: 0, origin: 'picked', sign_problem: null });
const view: BatchView = { id: 'b1', kind: 'sign', level: null, started_at: '2026-11-21T10:00:00Z', operator: 'Clara', identity: 'Tabeliã', key_ref: 'local:x', total: 200, done: 120, failed: 2, left: 78, changed: 0 };

beforeEach(() => {
  useLocale('pt-BR');
  jobs.clear();
  desk.clear();
  batch.backToOptions();
  call.mockReset();
  call.mockResolvedValue({});
});

describe('the tally of a batch', () => {
  it('counts every document once', () => {
    const items = [item('a', { state: 'done' }), item('b', { state: 'failed' }), item('c', { state: 'running' }), item('d'), item('e', { state: 'cancelled' })];
    expect(tally({ items })).toEqual({ done: 1, failed: 1, cancelled: 1, left: 2, total: 5 });
  });

  it('groups reasons, the most frequent first, and names each document', () => {
    const items = [item('a', { state: 'failed', error: wire('aws_throttled') }), item('b', { state: 'failed', error: wire('output_exists', { name: 'b' }) }), item('c', { state: 'failed', error: wire('output_exists', { name: 'c' }) }), item('d', { state: 'done' })];
    const groups = reasonGroups({ items });
    expect(groups.map(({ code, documents }) => [code, documents.map(({ id }) => id)])).toEqual([
      ['output_exists', ['b', 'c']],
      ['aws_throttled', ['a']],
    ]);
  });

  it('keeps what authorities said apart', () => {
    const refusals = (code: string) => JSON.stringify([{ name: 'ACT', code, params: { host: 'act.exemplo.com', status: '503' } }]);
    const failed = (id: string, code: string) => item(id, { state: 'failed', error: wire('tsa_all_refused', { refusals: refusals(code) }) });
    const groups = reasonGroups({ items: [failed('a', 'net_timeout'), failed('b', 'tsa_access_refused'), failed('c', 'net_timeout')] });
    expect(groups.map(({ documents }) => documents.map(({ id }) => id))).toEqual([['a', 'c'], ['b']]);
  });

  it('names a document in its reason only while it is the only one', () => {
    const failed = (id: string) => item(id, { state: 'failed', error: wire('document_unreadable', { name: `${id}.pdf` }) });
    expect(reasonGroups({ items: [failed('a')] })[0]?.title).toBe('a.pdf não pode ser lido');
    expect(reasonGroups({ items: [failed('a'), failed('b'), failed('c')] })[0]?.title).toBe('Documento não pode ser lido');
  });
});

describe('words of a batch', () => {
  it.each([
    [4, 'falta só um momento'],
    [31, 'faltam cerca de 35 segundos'],
    [58, 'falta cerca de 1 minuto'],
    [600, 'faltam cerca de 10 minutos'],
    [3660, 'falta cerca de 1 hora'],
    [5400, 'faltam cerca de 1 h 30 min'],
    [7180, 'faltam cerca de 2 horas'],
  ])('%d seconds are «%s»', (seconds, words) => expect(leftWords(seconds)).toBe(words));

  it('never says 60 minutes beside hours', () => {
    for (let seconds = 0; seconds < 40_000; seconds += 7) expect(leftWords(seconds)).not.toMatch(/ 60 (min|seg)/);
  });

  it('says a rate', () => {
    expect(rateWords(0.2)).toBe('menos de 1 documento por minuto');
    expect(rateWords(1)).toBe('1 documento por minuto');
    expect(rateWords(412.4)).toBe('412 documentos por minuto');
  });

  it('says what changed since an interruption', () => {
    expect(standing(view).join(' ')).toBe('Faltam 78 documentos. 2 não puderam ser assinados. Nenhum arquivo mudou desde então.');
    expect(standing({ ...view, left: 1, failed: 0, changed: 1 })).toEqual(['Falta um documento.', 'Desde então um arquivo mudou ou sumiu: esse não será assinado.']);
  });
});

describe('the list of a batch', () => {
  it('has a line for each document, and nothing that a spreadsheet would run', () => {
    const text = listText({ items: [item('a', { name: '=cmd()\tx.pdf', state: 'done', output: doc('r') }), item('b', { state: 'failed', error: wire('output_exists', { name: 'b.pdf' }) })] });
    const lines = text.split('\r\n');
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map((line) => line.split('\t').length))).toEqual(new Set([7]));
    expect(lines[1]).toMatch(/^'=cmd\(\) x\.pdf\t/);
    expect(lines[2]).toContain('b.pdf já existe (output_exists)');
  });

  it('is narrowed by what became of a document', () => {
    const queue = ['a', 'b', 'c', 'd'].map((id) => ({ document: doc(id), seen: id === 'a' }));
    const items = new Map([item('a', { state: 'done' }), item('b', { state: 'failed' }), item('c', { state: 'cancelled' })].map((each) => [each.document, each]));
    const ids = (filter: Parameters<typeof shownOf>[2]) => shownOf(queue, items, filter).map(({ document }) => document.id).join('');
    expect([ids('all'), ids('done'), ids('failed'), ids('left'), ids('unseen')]).toEqual(['abcd', 'a', 'b', 'cd', 'bcd']);
  });
});

describe('the review', () => {
  beforeEach(() => desk.add(['d1', 'd2', 'd3', 'd4'].map(doc)));

  it('leads from one unseen document to the next, and around the end', () => {
    desk.see('d1');
    desk.see('d3');
    batch.review();
    expect(batch.reviewing).toBe(true);
    expect(desk.selected).toBe('d2');
    batch.next();
    expect(desk.selected).toBe('d4');
    batch.next();
    expect(desk.selected).toBe('d2');
  });

  it('signs nothing while documents were not looked at', async () => {
    call.mockImplementation(async (name: string) => (name === 'identities_list' ? [{ id: 'i', label: 'T', holder: 'H', algorithms: ['x'], state: 'ready', key_origin: 'local', key_ref: 'local:x' }] : {}));
    await desk.loadIdentities();
    batch.review();
    await batch.primary();
    expect(call).not.toHaveBeenCalledWith('sign_start', expect.anything());
    expect(desk.selected).not.toBe('d1');
  });

  it('is nothing for a single document', () => {
    desk.clear();
    desk.add([doc('d1')]);
    batch.review();
    expect(batch.reviewing).toBe(false);
  });
});

describe('interrupted batches', () => {
  it('go on upon the desk, each document once', async () => {
    call.mockImplementation(async (name: string) => {
      if (name === 'batches_interrupted') return [view];
      if (name === 'batch_resume') return { id: 'j9', status: 'running', items: [item('a', { state: 'done' }), item('b'), item('b')], waits_for: null, batch: 'b1', per_minute: null, seconds_left: null };
      return {};
    });
    await interrupted.load();
    const job = await interrupted.resume('b1');
    expect(interrupted.list).toEqual([]);
    batch.follow(view, job!);
    expect(desk.queue.map(({ document }) => document.name)).toEqual(['a.pdf', 'b.pdf']);
    expect(desk.running).toBe(true);
    expect(batch.facts).toMatchObject({ identity: 'Tabeliã', startedAt: view.started_at, form: null });
    expect(jobs.keyOf('j9')).toBe('local:x');
  });

  it('that extend go on upon their own page, towards their level', async () => {
    const own: BatchView = { ...view, kind: 'extend', level: 'b-lt', identity: '', key_ref: null, done: 1, failed: 2, changed: 1 };
    const job = { id: 'j8', status: 'running' as const, items: [item('a', { state: 'done' }), item('b', { name: 'b.p7s' })], waits_for: null, batch: 'b1', per_minute: null, seconds_left: null };
    batch.follow(own, job);
    expect(desk.running).toBe(false);
    expect(extensions.running).toBe(true);
    expect([extensions.level, extensions.rows.map(({ document }) => [document.id, document.kind])]).toEqual(['b-lt', [['a', 'pdf'], ['b', 'cms']]]);
    // What the task has is not judged beside it.
    expect([extensions.toRead, call.mock.calls.filter(([name]) => name === 'verify')]).toEqual([0, []]);
    expect(jobs.kindOf('j8')).toBe('extend-many');
    expect(interruptedTitle(own)).toBe('Uma extensão foi interrompida: 1 de 200 estendido');
    expect(standing(own)).toEqual(['Faltam 78 documentos.', '2 não puderam ser estendidos.', 'Desde então um arquivo mudou ou sumiu: esse não será estendido.']);
    jobs.clear();
    extensions.clear();
  });

  it('stay where they are when going on fails', async () => {
    const { BackendError } = await import('../../../backend');
    call.mockResolvedValueOnce([view]);
    await interrupted.load();
    call.mockRejectedValueOnce(new BackendError(wire('key_disabled')));
    await expect(interrupted.resume('b1')).rejects.toThrow();
    expect(interrupted.list).toEqual([view]);
    expect(interrupted.busy).toBeNull();
  });

  it('are given up with a reason only', async () => {
    call.mockResolvedValueOnce([view]);
    await interrupted.load();
    call.mockResolvedValueOnce([]);
    await interrupted.abandon('b1', 'o ato foi cancelado');
    expect(call).toHaveBeenLastCalledWith('batch_abandon', { id: 'b1', reason: 'o ato foi cancelado' });
    expect(interrupted.list).toEqual([]);
  });
});
