import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BatchView, JobItem } from '../../../generated/types';
import { useLocale } from '../../../i18n';
import { TestId } from '../../../testids';
import { eventually } from '../../../testing';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../../backend', async (original) => ({ ...(await original<typeof import('../../../backend')>()), backend: { call, on: () => () => undefined } }));

const { BackendError } = await import('../../../backend');
const { default: PastBatches } = await import('./PastBatches.svelte');

const wire = (code: string) => ({ code, params: {}, severity: 'error', retry: 'later', detail: '' }) as const;
const view = (id: string, rest: Partial<BatchView> = {}): BatchView => ({ id, kind: 'sign', level: null, started_at: '2026-11-21T10:00:00Z', operator: 'Clara', identity: 'Tabeliã', key_ref: 'local:x', total: 2, done: 1, failed: 1, left: 0, changed: 0, ...rest });
const item = (name: string, rest: Partial<JobItem>): JobItem => ({ document: name, name, state: 'done', phase: null, error: null, output: null, receipt: null, ...rest });

let shown: ReturnType<typeof mount> | null = null;
const all = (id: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];
const open = (at: number) => {
  const details = all(TestId.pastBatch)[at] as HTMLDetailsElement;
  details.open = true;
  details.dispatchEvent(new Event('toggle'));
};

beforeEach(() => {
  useLocale('pt-BR');
  call.mockReset();
});

afterEach(async () => {
  if (shown) await unmount(shown);
  shown = null;
});

it('lists earlier batches and tells of each document, first of those that failed', async () => {
  const batches = [view('b2', { kind: 'extend', level: 'b-lta', identity: '', key_ref: null, total: 3, done: 1, failed: 0, left: 2 }), view('b1')];
  const documents = [item('a.pdf', {}), item('b.pdf', { state: 'failed', error: wire('pdf_encrypted') })];
  call.mockImplementation(async (name: string) => (name === 'batches_latest' ? batches : documents));
  shown = mount(PastBatches, { target: document.body, props: { onclose: () => undefined } });
  await eventually(() => expect(all(TestId.pastBatch)).toHaveLength(2));
  expect(all(TestId.pastBatch)[0]?.textContent).toMatch(/Extensão de 3 documentos até B-LTA[^]*1 de 3 estendidos[^]*faltam 2/);
  expect(all(TestId.pastBatch)[1]?.textContent).toMatch(/Assinatura de 2 documentos[^]*Tabeliã[^]*1 de 2 assinados/);
  expect(call.mock.calls.map(([name]) => name)).toEqual(['batches_latest']);

  open(1);
  await eventually(() => expect(all(TestId.pastDocument).map((row) => row.dataset['state'])).toEqual(['failed', 'done']));
  expect(call).toHaveBeenLastCalledWith('batch_documents', { id: 'b1' });
  expect(all(TestId.pastDocument)[1]?.textContent).toMatch(/a\.pdf[^]*não está mais onde foi gravado/);
  all(TestId.batchSaveList).at(-1)?.click();
  expect(call).toHaveBeenLastCalledWith('batch_list_save', { from: 'batch', id: 'b1' });
});

it('says what cannot be learnt, and asks again', async () => {
  call.mockRejectedValueOnce(new BackendError(wire('registry_busy')));
  call.mockResolvedValue([]);
  shown = mount(PastBatches, { target: document.body, props: { onclose: () => undefined } });
  await eventually(() => expect(document.querySelector('.error-panel, [role="alert"]')).not.toBeNull());
  flushSync();
  [...document.querySelectorAll('button')].find((button) => /de novo/.test(button.textContent ?? ''))?.click();
  await eventually(() => expect(document.body.textContent).toMatch(/Nenhum lote ainda/));
});
