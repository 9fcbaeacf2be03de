import { flushSync, mount, tick, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { MockBackend } from '../../backend/mock';
import type { Permission, SearchHit } from '../../generated/types';
import { useLocale } from '../../i18n';

const call = vi.hoisted(() => vi.fn());
vi.mock('$ui/backend', async (original) => ({ ...(await original<typeof import('../../backend')>()), backend: { call, on: () => () => undefined } }));

const { BackendError } = await import('../../backend');
const { navigation } = await import('../../lib/navigation.svelte');
const { session } = await import('../../lib/session.svelte');
const { TestId } = await import('../../testids');
const { default: SearchDialog } = await import('./SearchDialog.svelte');
const { commandsFor, matching, recentCommands, remember } = await import('./commands');
const { openExpiring, openHit } = await import('./open');
const { runCommand } = await import('./run');
const { Search, byKind } = await import('./search.svelte');
const { readable } = await import('./words');

const NOTARY: Permission[] = ['sign', 'verify', 'inspect', 'issue_certificates', 'manage_keys', 'request', 'approve', 'manage_trust', 'manage_operators', 'manage_settings', 'read_trail'];
const hit = (rest: Partial<SearchHit> = {}): SearchHit => ({ kind: 'certificate', id: 'a'.repeat(64), title: 'ANA BEATRIZ NOGUEIRA', subtitle: '***.444.777-**', matched: 'name', ...rest });
const settle = async () => {
  await new Promise((done) => setTimeout(done, 5));
  flushSync();
  await tick();
};
const open = async (start: 'production' | 'inspection' | 'demo') => {
  const mock = new MockBackend({ start, pace: 0 });
  call.mockImplementation((name: never, request: never) => mock.call(name, request));
  await session.refresh();
  return mock;
};

beforeEach(() => {
  useLocale('pt-BR');
  localStorage.clear();
  call.mockReset();
  navigation.go('home');
});

describe('searching', () => {
  it('waits until nothing more is typed, and asks once', async () => {
    call.mockResolvedValue({ hits: [hit()], more: true });
    const search = new Search(1);
    for (const text of ['a', 'an', 'ana']) search.type(text);
    expect(search.searching).toBe(true);
    await settle();
    expect(call.mock.calls).toEqual([['search', { text: 'ana' }]]);
    expect(search).toMatchObject({ of: 'ana', more: true, searching: false });
    expect(search.hits).toHaveLength(1);
  });

  it('does not let a slow answer take the place of a new one', async () => {
    let slow: (results: unknown) => void = () => undefined;
    call.mockImplementationOnce(() => new Promise((done) => (slow = done)));
    const search = new Search(0);
    search.type('ana');
    await settle();
    call.mockResolvedValueOnce({ hits: [hit({ title: 'MARIA' })], more: false });
    search.type('maria');
    await settle();
    slow({ hits: [hit()], more: false });
    await settle();
    expect(search.hits.map(({ title }) => title)).toEqual(['MARIA']);
  });

  it('asks nothing of one letter, and forgets what was typed', async () => {
    const search = new Search(0);
    search.type(' a ');
    await settle();
    expect(call).not.toHaveBeenCalled();
    search.type('11144477735');
    search.clear();
    await settle();
    expect(call).not.toHaveBeenCalled();
    expect(search).toMatchObject({ text: '', searching: false });
  });

  it('says why it did not work, and tries again', async () => {
    call.mockRejectedValueOnce(new BackendError({ code: 'registry_busy', params: {}, severity: 'error', retry: 'later', detail: '' }));
    const search = new Search(0);
    search.type('ana');
    await settle();
    expect(search.error).toMatchObject({ code: 'registry_busy' });
    call.mockResolvedValueOnce({ hits: [hit()], more: false });
    search.again();
    await settle();
    expect(search).toMatchObject({ error: null, searching: false });
    expect(search.hits).toHaveLength(1);
  });

  it('groups by kind, the kind of the best hit first', () => {
    const groups = byKind([hit({ kind: 'key', id: '1' }), hit({ id: '2' }), hit({ kind: 'key', id: '3' })]);
    expect(groups.map(({ kind, hits }) => [kind, hits.map(({ id }) => id)])).toEqual([
      ['key', ['1', '3']],
      ['certificate', ['2']],
    ]);
  });
});

describe('commands', () => {
  it('are those that the person may use', () => {
    const ids = (permissions: Permission[]) => commandsFor(permissions).map(({ id }) => id);
    expect(ids(NOTARY)).toEqual(expect.arrayContaining(['sign', 'import', 'page:settings']));
    expect(ids(['verify', 'inspect', 'manage_trust'])).toEqual(expect.not.arrayContaining(['sign', 'page:home']));
    expect(ids(['sign', 'verify', 'inspect', 'request'])).not.toContain('import');
  });

  it('lead to the page of extensions, which is not on the rail', async () => {
    await runCommand('extend', { onkeys: () => undefined });
    expect(navigation.route.page).toBe('extend');
    expect(commandsFor(['verify', 'inspect']).map(({ id }) => id)).not.toContain('extend');
  });

  it('are found by their words, without marks, and by all that was typed', () => {
    const ids = (text: string) => matching(commandsFor(NOTARY), text).map(({ id }) => id);
    expect(ids('revogacao')).toEqual(['evidence']);
    expect(ids('importar zip')).toEqual(['import']);
    expect(ids('assinar')[0]).toBe('sign');
    expect([ids('estender')[0], ids('b-lta')[0]]).toEqual(['extend', 'extend']);
    expect(ids('importar nada')).toEqual([]);
  });

  it('that were used last are remembered, the latest first, without what was typed', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'b']) remember(id);
    expect(recentCommands()).toEqual(['b', 'f', 'e', 'd', 'c']);
    localStorage.setItem('search:recent', '{broken');
    expect(recentCommands()).toEqual([]);
  });
});

describe('a hit', () => {
  it('leads to its page and selects it there', async () => {
    const mock = await open('production');
    const [certificate] = (await mock.call('certificates_list', {})).filter(({ kind }) => kind === 'subscriber');
    await openHit(hit({ id: certificate!.sha256 }));
    expect(navigation.route).toMatchObject({ page: 'certificates', params: { registry: certificate!.id } });
    await openHit(hit({ kind: 'request', id: 'r-1' }));
    expect(navigation.route).toEqual({ page: 'requests', params: { id: 'r-1' } });
    const root = (await mock.call('trust_view', {})).anchors[0]!;
    await openHit(hit({ kind: 'trust', id: root.sha256 }));
    expect(navigation.route.params).toMatchObject({ tab: 'trust', anchor: root.sha256 });
    await openExpiring({ kind: 'crl', sha256: 'c' });
    expect(navigation.route.params).toMatchObject({ tab: 'trust', evidence: 'c' });
  });

  it('of a document that is gone leads to its record', async () => {
    await open('production');
    await openHit(hit({ kind: 'document', id: 'gone', title: 'ata.pdf' }));
    expect(navigation.route).toEqual({ page: 'audit', params: { text: 'ata.pdf' } });
  });
});

describe('a line of a hit', () => {
  it('has dates as people read them, and keys by their short names', () => {
    expect(readable('Marcos · 2026-11-01T12:00:00Z')).toMatch(/^Marcos · 01\/11\/2026 \d\d:00$/);
    expect(readable('arn:aws:kms:sa-east-1:1:key/abc')).toBe('abc');
    expect(readable('alias/cartorio/x')).toBe('cartorio/x');
    expect(readable('***.444.777-** · AC 2026-11')).toBe('***.444.777-** · AC 2026-11');
  });
});

describe('the pretended office', () => {
  const kinds = async (start: 'production' | 'inspection', text: string) => (await (await open(start)).call('search', { text })).hits.map(({ kind, matched }) => `${kind} ${matched}`);

  it('finds by name, CPF, serial number and fingerprint, and never says a whole CPF', async () => {
    const mock = await open('production');
    expect(await kinds('production', 'nogueira')).toContain('certificate name');
    expect(await kinds('production', '111.444.777-35')).toContain('certificate cpf');
    const [certificate] = await mock.call('certificates_list', {});
    expect(await kinds('production', certificate!.sha256.slice(0, 12))).toContain('certificate fingerprint');
    expect(await kinds('production', certificate!.serial_hex)).toContain('certificate serial');
    expect(await kinds('production', BigInt(`0x${certificate!.serial_hex}`).toString(10))).toContain('certificate serial');
    const { hits } = await mock.call('search', { text: '11144477735' });
    expect(JSON.stringify(hits)).not.toMatch(/111\.?444\.?777-?35/);
  });

  it('has only the heap and the trust store where there is no office', async () => {
    const mock = await open('inspection');
    await mock.call('trust_import', {});
    const { hits } = await mock.call('search', { text: 'a' });
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.every(({ kind }) => kind === 'heap' || kind === 'trust')).toBe(true);
  });
});

describe('the overlay', () => {
  let shown: ReturnType<typeof mount> | null = null;
  const by = (testid: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid="${testid}"]`)];
  const input = () => by(TestId.searchInput)[0] as HTMLInputElement;
  const press = (key: string) => {
    input().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    flushSync();
  };
  const active = () => document.getElementById(input().getAttribute('aria-activedescendant') ?? '');
  const type = async (text: string) => {
    input().value = text;
    input().dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((done) => setTimeout(done, 200));
    await settle();
  };

  afterEach(async () => {
    if (shown) await unmount(shown);
    shown = null;
    document.body.innerHTML = '';
  });

  it('is a combobox: arrows go round, the chosen line is named, Enter opens it', async () => {
    await open('production');
    shown = mount(SearchDialog, { target: document.body, props: { open: true, onkeys: () => undefined } });
    await settle();
    expect(input().getAttribute('role')).toBe('combobox');
    expect(active()?.getAttribute('aria-selected')).toBe('true');
    const first = active();
    press('ArrowUp');
    expect(active()).not.toBe(first);
    press('ArrowDown');
    expect(active()).toBe(first);
    await type('nogueira');
    const hits = by(TestId.searchHit);
    expect(hits.length).toBeGreaterThan(0);
    expect(active()).toBe(hits[0]);
    expect(active()?.textContent).toContain('pelo nome');
    expect(hits.every((line) => line.closest('[role="group"]')?.getAttribute('aria-labelledby'))).toBe(true);
    press('Enter');
    await settle();
    expect(navigation.route.page).toBe('certificates');
  });

  it('teaches what can be searched where nothing is found, and still offers commands', async () => {
    await open('production');
    shown = mount(SearchDialog, { target: document.body, props: { open: true, onkeys: () => undefined } });
    await settle();
    await type('zzzzzz');
    expect(by(TestId.searchNone)[0]?.textContent).toContain('zzzzzz');
    expect(by(TestId.searchStatus)[0]?.textContent).toContain('0 resultados');
    await type('vencimento');
    expect(by(TestId.searchCommand).map((line) => line.dataset['kind'])).toContain('expiry');
  });

  it('shows what was used last first', async () => {
    await open('production');
    remember('expiry');
    shown = mount(SearchDialog, { target: document.body, props: { open: true, onkeys: () => undefined } });
    await settle();
    expect(by(TestId.searchCommand)[0]?.dataset['kind']).toBe('expiry');
    expect(by(TestId.searchCommand).filter((line) => line.dataset['kind'] === 'expiry')).toHaveLength(1);
  });
});
