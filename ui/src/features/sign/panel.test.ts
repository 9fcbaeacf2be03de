import { type Component, flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { MockBackend } from '../../backend/mock';
import type { DocumentInfo, JobItem, JobSnapshot, SignPreviewItem, SignRequest } from '../../generated/types';
import { useLocale } from '../../i18n';
import { jobs } from '../../lib/jobs.svelte';
import { eventually } from '../../testing';

const call = vi.hoisted(() => vi.fn());
vi.mock('$ui/backend', async (original) => ({ ...(await original<typeof import('../../backend')>()), backend: { call, on: () => () => undefined } }));

const { session } = await import('../../lib/session.svelte');
const { TestId } = await import('../../testids');
const { default: WithTooltips } = await import('../heap/testing/WithTooltips.svelte');
const { batch } = await import('./batch/batch.svelte');
const { heldUp, spoken } = await import('./batch/words');
const { default: ReviewPanel } = await import('./batch/ReviewPanel.svelte');
const { default: ResultPanel } = await import('./ResultPanel.svelte');
const { default: RunningPanel } = await import('./RunningPanel.svelte');
const { default: TaskTray } = await import('../../app/TaskTray.svelte');
const { default: SignPanel } = await import('./SignPanel.svelte');
const { desk } = await import('./desk.svelte');
const { leftOut } = await import('./options/left-out');
const { simpleProfile } = await import('./profile');

const LOCKED = { code: 'pdf_encrypted', params: {}, severity: 'error', retry: 'after_action', detail: '' } as const;
const doc = (id: string, rest: Partial<DocumentInfo> = {}): DocumentInfo => ({ id, name: `${id}.pdf`, folder: '/', size: 1, kind: 'pdf', pages: 1, signatures: 0, origin: 'picked', sign_problem: null, ...rest });
const planned = (document: string, rest: Partial<SignPreviewItem> = {}): SignPreviewItem => ({ document, format: 'pades', level: 'b-b', output_name: `${document}-assinado.pdf`, remarks: [], problem: null, ...rest });
const one = (id: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const text = (id: string): string => one(id)?.textContent?.replaceAll(/\s+/g, ' ').trim() ?? '';

let shown: ReturnType<typeof mount> | null = null;

function show(of: unknown, props: Record<string, unknown> = {}): void {
  shown = mount(WithTooltips, { target: document.body, props: { of: of as Component<Record<string, unknown>>, props } });
  flushSync();
}

beforeEach(async () => {
  const mock = new MockBackend({ start: 'demo', pace: 0 });
  call.mockReset();
  call.mockImplementation((name: never, request: never) => mock.call(name, request));
  session.adopt(await mock.call('app_state', {}));
  useLocale('pt-BR');
  jobs.clear();
  desk.clear();
  desk.profile = simpleProfile();
  batch.backToOptions();
  await desk.loadIdentities();
});

afterEach(async () => {
  if (shown) await unmount(shown);
  shown = null;
  document.body.innerHTML = '';
});

describe('a queue of locked documents', () => {
  it('asks for the password instead of signing nothing', async () => {
    desk.add([doc('a', { sign_problem: LOCKED })]);
    show(SignPanel);
    expect(one(TestId.signButton)).toBeNull();
    expect(text(TestId.signUnlockFirst)).toBe('Informar senha');
    expect(text(TestId.signWhyNot)).toMatch(/protegido por senha/);
    expect(document.body.textContent).not.toMatch(/\b0 documentos/);
    one(TestId.signUnlockFirst)!.click();
    expect(desk.unlocking?.id).toBe('a');
    desk.unlocking = null;
    // The main key does the same.
    await batch.primary();
    expect(desk.unlocking).toMatchObject({ id: 'a' });
  });

  it('says beside others what is left out, and asks for the one on the screen', () => {
    desk.add([doc('a', { sign_problem: LOCKED }), doc('b'), doc('c', { sign_problem: LOCKED })]);
    desk.selected = 'c';
    show(SignPanel);
    expect(text(TestId.signLocked)).toMatch(/2 documentos pedem senha/);
    expect(text(TestId.signButton)).toBe('Assinar documento');
    one(TestId.signLockedAsk)!.click();
    expect(desk.unlocking?.id).toBe('c');
  });

  it('has no number on its button where nothing can be signed at all', () => {
    desk.add([doc('a', { sign_problem: { ...LOCKED, code: 'pdf_damaged' } })]);
    show(SignPanel);
    expect(text(TestId.signButton)).toBe('Assinar documento');
    expect((one(TestId.signButton) as HTMLButtonElement).disabled).toBe(true);
    expect(text(TestId.signWhyNot)).toMatch(/Nenhum documento/);
  });
});

describe('a press of the button that signed nothing', () => {
  it('is told where another press would sign, and not beside the reason why none would', async () => {
    const usual = call.getMockImplementation()!;
    let remarks: SignPreviewItem['remarks'] = [];
    call.mockImplementation(async (name: string, request: SignRequest) => {
      const items = request.documents?.map((id) => planned(id, { remarks, problem: id === 'a' && request.profile?.field === 'A' ? { ...LOCKED, code: 'pdf_field_not_found' } : null }));
      return name === 'sign_preview' ? { legal: 'demonstration', algorithm: 'RSASSA_PSS_SHA_256', items } : usual(name, request);
    });
    desk.add([doc('a'), doc('b')]);
    for (const id of ['a', 'b']) desk.see(id);
    await desk.refreshPreview();
    show(SignPanel);
    desk.profile = { ...simpleProfile(), field: 'A' };
    await desk.sign();
    flushSync();
    expect([desk.readiness, desk.held]).toEqual(['ready', true]);
    expect(document.body.textContent).toContain('acabou de mudar');
    remarks = [{ code: 'preflight_tsa_none', blocks: true, params: {} }];
    desk.doubt();
    await desk.refreshPreview();
    flushSync();
    expect([desk.readiness, desk.held]).toEqual(['blocked', true]);
    expect(document.body.textContent).not.toContain('acabou de mudar');
    expect(text(TestId.signWhyNot)).toMatch(/Assim não dá para assinar/);
  });
});

describe('a document that the simplest signature does not fit', () => {
  const CERTIFIED = { ...LOCKED, code: 'pdf_certified_no_changes' } as const;

  it('is signed beside where that was chosen, and the algorithm shown is the one that is taken', async () => {
    desk.add([doc('a', { sign_problem: CERTIFIED }), doc('b')]);
    desk.see('b');
    desk.preview = { legal: 'demonstration', algorithm: 'RSASSA_PSS_SHA_256', items: [planned('a', { problem: CERTIFIED }), planned('b')] };
    show(SignPanel);
    expect(text(TestId.signButton)).toBe('Assinar documento');
    expect(text(TestId.signAlgorithm)).toMatch(/PSS.*\(padrão\)/);
    desk.profile = { ...simpleProfile(), format: 'cades-detached' };
    desk.preview = { ...desk.preview, items: ['a', 'b'].map((id) => planned(id, { format: 'cades-detached' })) };
    flushSync();
    expect(text(TestId.signButton)).toBe('Assinar 2 documentos');
    expect(desk.readiness).toBe('unseen');
  });

  it('is told in the review with its reason', () => {
    desk.add([doc('a'), doc('b'), doc('c')]);
    desk.preview = { legal: 'demonstration', algorithm: 'RSASSA_PSS_SHA_256', items: [planned('a', { problem: CERTIFIED }), planned('b'), planned('c')] };
    batch.review();
    desk.selected = 'a';
    show(ReviewPanel);
    expect(text(TestId.batchReviewPanel)).toMatch(/Não pode ser assinado ?O documento está certificado/);
    expect(text(TestId.batchReviewPanel)).toMatch(/Um documento da fila não pode ser assinado e fica de fora/);
  });
});

describe('a reason beside a commitment', () => {
  it('keeps the button shut in a PDF and says why, and in a .p7s is as good as any', () => {
    desk.add([doc('a')]);
    desk.reason = 'De acordo';
    desk.profile = { ...simpleProfile(), commitment: 'approval' };
    show(SignPanel);
    const button = one(TestId.signButton) as HTMLButtonElement;
    expect([desk.readiness, button.disabled]).toEqual(['says_twice', true]);
    expect(text(TestId.signWhyNot)).toMatch(/ou o motivo ou o compromisso/);
    desk.reason = ' ';
    flushSync();
    expect([desk.readiness, button.disabled]).toEqual(['ready', false]);
    desk.reason = 'De acordo';
    desk.profile = { ...desk.profile, format: 'cades-detached' };
    flushSync();
    expect(desk.readiness).toBe('ready');
    // A form for PDFs says nothing twice where none would be signed inside.
    desk.profile = { ...desk.profile, format: 'pades' };
    expect(desk.saysTwice).toBe(true);
    desk.profile = { ...desk.profile, role: 'cosign' };
    expect(desk.saysTwice).toBe(false);
    desk.profile = { ...desk.profile, role: 'sign' };
    desk.preview = { legal: 'demonstration', algorithm: 'RSASSA_PSS_SHA_256', items: [planned('a', { problem: { ...LOCKED, code: 'pdf_damaged' } })] };
    expect([desk.signable.length, desk.saysTwice]).toEqual([0, false]);
    desk.reason = '';
  });
});

describe('a countersignature', () => {
  it('asks whose signature it confirms where there are several, and forgets that with the file', () => {
    const cms = (id: string) => doc(id, { kind: 'cms', name: `${id}.p7s` });
    const signers = [{ index: 0, name: 'ANA', claimed_time: '2026-11-20T12:00:00Z' }, { index: 1, name: null, claimed_time: null }];
    desk.add([cms('a')]);
    desk.profile = { ...simpleProfile(), role: 'countersign' };
    expect(desk.readiness).toBe('ready');
    desk.preview = { legal: 'demonstration', algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', items: [planned('a', { format: 'cades-detached', signers, problem: { ...LOCKED, code: 'countersign_choose' } })] };
    show(SignPanel);
    expect(text(TestId.signWhyNot)).toMatch(/qual assinatura/);
    expect(text(TestId.optionSigner)).toMatch(/ANA.*1ª do arquivo, de 20\/11\/2026.*sem certificado.*2ª do arquivo/);
    one(TestId.optionSigner)?.querySelector<HTMLInputElement>('input[value="1"]')?.click();
    flushSync();
    expect([desk.readiness, desk.request().profile?.countersigned]).toEqual(['ready', 1]);
    desk.profile = simpleProfile();
    expect(desk.request().profile).toBeUndefined();
    desk.profile = { ...simpleProfile(), role: 'countersign' };
    desk.add([cms('b')]);
    for (const id of ['a', 'b']) desk.see(id);
    expect([desk.readiness, desk.request().profile?.countersigned]).toEqual(['which_signer', undefined]);
  });

  it('still asks whose when a later preview fails, and says that it could not be told', async () => {
    const signers = [{ index: 0, name: 'ANA', claimed_time: null }, { index: 1, name: 'RUI', claimed_time: null }];
    const answer = { legal: 'demonstration', algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', items: [planned('a', { format: 'cades-detached', signers, problem: { ...LOCKED, code: 'countersign_choose' } })] };
    let fails = false;
    const usual = call.getMockImplementation()!;
    call.mockImplementation(async (name: string, request: unknown) => {
      if (name === 'sign_preview' && fails) throw new Error('gone');
      return name === 'sign_preview' ? answer : usual(name, request);
    });
    desk.add([doc('a', { kind: 'cms', name: 'a.p7s' })]);
    desk.profile = { ...simpleProfile(), role: 'countersign' };
    expect(await desk.refreshPreview()).toBe('answered');
    fails = true;
    desk.doubt();
    expect(await desk.refreshPreview()).toBe('failed');
    show(SignPanel);
    expect(desk.preview).toBeNull();
    expect([desk.readiness, desk.signers.length]).toEqual(['which_signer', 2]);
    expect(text(TestId.optionSigner)).toMatch(/ANA.*RUI/);
    expect(text(TestId.signUnanswered)).toMatch(/Não foi possível ver antes/);
    fails = false;
    await desk.refreshPreview();
    flushSync();
    expect(one(TestId.signUnanswered)).toBeNull();
    desk.clear();
    expect(desk.signers).toEqual([]);
  });
});

describe('what only a PDF can carry', () => {
  const stamp = { template: 't', page: 1, x: 0, y: 0, width: 1, height: 1, may_cover: false } as never;
  const mixed = [planned('a'), planned('b', { format: 'cades-detached' }), planned('c', { format: 'raw', problem: LOCKED })];
  const nothing = { reason: '', location: ' ' };

  it('is said of exactly the documents that do not get it', () => {
    expect(leftOut(mixed, { ...simpleProfile(), stamp, certify: 'form-filling' }, nothing)).toEqual([{ only: 'pdf', choices: ['stamp', 'certify'], documents: ['b'] }]);
    expect(leftOut(mixed, { ...simpleProfile(), field: 'Tabelião' }, { reason: 'de acordo', location: '' })).toEqual([{ only: 'pdf', choices: ['field', 'reason'], documents: ['b'] }]);
    expect(leftOut(mixed, simpleProfile(), nothing)).toEqual([]);
    expect(leftOut([planned('a')], { ...simpleProfile(), stamp }, nothing)).toEqual([]);
  });

  it('has its counterpart in what only a .p7s can carry', () => {
    const place = (signer_location: object) => ({ ...simpleProfile(), signer_location: { country: null, locality: null, postal_address: [], ...signer_location } });
    expect(leftOut(mixed, { ...simpleProfile(), content_hint: 'planta', mime_type: 'image/png' }, nothing)).toEqual([{ only: 'cms', choices: ['hint', 'mime'], documents: ['a'] }]);
    expect(leftOut(mixed, place({ postal_address: ['', 'Rua A'] }), nothing)).toEqual([{ only: 'cms', choices: ['place'], documents: ['a'] }]);
    expect(leftOut(mixed, place({ locality: ' ', postal_address: [''] }), nothing)).toEqual([]);
    expect(leftOut(mixed, { ...simpleProfile(), stamp, mime_type: 'image/png' }, nothing).map(({ only, documents }) => [only, documents])).toEqual([
      ['pdf', ['b']],
      ['cms', ['a']],
    ]);
  });

  it('stands in the panel and in the review before anything is signed', async () => {
    desk.add([doc('a'), doc('b', { name: 'Planta.dwg', kind: 'other' }), doc('c', { name: 'Nota.txt', kind: 'other' })]);
    desk.profile = { ...simpleProfile(), stamp, certify: 'form-filling' };
    desk.preview = { legal: 'demonstration', algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', items: [planned('a'), planned('b', { format: 'cades-detached' }), planned('c', { format: 'cades-detached' })] };
    show(SignPanel);
    expect(text(TestId.leftOut)).toMatch(/Só em PDF: carimbo visível e certificação.*2 documentos.*Planta\.dwg.*Nota\.txt/);
    await unmount(shown!);
    desk.selected = 'b';
    batch.review();
    desk.selected = 'b';
    show(ReviewPanel);
    expect(text(TestId.leftOut)).toMatch(/Planta\.dwg/);
    expect(text(TestId.batchReviewPanel)).toMatch(/Sem o que só vale em PDF/);
    desk.selected = 'a';
    flushSync();
    expect(text(TestId.batchReviewPanel)).not.toMatch(/Sem o que só vale em PDF/);
    desk.profile = { ...simpleProfile(), mime_type: 'image/png' };
    flushSync();
    expect(text(TestId.leftOut)).toMatch(/Só em \.p7s: tipo do conteúdo \(MIME\).*1 documento/);
    expect(text(TestId.batchReviewPanel)).toMatch(/Sem o que só vale em \.p7s/);
  });
});

describe('a batch that is over', () => {
  const item = (id: string, rest: Partial<JobItem> = {}): JobItem => ({ document: id, name: `${id}.pdf`, state: 'done', phase: null, error: null, output: null, receipt: null, ...rest });
  const ended = (items: JobItem[], rest: Partial<JobSnapshot> = {}): JobSnapshot => ({ id: 'j1', status: 'succeeded', items, waits_for: null, batch: 'b1', per_minute: null, seconds_left: null, ...rest });

  it('tells of what it left out, and leads back to that', () => {
    desk.add([doc('a'), doc('b', { sign_problem: LOCKED }), doc('c')]);
    const job = ended([item('a'), item('c')]);
    jobs.adopt(job);
    desk.jobId = 'j1';
    show(ResultPanel, { job });
    expect(text(TestId.batchSummary)).toMatch(/1 ficou de fora/);
    expect(text(TestId.batchAgain)).toBe('Voltar ao não assinado');
    one(TestId.batchAgain)!.click();
    expect(desk.queue.map(({ document }) => document.id)).toEqual(['b']);
  });

  it('counts what failed and what was left out together', () => {
    desk.add([doc('a'), doc('b', { sign_problem: LOCKED }), doc('c')]);
    const job = ended([item('a'), item('c', { state: 'failed', error: { ...LOCKED, code: 'document_changed', params: { name: 'c.pdf' } } })], { status: 'partly' });
    jobs.adopt(job);
    desk.jobId = 'j1';
    show(ResultPanel, { job });
    expect(text(TestId.batchAgain)).toBe('Voltar aos 2 não assinados');
  });

  it('is told in the tray by what was not done, whatever kept it from that', () => {
    const stopped = { ...LOCKED, code: 'output_unwritable', params: { name: 'b', reason: 'x' } };
    for (const [items, status, word] of [
      [[item('a'), item('b', { state: 'failed', error: stopped }), item('c', { state: 'cancelled', error: stopped })], 'partly', '2 de 3 não foram assinados'],
      [[item('a'), item('b', { state: 'cancelled', error: stopped })], 'partly', '1 de 2 não foi assinado'],
      [[item('a', { state: 'cancelled', error: stopped })], 'failed', '1 de 1 não foi assinado'],
      [[item('a'), item('b')], 'succeeded', '2 assinados'],
    ] as const) {
      jobs.clear();
      jobs.adopt(ended([...items], { status }));
      show(TaskTray);
      expect(text(TestId.taskTray)).toContain(word);
      void unmount(shown!);
      shown = null;
    }
  });

  it('says in the tray that somebody paused it, and how far it is', async () => {
    const paused = ended([item('a'), item('b', { state: 'waiting', error: { ...LOCKED, code: 'batch_password_needed', params: { name: 'b', more: '0' } } })], { status: 'paused', held: true });
    for (const [kind, title, word] of [['sign', 'Lote pausado: 1 de 2 terminados', 'Continuar lote'], ['extend-many', 'Extensão pausada: 1 de 2 terminados', 'Continuar extensão']] as const) {
      jobs.clear();
      jobs.begin(paused, null, kind);
      show(TaskTray);
      expect(text(TestId.taskTray)).toContain(title);
      expect(text(TestId.taskGoOn)).toBe(word);
      call.mockClear();
      one(TestId.taskGoOn)!.click();
      expect(call).toHaveBeenCalledWith('job_resume', { id: 'j1' });
      void unmount(shown!);
      shown = null;
    }
  });

  it('says that a pause was asked for while something is under way still', () => {
    desk.add([doc('a'), doc('b')]);
    const running = ended([item('a', { state: 'running', phase: 'stamping' }), item('b', { state: 'waiting' })], { status: 'running', held: true });
    show(RunningPanel, { job: running });
    expect(text(TestId.batchRunning)).toMatch(/Terminando os documentos em curso/);
    expect(text(TestId.batchPause)).toMatch(/Pausando/);
    expect(spoken(running)).toMatch(/Terminando/);
    expect(spoken({ ...running, held: false })).toBe('');
  });
});

describe('a lower level under a policy', () => {
  it('is neither offered nor believed', async () => {
    desk.add([doc('a')]);
    desk.profile = { ...simpleProfile(), policy: 'ad-rt', accept_lower_level: true };
    desk.preview = { items: [planned('a', { remarks: [{ code: 'no_authorities', blocks: true, params: {} }] })], algorithm: 'x', legal: 'demonstration' } as unknown as typeof desk.preview;
    expect(desk.blocked.all).toBe(true);
    expect(desk.request().profile?.accept_lower_level).toBe(false);
    desk.profile = { ...desk.profile, policy: 'none', level: 'b-t' };
    expect(desk.blocked.all).toBe(false);
  });
});

describe('a document that holds a batch up', () => {
  const error = { ...LOCKED, code: 'document_changed', params: { name: 'b.pdf' } };
  const item = (id: string, rest: Partial<JobItem> = {}): JobItem => ({ document: id, name: `${id}.pdf`, state: 'waiting', phase: null, error: null, output: null, receipt: null, ...rest });
  const paused: JobSnapshot = { id: 'j1', status: 'paused', items: [item('a', { state: 'done' }), item('b', { error }), item('c')], waits_for: error, batch: 'b1', per_minute: null, seconds_left: null };

  it('is found only where leaving it out helps', () => {
    expect(heldUp(paused).map(({ document }) => document)).toEqual(['b']);
    expect(heldUp({ ...paused, status: 'running' })).toEqual([]);
    expect(heldUp({ ...paused, waits_for: null })).toEqual([]);
    expect(heldUp({ ...paused, batch: null })).toEqual([]);
    // Every document would meet it.
    expect(heldUp({ ...paused, waits_for: { ...error, code: 'token_pin_required' } })).toEqual([]);
    expect(heldUp({ ...paused, waits_for: { ...error, code: 'aws_login_required' } })).toEqual([]);
    expect(heldUp({ ...paused, waits_for: { ...error, code: 'batch_password_needed' } })).toHaveLength(1);
  });

  it('is left out with a reason, and with none stays', async () => {
    desk.add([doc('a'), doc('b'), doc('c')]);
    desk.jobId = 'j1';
    jobs.adopt(paused);
    const skipped = vi.fn(async () => ({ ...paused, status: 'running', revision: 9 }));
    call.mockImplementation(async (name: string, request: never) => (name === 'job_skip' ? skipped(...([request] as unknown as [])) : {}));
    show(RunningPanel, { job: paused });
    expect(one(TestId.batchSkipAll)).toBeNull();
    one(TestId.batchSkipOne)!.click();
    flushSync();
    await eventually(() => expect(one(TestId.batchSkipDialog)).not.toBeNull());
    expect(text(TestId.batchSkipDialog)).toMatch(/b\.pdf/);
    one(TestId.batchSkipConfirm)!.click();
    flushSync();
    expect(skipped).not.toHaveBeenCalled();
    expect(text(TestId.batchSkipDialog)).toMatch(/Escreva o motivo/);
    const input = one(TestId.batchSkipReason) as HTMLInputElement;
    input.value = ' será refeito ';
    input.dispatchEvent(new Event('input', { bubbles: true }));
    one(TestId.batchSkipConfirm)!.click();
    await eventually(() => expect(skipped).toHaveBeenCalledWith({ id: 'j1', documents: ['b'], reason: 'será refeito' }));
    await eventually(() => expect(one(TestId.batchSkipDialog)).toBeNull());
  });

  it('lets the pretended office go on with the others', async () => {
    const mock = new MockBackend({ start: 'demo', pace: 0 });
    const documents = (await mock.dropFiles([new File(['a'], 'boa.txt'), new File(['b'], 'falha.txt'), new File(['c'], 'outra.txt')])).map(({ id }) => id);
    const [identity] = await mock.call('identities_list', {});
    const profile = { ...simpleProfile(), on_error: { ...simpleProfile().on_error, document: 'pause' as const } };
    const { id } = await mock.call('sign_start', { documents, identity: identity!.id, algorithm: null, reason: null, location: null, output_folder: null, profile });
    await expect.poll(async () => (await mock.call('job_get', { id })).status).toBe('paused');
    await expect(mock.call('job_skip', { id, documents, reason: 'r' })).rejects.toMatchObject({ wire: { code: 'invalid_field' } });
    await mock.call('job_skip', { id, documents: [documents[1]!], reason: 'refeita' });
    await expect.poll(async () => (await mock.call('job_get', { id })).status).toBe('partly');
    expect((await mock.call('job_get', { id })).items.map(({ state }) => state)).toEqual(['done', 'failed', 'done']);
  });
});
