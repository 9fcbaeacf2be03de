import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChangeView, DocumentInfo, SignatureReport, VerifyReport } from '../../generated/types';
import { useLocale } from '../../i18n';
import { jobs } from '../../lib/jobs.svelte';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../backend', async (original) => ({ ...(await original<typeof import('../../backend')>()), backend: { call, on: () => () => undefined } }));

const { extension } = await import('./extension.svelte');
const { axes, headline } = await import('./verdict');
const { changeLines, changeTechnical, changeWord, earliestExtension, extendable, extendStanding, levelOf, levelsAbove, pagesWord, policyName, revisions, timeStampState } = await import('./words');

const signature = (rest: Partial<SignatureReport> = {}): SignatureReport => ({
  field: null, integrity: 'ok', authenticity: 'trusted', policy: 'none', later_change: 'none', coverage: 'entire_file', result: 'passed', sub_indication: null, reasons: [], level: 'PAdES B-B',
  algorithm: null, signer: null, claimed_time: null, reason: null, location: null, proven_time: null, time_stamps: [], policy_claim: null, commitments: [], extend_before: null, changes: [],
  counter_signatures: [], legal: 'unknown', certificates: null, problem: null, ...rest,
});
const report = (...signatures: SignatureReport[]): VerifyReport => ({ result: signatures[0]?.result ?? 'unsigned', document: 'a.pdf', content: null, content_needed: false, judged_at: '2026-11-22T12:00:00Z', signatures, audit_seq: null });
const change = (rest: Partial<ChangeView> = {}): ChangeView => ({ revision: 2, grade: 'form', allowed: true, pages: [], what: 'filled_in', subject: null, kind: null, name: null, ...rest });
const doc = (id: string): DocumentInfo => ({ id, name: `${id}.pdf`, folder: '/', size: 1, kind: 'pdf', pages: 1, signatures: 1, origin: 'picked', sign_problem: null });
const now = new Date('2026-11-22T12:00:00Z');

beforeEach(() => {
  useLocale('pt-BR');
  jobs.clear();
  call.mockReset();
});

describe('extending', () => {
  it('reads levels as reports name them', () => {
    expect(['PAdES B-B', 'CAdES B-T', 'PAdES-BASELINE B-LT', 'B-LTA', 'AD-RB'].map((level) => levelOf({ level }))).toEqual(['b-b', 'b-t', 'b-lt', 'b-lta', 'b-b']);
  });

  it('offers the levels above the lowest signature, and the highest one again', () => {
    expect(levelsAbove(report(signature()))).toEqual(['b-t', 'b-lt', 'b-lta']);
    expect(levelsAbove(report(signature({ level: 'PAdES B-LTA' }), signature({ level: 'PAdES B-T' })))).toEqual(['b-lt', 'b-lta']);
    expect(levelsAbove(report(signature({ level: 'PAdES B-LTA' })))).toEqual(['b-lta']);
  });

  it('is not offered for what is broken, unsigned or incomplete', () => {
    expect(extendable(report(signature()))).toBe(true);
    expect(extendable(report())).toBe(false);
    expect(extendable(report(signature(), signature({ integrity: 'broken' })))).toBe(false);
    expect(extendable(report(signature({ result: 'failed', policy: 'violated' })))).toBe(false);
    expect(extendable({ ...report(signature()), content_needed: true })).toBe(false);
  });

  it('urges as the date comes near', () => {
    expect(extendStanding('2027-11-22T12:00:00Z', now)).toMatchObject({ state: 'none', pressing: false });
    expect(extendStanding('2026-12-02T12:00:00Z', now)).toMatchObject({ state: 'warn', pressing: true, text: 'Estender antes de 02/12/2026: faltam 10 dias' });
    expect(extendStanding('2026-11-23T13:00:00Z', now).text).toContain('falta 1 dia');
    expect(extendStanding('2026-11-20T12:00:00Z', now)).toMatchObject({ state: 'bad', pressing: true });
  });

  it('takes the earliest date of all signatures', () => {
    expect(earliestExtension(report(signature(), signature({ extend_before: '2028-01-01T00:00:00Z' }), signature({ extend_before: '2027-01-01T00:00:00Z' })))).toBe('2027-01-01T00:00:00Z');
    expect(earliestExtension(report(signature()))).toBeNull();
  });

  it('starts once, with what was chosen, as a task that does not sign', async () => {
    const item = { document: 'd1', name: 'd1.pdf', state: 'running', phase: null, error: null, output: null, receipt: null };
    call.mockResolvedValue({ id: 'j1', status: 'running', items: [item], waits_for: null, batch: null, per_minute: null, seconds_left: null });
    extension.turnTo(doc('d1'), 'b-lt');
    extension.acceptLower = true;
    await Promise.all([extension.start(), extension.start()]);
    expect(call.mock.calls.filter(([name]) => name === 'extend_start')).toEqual([['extend_start', { documents: ['d1'], level: 'b-lt', output_folder: null, accept_lower_level: true, offline: false }]]);
    expect(jobs.kindOf('j1')).toBe('extend');
    extension.turnTo(doc('d2'), 'b-lta');
    expect(extension).toMatchObject({ jobId: null, acceptLower: false, level: 'b-lta' });
  });
});

describe('what came after a signature', () => {
  it('is told by revision, and a revision is allowed only as a whole', () => {
    const found = revisions([change({ revision: 3 }), change(), change({ revision: 3, allowed: false })]);
    expect(found.map(({ revision, allowed, changes }) => [revision, allowed, changes.length])).toEqual([
      [2, true, 1],
      [3, false, 2],
    ]);
  });

  it('falls back to the grade where a code has no words', () => {
    expect(changeWord(change({ subject: 'Comprador' }))).toBe('Campo preenchido: «Comprador»');
    expect(changeWord(change({ what: 'brand_new', grade: 'annotation' }))).toBe('Anotação');
    expect([pagesWord([]), pagesWord([3]), pagesWord([1, 4])]).toEqual([null, 'página 3', 'páginas 1, 4']);
  });

  it('tells objects and keys in words, and each line once', () => {
    const object = (what: string, kind: string | null, name: string | null = null) => changeWord(change({ what, grade: 'other', subject: '59 0 R', kind, name }));
    expect(object('object_changed', 'page_content')).toBe('Conteúdo da página alterado');
    expect(object('object_added', 'font', 'Helvetica')).toBe('Acréscimo: fonte de letra «Helvetica»');
    expect(object('object_removed', 'field', 'Comprador')).toBe('Retirada: campo de formulário «Comprador»');
    expect(object('annotation_added', 'annotation')).toBe('Anotação acrescentada');
    for (const kind of [null, 'brand_new']) expect(object('object_changed', kind)).toBe('Dado interno alterado');
    for (const [what, subject] of [['page', 'Contents'], ['page', 'Zz'], ['catalog', 'OpenAction'], ['catalog', 'Zz'], ['form', 'DR'], ['trailer', 'Zz'], ['evidence', 'Zz'], ['objects_changed', '13']] as const) {
      expect(changeWord(change({ what, grade: 'other', subject })), `${what} ${subject}`).not.toMatch(/Contents|Zz|OpenAction|DR|«/);
    }
    const twice = [change({ what: 'page', subject: 'Contents', pages: [2] }), change({ what: 'object_changed', subject: '59 0 R', kind: 'page_content', pages: [2] })];
    for (const [subject, words] of [['1', 'Mais 1 objeto interno alterado'], ['13', 'Mais 13 objetos internos alterados']] as const) expect(changeWord(change({ what: 'objects_changed', grade: 'other', subject }))).toBe(words);
    expect(changeLines(twice)).toEqual([expect.objectContaining({ text: 'Conteúdo da página alterado', pages: 'página 2', times: 2 })]);
    expect(changeTechnical(twice[1]!)).toBe('2 · object_changed · 59 0 R · page_content');
  });

  it('is a change, not missing coverage, where a forbidden one is known', () => {
    const forbidden = signature({ later_change: 'suspicious', result: 'failed', changes: [change({ allowed: false })] });
    expect(headline(report(forbidden)).title).toBe('Documento alterado depois da assinatura');
    expect(axes(forbidden)[3]).toMatchObject({ state: 'bad', word: 'Alterado depois' });
    expect(axes(signature({ later_change: 'suspicious' }))[3]?.word).toBe('Conteúdo sem cobertura');
  });

  it('names a violated policy, but never before a bad signer', () => {
    expect(headline(report(signature({ policy: 'violated', result: 'failed' }))).title).toBe('A assinatura não segue a política que declara');
    expect(headline(report(signature({ policy: 'violated', result: 'failed', authenticity: 'untrusted' }))).title).not.toContain('política');
  });
});

describe('words of a report', () => {
  it('never call a time stamp sound that is not', () => {
    const stamp = { kind: 'archive', gen_time: '', authority: null, integrity: 'ok', authenticity: 'trusted', reasons: [] } as const;
    expect(timeStampState({ ...stamp, reasons: [] }).state).toBe('ok');
    expect(timeStampState({ ...stamp, reasons: [], authenticity: 'unknown' }).state).toBe('warn');
    expect(timeStampState({ ...stamp, reasons: [], integrity: 'unknown' }).state).toBe('warn');
    expect(timeStampState({ ...stamp, reasons: [], authenticity: 'untrusted' }).state).toBe('bad');
    expect(timeStampState({ ...stamp, reasons: [], integrity: 'broken', authenticity: 'unknown' }).state).toBe('bad');
  });

  it('show a policy by number where it has no name', () => {
    expect(policyName({ oid: '1.2.3', name: null, uri: null, violations: [] })).toContain('1.2.3');
  });
});
