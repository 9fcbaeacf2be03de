import { type Component, flushSync, mount, tick, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { MockBackend } from '../../backend/mock';
import { useLocale } from '../../i18n';
import { eventually } from '../../testing';

const call = vi.hoisted(() => vi.fn());
vi.mock('$ui/backend', async (original) => ({ ...(await original<typeof import('../../backend')>()), backend: { call, on: () => () => undefined } }));

const { session } = await import('../../lib/session.svelte');
const { TestId } = await import('../../testids');
const { heap } = await import('./heap.svelte');
const { default: HeapList } = await import('./HeapList.svelte');
const { default: HeapGraph } = await import('./HeapGraph.svelte');
const { default: SourceTray } = await import('./SourceTray.svelte');
const { default: StoreTab } = await import('./StoreTab.svelte');
const { default: WithTooltips } = await import('./testing/WithTooltips.svelte');
const { graphAbove, layered } = await import('./graph');

let shown: ReturnType<typeof mount> | null = null;

const all = (id: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];
const one = (id: string): HTMLElement => all(id)[0]!;
const press = (element: HTMLElement, key: string, rest: KeyboardEventInit = {}): void => {
  element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...rest }));
  flushSync();
};

function show(of: unknown, props: Record<string, unknown>): void {
  shown = mount(WithTooltips, { target: document.body, props: { of: of as Component<Record<string, unknown>>, props } });
  flushSync();
}

async function begin(options: ConstructorParameters<typeof MockBackend>[0] = {}): Promise<MockBackend> {
  const mock = new MockBackend({ start: 'demo', pace: 0, ...options });
  call.mockImplementation((name: never, request: never) => mock.call(name, request));
  session.adopt(await mock.call('app_state', {}));
  useLocale('pt-BR');
  await heap.load();
  return mock;
}

beforeEach(() => {
  heap.forget();
  heap.mode = 'list';
  call.mockReset();
});

afterEach(async () => {
  if (shown) await unmount(shown);
  shown = null;
  document.body.innerHTML = '';
});

describe('the list on the bench', () => {
  it('draws a window of two thousand, and says how many there are', async () => {
    await begin({ heap: 2_000 });
    show(HeapList, { onremove: () => undefined });
    expect(one(TestId.heapList).dataset.count).toBe('2000');
    expect(all(TestId.heapRow).length).toBeGreaterThan(5);
    expect(all(TestId.heapRow).length).toBeLessThan(60);
    expect(one(TestId.heapRow).getAttribute('aria-setsize')).toBe('2000');
  }, 30_000);

  it('is walked, chosen from and searched by keyboard, with what is shown named to screen readers', async () => {
    await begin();
    await heap.open();
    const removed = vi.fn();
    show(HeapList, { onremove: removed });
    const list = one(TestId.heapList);
    press(list, 'Home');
    expect(heap.object?.title).toContain('Raiz de Demonstração');
    press(list, 'ArrowDown', { shiftKey: true });
    press(list, 'ArrowDown', { shiftKey: true });
    expect(heap.marked.size).toBe(3);
    press(list, 'End');
    expect(heap.object?.kind).toBe('crl');
    expect(heap.marked.size).toBe(1);
    press(list, 'j');
    expect(heap.object?.title).toMatch(/^JOÃO/);
    await tick();
    expect(document.getElementById(list.getAttribute('aria-activedescendant')!)?.dataset.id).toBe(heap.current);
    press(list, 'Delete');
    expect(removed).toHaveBeenCalledOnce();
  });

  it('folds and unfolds as a tree', async () => {
    await begin();
    await heap.open();
    heap.mode = 'tree';
    show(HeapList, { onremove: () => undefined });
    const list = one(TestId.heapList);
    expect(list.getAttribute('role')).toBe('tree');
    press(list, 'Home');
    const before = heap.rows.length;
    press(list, 'ArrowLeft');
    expect(heap.rows.length).toBeLessThan(before);
    press(list, 'ArrowRight');
    expect(heap.rows).toHaveLength(before);
    press(list, 'ArrowRight');
    expect(heap.object?.parent).not.toBeNull();
  });
});

describe('the bench', () => {
  it('compares exactly two certificates, and nothing else', async () => {
    await begin();
    await heap.open();
    const [a, b, c] = heap.objects.filter(({ kind }) => kind === 'certificate').map(({ id }) => id);
    heap.show(a!);
    expect(heap.pair).toBeNull();
    heap.toggle(b!);
    expect(heap.pair).toEqual({ a, b });
    heap.toggle(c!);
    expect(heap.pair).toBeNull();
    heap.show(a!);
    heap.toggle(heap.objects.find(({ kind }) => kind === 'crl')!.id);
    expect(heap.pair).toBeNull();
  });

  it('shows what stood beside what was taken away', async () => {
    await begin();
    await heap.open();
    const ids = heap.objects.map(({ id }) => id);
    heap.show(ids[2]!);
    await heap.remove([ids[2]!]);
    expect(heap.current).toBe(ids[3]);
    await heap.clear();
    expect(heap.current).toBeNull();
    expect(heap.objects).toEqual([]);
  });

  it('asks for each judgement once, and again for another day', async () => {
    await begin();
    await heap.open();
    const id = heap.current!;
    await Promise.all([heap.review(id, heap.requirements), heap.review(id, heap.requirements)]);
    heap.require({ at: '2014-11-21T12:00:00Z' });
    expect((await heap.review(id, heap.requirements)).result).toBe('invalid');
    expect(call.mock.calls.filter(([name]) => name === 'heap_validate')).toHaveLength(2);
  });

  it('says of a broken source where it is broken', async () => {
    const mock = await begin();
    const documents = await mock.dropFiles([new File(['x'], 'pasta.bin')]);
    await heap.add(documents.map(({ id }) => id));
    show(SourceTray, {});
    one(TestId.heapSource).click();
    flushSync();
    expect(one(TestId.heapProblems).textContent).toContain('byte 11402 (0x2c8a)');
    expect(one(TestId.heapProblems).textContent).toContain('tbsCertificate.validity.notAfter');
  });

  it('opens a store with its password, says when it is wrong, and keeps no copy of it', async () => {
    const mock = await begin();
    const documents = await mock.dropFiles([new File(['x'], 'ana.pfx')]);
    await heap.add(documents.map(({ id }) => id));
    const object = heap.object!;
    const { store } = await heap.detail(object.id);
    show(StoreTab, { object, store: store! });
    const field = one(TestId.heapUnlockPassword) as HTMLInputElement;
    let tries = 0;
    const typed = async (password: string): Promise<void> => {
      field.value = password;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      flushSync();
      one(TestId.heapUnlock).dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
      tries += 1;
      await eventually(() => expect(call.mock.calls.filter(([name]) => name === 'heap_unlock')).toHaveLength(tries));
      await eventually(() => expect(heap.busy).toBeNull());
      await eventually(() => expect(field.value).toBe(''));
      await tick();
      flushSync();
    };
    await typed('errada');
    expect(one(TestId.heapUnlock).textContent).toContain('A senha não abre este arquivo');
    expect(field.value).toBe('');
    await typed('senha');
    expect(heap.byId.get(object.id)?.locked).toBe(false);
    for (const [, request] of call.mock.calls) expect(JSON.stringify(request)).not.toContain('"senha"');
  });
});

describe('the drawing', () => {
  it('has every box in reach of the keyboard and every line in words', async () => {
    await begin();
    await heap.open();
    const review = await heap.review(heap.current!, heap.requirements);
    const selected = vi.fn();
    show(HeapGraph, { drawing: layered(graphAbove(heap.object!, heap.view!, review)), label: 'Caminhos', at: heap.at, path: 0, onselect: selected });
    const boxes = all(TestId.heapGraphNode);
    expect(boxes).toHaveLength(4);
    expect(boxes.filter((box) => box.getAttribute('tabindex') === '0')).toHaveLength(1);
    const leaf = boxes.find((box) => box.getAttribute('aria-current') === 'true')!;
    expect(leaf.getAttribute('aria-label')).toContain('assinatura errada');
    press(leaf, 'ArrowUp');
    await tick();
    const above = boxes.find((box) => box.getAttribute('tabindex') === '0')!;
    expect(above).not.toBe(leaf);
    press(above, 'Enter');
    expect(selected).toHaveBeenCalledOnce();
  });
});
