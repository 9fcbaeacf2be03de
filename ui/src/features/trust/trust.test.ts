import { beforeEach, describe, expect, it, vi } from 'vitest';

import { MockBackend } from '../../backend/mock';
import type { EvidenceItem, HeapProblem, TrustAnchor, TrustImport } from '../../generated/types';
import { useLocale } from '../../i18n';

const call = vi.hoisted(() => vi.fn());
vi.mock('$ui/backend', async (original) => ({ ...(await original<typeof import('../../backend')>()), backend: { call, on: () => () => undefined } }));

const { BackendError } = await import('../../backend');
const { trust } = await import('./trust.svelte');
const { belowWord, cameWord, elapsed, evidenceName, evidenceState, fetchSentence, fetchedWord, grouped, importLines, isNew, problemWords, refusalWord, rootWord } = await import('./words');

const NOW = new Date('2026-11-22T12:00:00Z');
const anchor = (rest: Partial<TrustAnchor> = {}): TrustAnchor => ({ sha256: 'a', name: 'Raiz', kind: 'icp_brasil', not_before: '2016-03-02T00:00:00Z', not_after: '2029-03-02T00:00:00Z', added_at: null, added_by: null, approved_by: null, below: 0, ...rest });
const item = (rest: Partial<EvidenceItem> = {}): EvidenceItem => ({ sha256: '0123456789abcdef', kind: 'crl', issuer: 'AC X', this_update: '2026-11-20T00:00:00Z', next_update: '2026-11-21T00:00:00Z', number: '412', state: 'stale', size: 1, fetched_at: '2026-11-20T00:00:00Z', url: null, revoked: 0, ...rest });
const nothing = (trustView: TrustImport['trust']): TrustImport => ({ trust: trustView, roots_added: 0, intermediates_added: 0, evidence_added: 0, known: 3, refused: [], problems: [] });
const open = (start: 'production' | 'inspection' | 'demo') => {
  const mock = new MockBackend({ start, pace: 0 });
  call.mockImplementation((name: never, request: never) => mock.call(name, request));
  return mock;
};

beforeEach(() => {
  useLocale('pt-BR');
  call.mockReset();
  trust.clear();
});

describe('roots', () => {
  it('are grouped by whose they are, and what is over comes last but stays', () => {
    const groups = grouped([anchor({ sha256: 'old', not_after: '2011-11-30T00:00:00Z' }), anchor({ sha256: 'near' }), anchor({ sha256: 'own', kind: 'own' }), anchor({ sha256: 'far', not_after: '2038-01-01T00:00:00Z' })], NOW);
    expect(groups.map(({ kind }) => kind)).toEqual(['icp_brasil', 'office', 'own', 'demonstration']);
    expect(groups[0]!.anchors.map(({ sha256 }) => sha256)).toEqual(['far', 'near', 'old']);
    expect(groups[2]!.anchors.map(({ sha256 }) => sha256)).toEqual(['own']);
  });

  it('that are over are said to stay for old signatures, and are no error', () => {
    const word = rootWord(anchor({ not_after: '2011-11-30T12:00:00Z' }), NOW);
    expect(word).toMatchObject({ state: 'none', why: expect.stringContaining('assinaturas antigas') });
    expect(word.word).toContain('30/11/2011');
    expect(rootWord(anchor(), NOW)).toMatchObject({ state: 'ok', why: null });
    expect(rootWord(anchor({ not_before: '2027-01-01T00:00:00Z' }), NOW).state).toBe('unknown');
  });

  it('show how much of their time is over, never more than all', () => {
    expect(elapsed(anchor({ not_before: '2026-11-21T12:00:00Z', not_after: '2026-11-23T12:00:00Z' }), NOW)).toBe(0.5);
    expect(elapsed(anchor({ not_after: '2020-01-01T00:00:00Z' }), NOW)).toBe(1);
    expect(elapsed(anchor({ not_before: '2027-01-01T00:00:00Z' }), NOW)).toBe(0);
  });

  it('say who brought them and who agreed', () => {
    expect(cameWord(anchor())).toBeNull();
    const both = cameWord(anchor({ added_at: '2026-01-05T12:00:00Z', added_by: 'Marcos', approved_by: 'Helena' }));
    expect(both).toContain('Marcos');
    expect(both).toContain('aprovada por Helena');
    expect(belowWord(anchor({ below: 1 }))).toBe('1 AC abaixo');
    expect(belowWord(anchor({ below: 142 }))).toBe('142 ACs abaixo');
  });
});

describe('an import', () => {
  it('says what is new, and nothing of what is not', () => {
    const view = { kept: true, anchors: [], missing_official: 0, intermediates: 0, evidence: [] };
    expect(importLines(nothing(view))).toEqual(['3 já estavam aqui']);
    expect(isNew(nothing(view))).toBe(false);
    expect(importLines({ ...nothing(view), roots_added: 1, intermediates_added: 2 })).toEqual(['1 raiz oficial nova', '2 ACs novas', '3 já estavam aqui']);
  });

  it('has a reason for every refusal, also for one that it does not know', () => {
    for (const reason of ['root_not_official', 'no_path_to_a_root', 'not_a_ca']) expect(refusalWord(reason)).not.toContain(reason);
    expect(refusalWord('brand_new')).toContain('brand_new');
  });

  it('says where something could not be read', () => {
    const problem: HeapProblem = { code: 'certificate_malformed', params: { name: 'a.zip › b.crt' }, offset: 0, field: 'tbsCertificate.validity', detail: '' };
    expect(problemWords(problem).where).toBe('a.zip › b.crt · campo tbsCertificate.validity · byte 0');
    expect(problemWords({ ...problem, params: {}, field: null, offset: null }).where).toBeNull();
  });

  it('that is cancelled changes nothing and says nothing', async () => {
    call.mockResolvedValueOnce(null);
    await trust.importBundle();
    expect(trust).toMatchObject({ imported: null, problem: null, importing: false, view: null });
    call.mockRejectedValueOnce(new BackendError({ code: 'cancelled', params: {}, severity: 'silent', retry: 'never', detail: '' }));
    await trust.importBundle();
    expect(trust.problem).toBeNull();
    call.mockRejectedValueOnce(new BackendError({ code: 'internal', params: {}, severity: 'error', retry: 'never', detail: '' }));
    await trust.importBundle();
    expect(trust.problem).toMatchObject({ code: 'internal' });
  });
});

describe('evidence', () => {
  it('that is late says up to when it speaks', () => {
    const stale = evidenceState(item());
    expect(stale.state).toBe('warn');
    expect(stale.why).toContain('/11/2026');
    expect(evidenceState(item({ next_update: null })).why).toContain('por hoje não serve');
    expect(evidenceState(item({ state: 'fresh' })).state).toBe('ok');
    expect(evidenceState(item({ state: 'not_yet' })).why).toContain('relógio');
    expect(evidenceState(item({ state: 'brand_new' }))).toMatchObject({ state: 'unknown', word: 'brand_new' });
  });

  it('has a short name that can be typed', () => {
    expect(evidenceName(item())).toBe('LCR 412');
    expect(evidenceName(item({ kind: 'ocsp', number: null }))).toBe('OCSP 01234567');
    expect(evidenceName(item({ number: '9'.repeat(40) }))).toBe('LCR 01234567');
  });

  it('that did not come is not known, never wrong', () => {
    const failed = fetchedWord({ url: 'http://x.example', result: 'failed', code: 'net_timeout', params: { host: 'x.example' } });
    expect(failed).toMatchObject({ state: 'unknown', why: expect.stringContaining('x.example') });
    expect(fetchedWord({ url: '', result: 'new', code: null, params: {} }).state).toBe('ok');
    expect(fetchSentence([])).toContain('Não havia o que buscar');
    expect(fetchSentence([{ url: '', result: 'failed', code: null, params: {} }])).toBe('Nenhuma lista nova. 1 endereço não deu resposta útil.');
  });

  it('keeps what came from one address although another does not answer', async () => {
    open('production');
    await trust.load();
    await trust.refresh(null);
    expect(trust.fetching).toBeNull();
    expect(trust.fetched!.items.map(({ result }) => result).toSorted()).toEqual(['failed', 'new']);
    expect(trust.view!.evidence.filter(({ state }) => state === 'stale')).toHaveLength(2);
  });

  it('stays where forgetting fails', async () => {
    open('production');
    await trust.load();
    const before = trust.view!.evidence.length;
    await expect(trust.forget('nothing')).rejects.toMatchObject({ wire: { code: 'registry_not_found' } });
    expect(trust.view!.evidence).toHaveLength(before);
    await trust.forget(trust.view!.evidence[0]!.sha256);
    expect(trust.view!.evidence).toHaveLength(before - 1);
  });
});

describe('the store', () => {
  it('is not kept in inspection, and takes the official bundle all the same', async () => {
    open('inspection');
    await trust.load();
    expect(trust.view).toMatchObject({ kept: false, anchors: [], missing_official: 10 });
    await trust.importBundle();
    expect(trust.view).toMatchObject({ kept: false, missing_official: 0 });
    expect(trust.imported!.refused.map(({ reason }) => reason)).toContain('root_not_official');
  });

  it('trusts a root of its own only after two people said so, and once', async () => {
    const mock = open('production');
    const asked = (await mock.call('requests_list', {})).find(({ kind }) => kind === 'trust_anchor')!;
    await expect(trust.apply(asked.id)).rejects.toMatchObject({ wire: { code: 'registry_request_state' } });
    expect(await mock.call('request_decide', { id: asked.id, approve: true, reason: 'conferi' })).toMatchObject({ may_carry_out: true });
    await trust.apply(asked.id);
    const sha256 = asked.what.kind === 'trust_anchor' ? asked.what.sha256 : '';
    expect(trust.view!.anchors.find((each) => each.sha256 === sha256)).toMatchObject({ kind: 'own', added_by: 'Marcos Vinícius Tavares', approved_by: 'Helena Prado de Albuquerque' });
    await expect(trust.apply(asked.id)).rejects.toMatchObject({ wire: { code: 'registry_request_state' } });
  });

  it('answers the newest question only', async () => {
    let late: (view: unknown) => void = () => undefined;
    call.mockImplementationOnce(() => new Promise((done) => (late = done)));
    const first = trust.load();
    open('demo');
    await trust.load();
    late({ kept: true, anchors: [], missing_official: 0, intermediates: 0, evidence: [] });
    await first;
    expect(trust.view!.anchors.map(({ kind }) => kind)).toEqual(['demonstration']);
  });
});
