import { type Component, flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { MockBackend } from '../../backend/mock';
import type { DocumentInfo, JobItem, JobSnapshot, SignatureReport, UnprovenSigner, VerifyReport } from '../../generated/types';
import { useLocale } from '../../i18n';
import { jobs } from '../../lib/jobs.svelte';
import { eventually } from '../../testing';

const call = vi.hoisted(() => vi.fn());
vi.mock('$ui/backend', async (original) => ({ ...(await original<typeof import('../../backend')>()), backend: { call, on: () => () => undefined } }));

const { session } = await import('../../lib/session.svelte');
const { TestId } = await import('../../testids');
const { default: WithTooltips } = await import('../heap/testing/WithTooltips.svelte');
const { default: ReaderTrust } = await import('../sign/options/ReaderTrust.svelte');
const { desk } = await import('../sign/desk.svelte');
const { simpleProfile } = await import('../sign/profile');
const { default: EvidenceFiles } = await import('./EvidenceFiles.svelte');
const { default: ExtendPage } = await import('./ExtendPage.svelte');
const { extensions } = await import('./extensions.svelte');
const { default: Unproven } = await import('./Unproven.svelte');
const { dateWord, itemStanding, leftOutGroups, lowestLevel, offlineNote, standingOf } = await import('./extension-words');
const { levelsAbove } = await import('./words');

const signature = (rest: Partial<SignatureReport> = {}): SignatureReport => ({
  field: null, integrity: 'ok', authenticity: 'trusted', policy: 'none', later_change: 'none', coverage: 'entire_file', result: 'passed', sub_indication: null, reasons: [], level: 'PAdES B-T',
  algorithm: null, signer: null, claimed_time: null, reason: null, location: null, proven_time: null, time_stamps: [], policy_claim: null, commitments: [], extend_before: null, changes: [],
  counter_signatures: [], legal: 'unknown', certificates: null, problem: null, ...rest,
});
const report = (...signatures: SignatureReport[]): VerifyReport => ({ result: signatures[0]?.result ?? 'unsigned', document: 'a.pdf', content: null, content_needed: false, judged_at: '2026-11-22T12:00:00Z', signatures, audit_seq: null });
const doc = (id: string, rest: Partial<DocumentInfo> = {}): DocumentInfo => ({ id, name: `${id}.pdf`, folder: '/', size: 1, kind: 'pdf', pages: 1, signatures: 1, origin: 'picked', sign_problem: null, ...rest });
const known = (own: VerifyReport | null, content: DocumentInfo | null = null) => ({ document: doc('a'), content, report: own, problem: null });
const snapshot = (rest: Partial<JobSnapshot> = {}): JobSnapshot => ({ id: 'j1', status: 'running', items: [], waits_for: null, batch: null, per_minute: null, seconds_left: null, ...rest });
const one = (id: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const text = (id: string): string => one(id)?.textContent?.replaceAll(/\s+/g, ' ').trim() ?? '';

let mock: MockBackend;
let shown: ReturnType<typeof mount> | null = null;

function show(of: unknown, props: Record<string, unknown> = {}): void {
  shown = mount(WithTooltips, { target: document.body, props: { of: of as Component<Record<string, unknown>>, props } });
  flushSync();
}

/** What was asked of a command. */
function asked<T>(name: string): T[] {
  return call.mock.calls.filter(([own]) => own === name).map(([, request]) => request as T);
}

beforeEach(async () => {
  mock = new MockBackend({ start: 'demo', pace: 0 });
  call.mockReset();
  call.mockImplementation((name: never, request: never) => mock.call(name, request));
  mock.on('job', (own) => jobs.adopt(own));
  session.adopt(await mock.call('app_state', {}));
  useLocale('pt-BR');
  jobs.clear();
  extensions.clear();
});

afterEach(async () => {
  if (shown) await unmount(shown);
  shown = null;
  document.body.innerHTML = '';
});

describe('a document on the list', () => {
  it('is taken only where extending helps, and says why it is not', () => {
    expect(standingOf(known(report(signature())), 'b-lta')).toMatchObject({ takes: true, word: 'Será estendido até B-LTA' });
    expect(standingOf(known(null), 'b-lta').takes).toBe(true);
    expect(standingOf(known(report(signature({ level: 'PAdES B-LT' }))), 'b-lt')).toMatchObject({ takes: false, word: 'Já tem B-LT' });
    expect(standingOf(known(report(signature({ level: 'PAdES B-LTA' }))), 'b-lta').takes).toBe(true);
    expect(standingOf(known(report()), 'b-lta')).toMatchObject({ takes: false, word: 'Sem assinatura' });
    expect(standingOf(known(report(signature(), signature({ integrity: 'broken' }))), 'b-lta')).toMatchObject({ takes: false, state: 'bad' });
    // Only an archive stamp is over the content, and the program may still find it.
    expect(standingOf(known({ ...report(signature()), content_needed: true }), 'b-lta')).toMatchObject({ takes: true, state: 'warn', remedy: 'content' });
    expect(standingOf(known({ ...report(signature({ level: 'CAdES B-B' })), content_needed: true }), 'b-t')).toMatchObject({ takes: true, remedy: null });
    // What was named may be the wrong file: then another one can be.
    const wrong = report(signature({ integrity: 'broken', result: 'failed' }));
    expect(standingOf(known(wrong), 'b-lta')).toMatchObject({ takes: false, remedy: null, word: 'Documento alterado: não se estende' });
    expect(standingOf(known(wrong, doc('c')), 'b-lta')).toMatchObject({ takes: false, remedy: 'other_content', word: 'Este conteúdo não é o que foi assinado' });
    expect(standingOf(known({ ...wrong, content_other: true }), 'b-lta').remedy).toBe('other_content');
    const gone = { code: 'document_unreadable', params: { name: 'c' }, severity: 'error', retry: 'never', detail: '' } as const;
    expect(standingOf({ ...known(null, doc('c')), problem: gone }, 'b-lta').remedy).toBe('other_content');
    const locked = { code: 'pdf_encrypted', params: {}, severity: 'error', retry: 'after_action', detail: '' } as const;
    expect(standingOf({ ...known(null), problem: locked }, 'b-lta')).toMatchObject({ takes: false, remedy: 'password' });
  });

  it('has the level of what was signed, not of the time stamp over it', () => {
    const archived = report(signature({ level: 'PAdES B-LTA' }), signature({ level: 'PAdES document timestamp' }));
    expect(lowestLevel(archived)).toBe('b-lta');
    expect(levelsAbove(archived)).toEqual(['b-lta']);
  });

  it('tells its date, and what is left of it where that is pressing', () => {
    const now = new Date('2026-11-22T12:00:00Z');
    const until = (extend_before: string) => dateWord(report(signature({ extend_before })), now);
    expect(until('2026-12-02T12:00:00Z')).toMatchObject({ state: 'warn', short: 'faltam 10 dias' });
    expect(until('2028-12-02T12:00:00Z')).toMatchObject({ state: 'none', short: null });
    expect(until('2026-11-01T12:00:00Z')).toMatchObject({ state: 'bad', short: 'a data passou' });
    expect(dateWord(report(signature()), now)).toBeNull();
  });

  it('is counted with those that are left out for the same reason', () => {
    const out = (id: string, word: string) => ({ id, standing: { takes: false, state: 'none', word, remedy: null } as const });
    expect(leftOutGroups([out('a', 'x'), out('b', 'y'), out('c', 'y'), { ...out('d', 'z'), standing: { ...out('d', 'z').standing, takes: true } }])).toEqual([
      { word: 'y', ids: ['b', 'c'] },
      { word: 'x', ids: ['a'] },
    ]);
  });
});

describe('a result with an earlier signer whom nothing proves', () => {
  const receipt = { signed_at: '', format: 'pades', level: 'b-lta', policy: null, time_stamps: [], key_uses: 0, input_sha256: '', output_sha256: '', key_id: '', algorithm: '', certificate_sha256: '', request_id: null, audit_seq: 1 } as const;
  const item = (unproven: UnprovenSigner[]): JobItem => ({ document: 'a', name: 'a.pdf', state: 'done', phase: null, error: null, output: null, receipt: { ...receipt, time_stamps: [], unproven } });

  it('is not told as whole, and who it is and why is told in words', () => {
    expect(itemStanding(item([]), 'b-lta')).toMatchObject({ state: 'ok' });
    expect(itemStanding(item([{ name: 'ELZA', reason: 'revoked' }]), 'b-lta')).toMatchObject({ state: 'warn', word: 'Estendido até B-LTA; assinaturas anteriores não comprovadas' });
    show(Unproven, { signers: [{ name: 'ELZA', reason: 'revoked' }, { name: 'RUI', reason: 'on_hold' }, { name: 'ANA', reason: 'no_evidence' }] });
    expect(text(TestId.unproven)).toMatch(/ELZA: o certificado foi revogado.*RUI: o certificado está suspenso.*ANA: faltam evidências de revogação/);
  });
});

describe('an extension that goes on after an interruption', () => {
  it('asks for the password that was forgotten, or leaves the document out with a reason', async () => {
    const error = { code: 'batch_password_needed', params: { name: 'b.pdf', more: '0' }, severity: 'warning', retry: 'after_action', detail: '' } as const;
    const item = (id: string, rest: Partial<JobItem>): JobItem => ({ document: id, name: `${id}.pdf`, state: 'waiting', phase: null, error: null, output: null, receipt: null, ...rest });
    const job = snapshot({ status: 'paused', batch: 'b1', waits_for: error, items: [item('a', { state: 'done', output: doc('a-b-lt') }), item('b', { error })] });
    extensions.follow(job, 'b-lt');
    show(ExtendPage);
    expect(text(TestId.batchPassword)).toMatch(/b\.pdf/);
    one(TestId.batchPasswordAsk)!.click();
    flushSync();
    expect(one(TestId.pdfUnlockDialog)).not.toBeNull();
    one(TestId.batchSkipOne)!.click();
    flushSync();
    const reason = one(TestId.batchSkipReason) as HTMLInputElement;
    reason.value = 'ninguém sabe a senha';
    reason.dispatchEvent(new Event('input', { bubbles: true }));
    call.mockResolvedValueOnce({ ...job, status: 'running', waits_for: null });
    one(TestId.batchSkipConfirm)!.click();
    await eventually(() => expect(asked('job_skip')).toEqual([{ id: 'j1', documents: ['b'], reason: 'ninguém sabe a senha' }]));
    await eventually(() => expect(extensions.job?.status).toBe('running'));
  });
});

describe('the list of many', () => {
  it('takes a file that has changed anew, and leaves one that has not as it is', async () => {
    call.mockImplementation(() => Promise.resolve(report(signature())));
    const at = (id: string, name: string, version: string) => ({ ...doc(id), name, version });
    const content = doc('c');
    extensions.add([at('a', 'a.p7s', '1'), at('b', 'b.p7s', '1')], new Map([['a', content], ['b', content]]), true);
    await eventually(() => expect(extensions.toRead).toBe(0));
    extensions.selected = 'b';
    call.mockClear();
    extensions.add([at('a2', 'a.p7s', '1'), at('b2', 'b.p7s', '2')]);
    expect(extensions.rows.map(({ document, content, named, report }) => [document.id, content?.id, named, report === null])).toEqual([
      ['a', 'c', true, false],
      ['b2', 'c', true, true],
    ]);
    expect(extensions.selected).toBe('b2');
    await eventually(() => expect(extensions.toRead).toBe(0));
    expect(asked('verify')).toEqual([{ document: 'b2', content: 'c' }]);
  });

  it('takes each file once, reads it, and asks for what it does not hold', async () => {
    call.mockImplementation((name: string, request: { content?: string | null }) => (name === 'verify' ? Promise.resolve({ ...report(signature()), content_needed: request.content === null }) : mock.call(name as never, request as never)));
    extensions.add([doc('a', { kind: 'cms', name: 'a.p7s' }), doc('again', { kind: 'cms', name: 'a.p7s' })]);
    await eventually(() => expect(extensions.rows[0]?.report?.content_needed).toBe(true));
    expect(extensions.rows).toHaveLength(1);
    expect(extensions.standingOf(extensions.rows[0]!).remedy).toBe('content');
    await extensions.pickContent('a');
    await eventually(() => expect(extensions.standingOf(extensions.rows[0]!).remedy).toBeNull());
    const item = (state: 'done' | 'failed') => ({ document: 'a', name: 'a.p7s', state, phase: null, error: null, output: null, receipt: null });
    call.mockImplementation((name: string, request: { documents: string[] }) =>
      name === 'extend_start' ? Promise.resolve(snapshot({ id: `j-${request.documents.join('+')}`, status: 'succeeded', items: request.documents.map((document) => ({ ...item('done'), document })) })) : Promise.resolve(report(signature())));
    extensions.add([doc('b'), doc('c')]);
    await extensions.start();
    expect(asked('extend_start')).toEqual([expect.objectContaining({ documents: ['a', 'b', 'c'], contents: [extensions.rows[0]?.content?.id] })]);
    expect(extensions.job?.status).toBe('succeeded');
  });

  it('tells the program of a content that a person named, and of no other', async () => {
    call.mockImplementation((name: string) => (name === 'extend_start' ? Promise.resolve(snapshot()) : Promise.resolve(report(signature()))));
    const cms = (id: string) => doc(id, { kind: 'cms', name: `${id}.p7s` });
    // Signed here: the program knows where it lay.
    extensions.add([cms('a')], new Map([['a', doc('ca')]]));
    // Named on the page of one document; once more for one that is on the list.
    extensions.add([cms('b')], new Map([['b', doc('cb')]]), true);
    extensions.add([cms('c')]);
    extensions.add([{ ...cms('c'), id: 'again' }], new Map([['again', doc('cc')]]), true);
    expect(extensions.rows.map(({ document, content, named }) => [document.id, content?.id, named])).toEqual([
      ['a', 'ca', false],
      ['b', 'cb', true],
      ['c', 'cc', true],
    ]);
    await extensions.start();
    expect(asked<{ contents: string[] }>('extend_start')[0]?.contents).toEqual(['cb', 'cc']);
  });

  it('takes what was named meanwhile, whatever came of looking without it', async () => {
    let answer: (own: VerifyReport) => void = () => undefined;
    call.mockImplementation((name: string, { content }: { content: string | null }) => (name === 'verify' && content === null ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(report(signature()))));
    extensions.add([doc('a', { kind: 'cms', name: 'a.p7s' })]);
    extensions.readAgain('a', { content: doc('c'), named: true });
    answer({ ...report(signature()), content_needed: true });
    await eventually(() => expect(extensions.rows[0]?.report?.content_needed).toBe(false));
  });

  it('keeps its place when another task reports, and takes up again what was left out', async () => {
    const item = (id: string, state: 'done' | 'failed') => ({ document: id, name: id, state, phase: null, error: null, output: null, receipt: null });
    // «d» waits for the right content; nothing helps «e», which nobody signed.
    const reports: Record<string, VerifyReport> = { d: { ...report(signature({ integrity: 'broken' })), content_other: true }, e: report() };
    let job = snapshot({ status: 'partly', items: [item('a', 'done'), item('b', 'failed'), item('c', 'done')] });
    call.mockImplementation(async (name: string, request: { document: string }) => (name === 'extend_start' ? job : name === 'tsa_list' ? [] : (reports[request.document] ?? report(signature()))));
    show(ExtendPage);
    extensions.add(['a', 'b', 'c', 'd', 'e'].map((id) => doc(id)));
    await eventually(() => expect(extensions.toRead).toBe(0));
    await extensions.start();
    flushSync();
    // What went wrong comes first, once.
    expect(extensions.selected).toBe('b');
    extensions.selected = 'c';
    jobs.adopt(snapshot({ id: 'other' }));
    flushSync();
    jobs.adopt(snapshot({ id: 'other', status: 'succeeded', revision: 1 }));
    flushSync();
    expect(extensions.selected).toBe('c');
    expect(text(TestId.extendAgain)).toBe('Voltar aos 2 não estendidos');
    one(TestId.extendAgain)?.click();
    flushSync();
    expect(extensions.rows.map(({ document }) => document.id)).toEqual(['b', 'd', 'e']);
    // After a whole success there is a way back for what was left out, but it is not the first thing to do.
    job = snapshot({ id: 'j2', status: 'succeeded', items: [item('b', 'done')] });
    await extensions.start();
    flushSync();
    expect(text(TestId.extendAgain)).toBe('Voltar ao que ficou de fora');
    one(TestId.extendAgain)?.click();
    flushSync();
    expect(extensions.rows.map(({ document }) => document.id)).toEqual(['d', 'e']);
    expect(extensions.job).toBeNull();
    // Where nothing helps there is no way back.
    extensions.remove('d');
    extensions.add([doc('b')]);
    await eventually(() => expect(extensions.toRead).toBe(0));
    await extensions.start();
    flushSync();
    expect(one(TestId.extendAgain)).toBeNull();
  });

  it('asks nobody where that was chosen, with the files that were', async () => {
    call.mockImplementation((name: string) => (name === 'extend_start' ? Promise.resolve(snapshot()) : Promise.resolve(report(signature()))));
    extensions.add([doc('a'), doc('b')]);
    extensions.level = 'b-lt';
    extensions.offline = true;
    extensions.evidence = [doc('crl')];
    void extensions.start();
    void extensions.start();
    await eventually(() => expect(extensions.jobId).toBe('j1'));
    expect(asked('extend_start')).toEqual([{ documents: ['a', 'b'], level: 'b-lt', output_folder: null, accept_lower_level: false, offline: true, evidence: ['crl'] }]);
    expect(jobs.kindOf('j1')).toBe('extend-many');
  });

  it('shows every document with its end, reason and new date, and begins again with what is left', async () => {
    show(ExtendPage);
    one(TestId.extendPick)?.click();
    await eventually(() => expect(extensions.rows.length).toBeGreaterThan(4));
    await eventually(() => expect(extensions.toRead).toBe(0));
    flushSync();
    expect(text(TestId.extendLeftOut)).toContain('Documento alterado');
    const takes = extensions.ready.length;
    expect(text(TestId.extendStart)).toBe(`Estender ${takes} documentos`);
    one(TestId.extendStart)?.click();
    await eventually(() => expect(extensions.job?.status).toBe('partly'));
    flushSync();
    expect(text(TestId.extendResult)).toContain(`${takes - 1} de ${takes} documentos estendidos`);
    expect(document.querySelector(`[data-testid="${TestId.extendReason}"]`)?.getAttribute('data-code')).toBe('evidence_missing');
    await eventually(() => expect(extensions.rows.filter(({ after }) => (after?.signatures[0]?.extend_before ?? null) !== null)).toHaveLength(takes - 2));
    const out = extensions.rows.length - takes;
    one(TestId.extendAgain)?.click();
    flushSync();
    expect(extensions.rows).toHaveLength(out + 1);
    expect(extensions.job).toBeNull();
  });

  it('says beforehand that nobody here gives time stamps, unless nobody is asked', async () => {
    let authorities: unknown[] = [];
    call.mockImplementation(async (name: string) => (name === 'tsa_list' ? authorities : report(signature())));
    extensions.add([doc('a')]);
    show(ExtendPage);
    await eventually(() => expect(text(TestId.verifyExtendUnstamped)).toMatch(/não tem autoridade de carimbo do tempo/));
    extensions.offline = true;
    flushSync();
    expect(one(TestId.verifyExtendUnstamped)).toBeNull();
    extensions.offline = false;
    await unmount(shown!);
    authorities = [{}];
    show(ExtendPage);
    await eventually(() => expect(one(TestId.verifyExtendUnstamped)).toBeNull());
    expect(asked('tsa_list')).toHaveLength(2);
  });

  it('takes an authority for this time alone, and does not press to what gets no stamp', async () => {
    call.mockImplementation(async (name: string) => (name === 'tsa_list' ? [] : report(signature())));
    extensions.add([doc('a')]);
    show(ExtendPage);
    await eventually(() => expect(one(TestId.extendStart)?.classList.contains('secondary')).toBe(true));
    extensions.authority = 'https://rui:segredo@act.example/';
    flushSync();
    expect((one(TestId.extendStart) as HTMLButtonElement).disabled).toBe(true);
    extensions.authority = ' https://act.example/ ';
    flushSync();
    expect(one(TestId.verifyExtendUnstamped)).toBeNull();
    expect(one(TestId.extendStart)?.classList.contains('primary')).toBe(true);
    expect(extensions.request(['a']).authorities).toEqual(['https://act.example/']);
    extensions.offline = true;
    expect(extensions.request(['a']).authorities).toBeUndefined();
    extensions.clear();
    expect(extensions.authority).toBe('');
  });

  /** Begins an extension that takes long enough to be stopped or held up. */
  async function startAtLength(): Promise<void> {
    mock = new MockBackend({ start: 'demo', pace: 0.02 });
    mock.on('job', (own) => jobs.adopt(own));
    show(ExtendPage);
    await extensions.pick();
    await eventually(() => expect(extensions.toRead).toBe(0));
    void extensions.start();
  }

  it('can be stopped, and what was not begun is told so', async () => {
    await startAtLength();
    await eventually(() => expect(extensions.job).not.toBeNull());
    flushSync();
    one(TestId.extendCancel)?.click();
    await eventually(() => expect(extensions.job?.status).toBe('cancelled'));
    flushSync();
    expect(text(TestId.extendResult)).toMatch(/não foram começados|não foi começado|não começ/);
  });

  it('does not pretend to pause where nobody could be asked to', async () => {
    await startAtLength();
    await eventually(() => expect(extensions.job?.items.some(({ state }) => state === 'running')).toBe(true));
    flushSync();
    const answer = call.getMockImplementation();
    call.mockImplementation(async (name: string, ...rest: unknown[]) => {
      if (name === 'job_pause') throw new Error('gone');
      return answer?.(name, ...rest);
    });
    one(TestId.extendPause)?.click();
    flushSync();
    await eventually(() => expect(text(TestId.extendSide)).not.toContain('Terminando'));
    expect(text(TestId.extendSide)).not.toContain('Pausando');
    await eventually(() => expect(['succeeded', 'partly']).toContain(extensions.job?.status));
  });

  it('can be held up after what is under way, and goes on with the rest', async () => {
    await startAtLength();
    await eventually(() => expect(extensions.job?.items.some(({ state }) => state === 'running')).toBe(true));
    flushSync();
    expect(one(TestId.extendGoOn)).toBeNull();
    one(TestId.extendPause)?.click();
    await eventually(() => {
      flushSync();
      expect(text(TestId.extendSide)).toContain('Terminando os documentos em curso');
    });
    await eventually(() => expect(extensions.job?.status).toBe('paused'));
    flushSync();
    expect(text(TestId.extendSide)).toContain('Extensão pausada');
    expect(text(TestId.extendSide)).not.toContain('Terminando');
    expect(one(TestId.extendPause)).toBeNull();
    expect(extensions.job?.items.some(({ state }) => state === 'running')).toBe(false);
    expect(extensions.job?.items.some(({ state }) => state === 'waiting')).toBe(true);
    one(TestId.extendGoOn)?.click();
    await eventually(() => expect(['succeeded', 'partly']).toContain(extensions.job?.status));
    expect(extensions.job?.items.some(({ state }) => state === 'waiting' || state === 'cancelled')).toBe(false);
  });
});

describe('without the network', () => {
  it('each level says what it can reach, and lower only where that was accepted', () => {
    expect(offlineNote('b-t', false)).toContain('recusada');
    expect(offlineNote('b-lta', false)).toContain('recusada');
    expect(offlineNote('b-lta', true)).toContain('fica em B-LT');
    expect(offlineNote('b-lt', true)).toContain('chega a B-LT');
  });
});

describe('evidence for one job', () => {
  it('is chosen by the program, each file once, and can be taken away', async () => {
    let files: DocumentInfo[] = [];
    show(EvidenceFiles, { files: [], onchange: (own: DocumentInfo[]) => (files = own) });
    one(TestId.evidencePick)?.click();
    await eventually(() => expect(files).toHaveLength(1));
    expect(asked('documents_pick')).toEqual([{ purpose: 'evidence' }]);
  });

  it('goes with every signature that may be refused for it, and with no other', () => {
    desk.clear();
    desk.profile = { ...simpleProfile(), format: 'raw' };
    desk.evidence = [doc('crl')];
    expect(desk.request().evidence).toBeUndefined();
    for (const level of ['b-b', 'b-lt'] as const) {
      desk.profile = { ...simpleProfile(), level };
      expect(desk.request().evidence).toEqual(['crl']);
    }
    desk.clear();
    expect(desk.evidence).toEqual([]);
  });

  it('has an authority with it where a time stamp is asked for', () => {
    desk.clear();
    desk.profile = simpleProfile();
    desk.authority = ' https://act.example/ ';
    expect(desk.request().authorities).toBeUndefined();
    desk.profile = { ...simpleProfile(), level: 'b-t' };
    expect(desk.request().authorities).toEqual(['https://act.example/']);
    desk.profile = { ...desk.profile, offline: true };
    expect(desk.request().authorities).toBeUndefined();
    desk.clear();
    expect(desk.authority).toBe('');
    desk.profile = simpleProfile();
  });

  it('is not the content of another signature', () => {
    const cms = (id: string) => doc(id, { kind: 'cms' });
    desk.clear();
    desk.add([cms('a'), cms('b')]);
    desk.contents = [doc('ata')];
    desk.profile = simpleProfile();
    expect(desk.request().contents).toBeUndefined();
    desk.profile = { ...simpleProfile(), role: 'cosign' };
    expect(desk.request().contents).toEqual(['ata']);
    desk.remove('a');
    expect(desk.request().contents).toEqual(['ata']);
    desk.add([cms('c')]);
    desk.remove('b');
    expect(desk.request().contents).toBeUndefined();
    desk.clear();
    expect(desk.contents).toEqual([]);
  });
});

describe('what readers trust', () => {
  it('is told beside the choice, folded', () => {
    show(ReaderTrust);
    expect(text(TestId.readerTrust)).toContain('Adobe');
    expect(document.querySelector('details')?.open).toBe(false);
    expect(document.body.textContent).toMatch(/AATL[^]*ICP-Brasil/);
  });
});
