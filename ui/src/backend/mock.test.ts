import { describe, expect, it } from 'vitest';

import { COMMANDS } from '../generated/commands';
import type { JobSnapshot } from '../generated/types';

import { BackendError } from './backend';
import { MockBackend } from './mock';
import { Office } from './mock/office';
import { sealText } from './seal';

const mock = (options: ConstructorParameters<typeof MockBackend>[0] = {}) => new MockBackend({ start: 'demo', pace: 0, ...options });

describe('the pretended office', () => {
  it('answers exactly the commands that exist', () => {
    const office = new Office({ start: 'demo', pace: 0, empty: false, fail: {}, broken: false, interrupted: false, resume: null, locale: 'pt-BR', theme: 'system' }, () => undefined);
    expect(Object.keys(office.handlers).sort()).toEqual([...COMMANDS].sort());
  });

  it('goes from the welcome screen to the demonstration', async () => {
    const backend = mock({ start: 'welcome' });
    expect((await backend.call('app_state', {})).environment).toBe('welcome');
    const state = await backend.call('demo_start', {});
    expect(state.environment).toBe('demo');
    expect(state.permissions).toContain('sign');
    expect(await backend.call('documents_samples', {})).toHaveLength(2);
  });

  it('makes PDFs whose xref table points at its objects', async () => {
    const backend = mock();
    for (const { id, size } of await backend.call('documents_samples', {})) {
      const bytes = await backend.call('document_bytes', { id });
      const text = new TextDecoder('latin1').decode(bytes);
      expect(bytes.byteLength).toBe(size);
      const start = Number(/startxref\n(\d+)\n%%EOF/.exec(text)![1]);
      const entries = [...text.slice(start).matchAll(/^(\d{10}) 00000 n $/gm)];
      expect(entries.length).toBeGreaterThan(5);
      entries.forEach((entry, index) => expect(text.slice(Number(entry[1])).startsWith(`${index + 1} 0 obj\n`)).toBe(true));
    }
  });

  it('signs in phases and tells about each', async () => {
    const backend = mock();
    const told: JobSnapshot[] = [];
    backend.on('job', (snapshot) => told.push(snapshot));
    const documents = (await backend.call('documents_samples', {})).map(({ id }) => id);
    const [identity] = await backend.call('identities_list', {});
    await backend.call('sign_start', { documents, identity: identity!.id, algorithm: null, reason: null, location: null, output_folder: null });
    await expect.poll(() => told.at(-1)?.status).toBe('succeeded');
    expect(new Set(told.flatMap((job) => job.items.map((item) => item.phase)))).toEqual(new Set(['preparing', 'signing', 'checking', 'writing', null]));
    expect(told.at(-1)!.items.every((item) => item.receipt !== null && item.output?.origin === 'result')).toBe(true);
  });

  it('has a report for every verdict', async () => {
    const backend = mock();
    const results = new Set<string>();
    for (let turn = 0; turn < 6; turn += 1) {
      const [document] = await backend.call('documents_pick', { purpose: 'verify' });
      results.add((await backend.call('verify', { document: document!.id, content: null })).result);
    }
    expect(results).toEqual(new Set(['passed', 'indeterminate', 'failed', 'unsigned']));
  });

  it('shows a chain of three, parents first', async () => {
    const bundle = await mock().call('certificates_open', { from: 'identity', id: 'identity-notary' });
    expect(bundle.certificates.map(({ parent }) => parent)).toEqual([null, 0, 1]);
  });

  it('opens a sealed password, once', async () => {
    const backend = mock();
    const subscriber = (await backend.call('certificates_list', {})).find(({ exportable }) => exportable)!;
    const password = await sealText(backend, 'uma frase comprida');
    const request = { certificate: subscriber.id, friendly_name: null, profile: 'modern' as const, password };
    expect((await backend.call('p12_export', request)).saved?.kind).toBe('p12');
    await expect(backend.call('p12_export', request)).rejects.toMatchObject({ wire: { code: 'sealed_field' } });
  });

  it('fails with the code it is told to', async () => {
    const backend = mock({ fail: { keys_list: 'aws_unreachable' } });
    const thrown = await backend.call('keys_list', {}).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(BackendError);
    expect((thrown as BackendError).wire.code).toBe('aws_unreachable');
  });
});
