import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppState, BatchView, DocumentInfo, JobItem, JobSnapshot, JobView } from '../generated/types';
import { jobs } from '../lib/jobs.svelte';
import { session } from '../lib/session.svelte';
import { eventually } from '../testing';

const call = vi.hoisted(() => vi.fn());
vi.mock('../backend', async (original) => ({ ...(await original<typeof import('../backend')>()), backend: { call, on: () => () => undefined } }));

const { desk } = await import('../features/sign/desk.svelte');
const { batch } = await import('../features/sign/batch/batch.svelte');
const { extensions } = await import('../features/verify/extensions.svelte');
const { simpleProfile } = await import('../features/sign/profile');
const { enter } = await import('./rooms');
const { keep, keepsake, putBack } = await import('./keepsake.svelte');

const doc = (id: string, rest: Partial<DocumentInfo> = {}): DocumentInfo => ({ id, name: `${id}.pdf`, folder: '/', size: 7, kind: 'pdf', pages: 3, signatures: 0, origin: 'dropped', sign_problem: null, ...rest });
const item = (document: string, state: JobItem['state']): JobItem => ({ document, name: `${document}.pdf`, state, phase: null, error: null, output: null, receipt: null });
const job = (id: string, status: JobSnapshot['status'], items: JobItem[]): JobSnapshot => ({ id, status, items, waits_for: null, batch: `b-${id}`, per_minute: null, seconds_left: null });
const view = (own: JobSnapshot, rest: Partial<BatchView> = {}): JobView => ({
  batch: { id: own.batch!, kind: 'sign', level: null, started_at: '2026-11-23T10:00:00Z', operator: 'Clara', identity: 'Tabeliã', key_ref: 'pkcs11:x', total: own.items.length, done: 0, failed: 0, left: 0, changed: 0, ...rest },
  job: own,
});
const seat = (operator: string): AppState =>
  ({ environment: 'demo', office_name: 'Cartório', operator: { id: operator, name: operator, role: 'clerk' }, permissions: ['sign'], preferences: { locale: 'pt-BR', theme: 'system' } }) as unknown as AppState;

let running: JobView[] = [];

/** As when the page is loaded again: nothing is known but what was kept. */
function loadAgain(operator = 'clara'): Promise<void> {
  const kept = sessionStorage.getItem('keepsake');
  enter(seat(operator));
  desk.identityId = '';
  desk.profile = simpleProfile();
  expect(sessionStorage.getItem('keepsake')).toBeNull();
  if (kept !== null) sessionStorage.setItem('keepsake', kept);
  return putBack();
}

beforeEach(() => {
  running = [];
  call.mockReset();
  call.mockImplementation(async (name: string) => (name === 'jobs_list' ? running : name === 'verify' ? { signatures: [] } : {}));
  enter(seat('clara'));
  session.adopt(seat('clara'));
});

describe('a page that is loaded again', () => {
  it('has the desk as it was, what was looked at included', async () => {
    desk.add([doc('d1'), doc('d2', { name: 'ata.pdf' })]);
    desk.see('d1');
    desk.selected = 'd2';
    desk.identityId = 'i2';
    desk.reason = 'Autenticação';
    desk.profile = { ...simpleProfile(), level: 'b-t' };
    desk.skip = true;
    desk.skipReason = 'Conferidos no balcão';
    keep(keepsake());
    await loadAgain();
    expect(desk.queue).toEqual([
      { document: doc('d1'), seen: true },
      { document: doc('d2', { name: 'ata.pdf' }), seen: false },
    ]);
    expect([desk.selected, desk.identityId, desk.reason, desk.profile.level, desk.skip, desk.skipReason]).toEqual(['d2', 'i2', 'Autenticação', 'b-t', true, 'Conferidos no balcão']);
  });

  it('finds the batch that goes on, with its documents and the key that it may wait for', async () => {
    desk.add([doc('d1'), doc('d2')]);
    keep(keepsake());
    // It was begun after that was kept.
    const own = job('j1', 'paused', [item('d1', 'done'), item('d2', 'waiting')]);
    running = [view(own)];
    await loadAgain();
    expect([desk.jobId, desk.running, jobs.keyOf('j1'), jobs.kindOf('j1')]).toEqual(['j1', true, 'pkcs11:x', 'sign']);
    expect(desk.queue.map(({ document }) => [document.id, document.pages])).toEqual([
      ['d1', 3],
      ['d2', 3],
    ]);
    expect(batch.facts).toMatchObject({ identity: 'Tabeliã', startedAt: '2026-11-23T10:00:00Z' });
  });

  it('keeps what a task left out, and the choices that it was begun with', async () => {
    desk.add([doc('d1'), doc('d2'), doc('d3', { sign_problem: { code: 'pdf_encrypted', params: {}, severity: 'warning', retry: 'after_action', detail: '' } })]);
    desk.authority = 'http://tsa.test/';
    desk.evidence = [doc('crl')];
    extensions.add([doc('s1'), doc('s2')]);
    extensions.acceptLower = true;
    keep(keepsake());
    running = [view(job('j1', 'running', [item('d1', 'running'), item('d2', 'waiting')])), view(job('j2', 'running', [item('s2', 'running')]), { kind: 'extend', level: 'b-lta', key_ref: null })];
    await loadAgain();
    expect([desk.jobId, desk.queue.length, desk.authority, desk.evidence.length]).toEqual(['j1', 3, 'http://tsa.test/', 1]);
    expect([extensions.jobId, extensions.rows.length, extensions.acceptLower]).toEqual(['j2', 2, true]);
  });

  it('finds a batch of which a report came before', async () => {
    const own = job('j1', 'running', [item('d1', 'running')]);
    running = [view(own)];
    jobs.adopt(own);
    await putBack();
    expect([desk.jobId, jobs.keyOf('j1')]).toEqual(['j1', 'pkcs11:x']);
  });

  it('finds a batch of which nothing was kept', async () => {
    running = [view(job('j1', 'running', [item('d1', 'running')])), view(job('j2', 'running', [item('s1', 'running')]), { kind: 'extend', level: 'b-lt', key_ref: null, identity: '' })];
    await putBack();
    expect(desk.queue.map(({ document }) => document.name)).toEqual(['d1.pdf']);
    expect([extensions.jobId, extensions.level, jobs.kindOf('j2')]).toEqual(['j2', 'b-lt', 'extend-many']);
  });

  it('shows how a batch ended meanwhile, and none that was seen and put away', async () => {
    const ended = job('j1', 'partly', [item('d1', 'done'), item('d2', 'failed')]);
    running = [view(ended)];
    await putBack();
    expect(desk.job?.status).toBe('partly');
    jobs.acknowledge('j1');
    keep(keepsake());
    await loadAgain();
    // Its results were on the screen.
    expect(desk.jobId).toBe('j1');
    // A pile that comes after it has its place, whoever saw the end.
    desk.add([doc('d3')]);
    keep(keepsake());
    await loadAgain();
    expect([desk.jobId, desk.queue.map(({ document }) => document.id)]).toEqual([null, ['d3']]);
  });

  it('has the list of signed documents, and looks at them again', async () => {
    extensions.add([doc('s1', { signatures: 1 })]);
    extensions.offline = true;
    await eventually(() => expect(extensions.toRead).toBe(0));
    keep(keepsake());
    call.mockClear();
    await loadAgain();
    expect([extensions.rows.map(({ document }) => document.id), extensions.offline]).toEqual([['s1'], true]);
    await eventually(() => expect(extensions.rows[0]?.report).not.toBeNull());
    expect(call).toHaveBeenCalledWith('verify', { document: 's1', content: null });
  });

  it('keeps nothing for somebody else', async () => {
    desk.add([doc('d1')]);
    keep(keepsake());
    await loadAgain('rui');
    expect(desk.queue).toEqual([]);
  });

  it('keeps nothing where there is no room for all of it', () => {
    desk.add([doc('d1')]);
    keep(keepsake());
    const own = sessionStorage;
    const full = { removeItem: (name: string) => own.removeItem(name) };
    vi.stubGlobal('sessionStorage', Object.assign(full, { setItem: () => { throw new DOMException('full', 'QuotaExceededError'); } }));
    keep(keepsake());
    vi.unstubAllGlobals();
    expect(sessionStorage.getItem('keepsake')).toBeNull();
  });
});
