import { describe, expect, it } from 'vitest';

import type { JobSnapshot } from '../../generated/types';
import { MockBackend } from '../mock';
import { sealText } from '../seal';

import { A1_PASSWORD } from './a1';
import { PIN } from './tokens';

const mock = (options: ConstructorParameters<typeof MockBackend>[0] = {}) => new MockBackend({ start: 'production', pace: 0, ...options });
const code = async (promise: Promise<unknown>): Promise<string | undefined> => promise.then(() => undefined, (thrown: { wire: { code: string } }) => thrown.wire.code);

describe("the pretended office's keys", () => {
  it('offers only what a key can do', async () => {
    const backend = mock();
    const { keys } = await backend.call('keys_list', {});
    for (const key of keys) {
      const { actions } = await backend.call('key_describe', { key_ref: key.key_ref });
      expect(actions.includes('enable'), key.key_ref).toBe(key.state === 'disabled');
      expect(actions.includes('cancel_deletion'), key.key_ref).toBe(key.state === 'pending_deletion');
      expect(actions.includes('automatic_rotation'), key.key_ref).toBe(key.usage === 'seal');
    }
  });

  it('shows the others when a place does not answer', async () => {
    const { keys, problems } = await mock({ partly: true }).call('keys_list', {});
    expect(keys.length).toBeGreaterThan(0);
    expect(problems[0]?.error.code).toBe('aws_unreachable');
  });

  it('moves a name from one key to another', async () => {
    const backend = mock();
    const [first, second] = (await backend.call('keys_list', {})).keys;
    const { summary } = await backend.call('key_alias_put', { key_ref: second!.key_ref, alias: 'cartorio/assinatura-2026' });
    expect(summary.aliases).toContain('alias/cartorio/assinatura-2026');
    expect((await backend.call('key_describe', { key_ref: first!.key_ref })).summary.aliases).toEqual([]);
  });

  it('locks a token after three wrong PINs and says how many are left before', async () => {
    const backend = mock();
    const login = async (pin: string) => backend.call('token_login', { id: 'token-a3', pin: await sealText(backend, pin) });
    const tries = async () => (await backend.call('token_content', { id: 'token-a3' })).token.tries;
    expect(await tries()).toBe('full');
    expect(await code(login('0'))).toBe('token_pin_wrong');
    expect(await tries()).toBe('few');
    expect(await code(login('0'))).toBe('token_pin_wrong');
    expect(await tries()).toBe('last');
    expect(await code(login('0'))).toBe('token_pin_locked');
    expect(await code(login(PIN))).toBe('token_pin_locked');
  });

  it('signs with a token only while it is open', async () => {
    const backend = mock();
    const { keys } = await backend.call('token_content', { id: 'token-a3' });
    const key_ref = keys[0]!.key.key_ref;
    const identity = await backend.call('identity_adopt', { key_ref, label: 'Mário', certificate: null });
    expect(identity.key_origin).toBe('token');
    expect((await backend.call('key_unlock_state', { key_ref })).needs).toBe('pin');
    expect((await backend.call('key_unlock', { key_ref, secret: await sealText(backend, PIN) })).needs).toBe('nothing');
    expect((await backend.call('key_lock', { key_ref })).needs).toBe('pin');
  });

  it('takes an A1 file with the right password and forgets nothing by itself', async () => {
    const backend = mock({ start: 'demo' });
    expect(await backend.call('a1_list', {})).toEqual([]);
    const [document] = await backend.call('documents_pick', { purpose: 'p12' });
    const add = async (password: string) => backend.call('a1_add', { document: { id: document!.id }, password: await sealText(backend, password), keep: true, label: 'Clara' });
    expect(await code(add('errada'))).toBe('a1_password_wrong');
    expect((await add(A1_PASSWORD)).label).toBe('Clara');
    const [file] = await backend.call('a1_list', {});
    expect(file?.password_kept).toBe(true);
    expect((await backend.call('a1_password_forget', { certificate_sha256: file!.certificate_sha256 }))[0]?.password_kept).toBe(false);
    expect(await backend.call('a1_remove', { certificate_sha256: file!.certificate_sha256 })).toEqual([]);
  });

  it('pauses a job that waits for a person, and goes on when told', async () => {
    const backend = mock({ pause: 'aws_login_required' });
    const told: JobSnapshot[] = [];
    backend.on('job', (snapshot) => told.push(snapshot));
    const documents = (await backend.call('documents_samples', {})).map(({ id }) => id);
    const job = await backend.call('sign_start', { documents, identity: 'identity-kms', algorithm: null, reason: null, location: null, output_folder: null });
    await expect.poll(() => told.at(-1)?.status).toBe('paused');
    expect(told.at(-1)).toMatchObject({ waits_for: { code: 'aws_login_required' }, items: [{ state: 'done' }, { state: 'waiting' }] });
    await backend.call('job_resume', { id: job.id });
    await expect.poll(() => told.at(-1)?.status).toBe('succeeded');
  });

  it('lets a paused job be given up', async () => {
    const backend = mock({ pause: 'token_absent' });
    const told: JobSnapshot[] = [];
    backend.on('job', (snapshot) => told.push(snapshot));
    const documents = (await backend.call('documents_samples', {})).map(({ id }) => id);
    const job = await backend.call('sign_start', { documents, identity: 'identity-kms', algorithm: null, reason: null, location: null, output_folder: null });
    await expect.poll(() => told.at(-1)?.status).toBe('paused');
    await backend.call('job_cancel', { id: job.id });
    await expect.poll(() => told.at(-1)?.status).toBe('cancelled');
    expect(told.at(-1)?.items.map(({ state }) => state)).toEqual(['done', 'cancelled']);
  });

  it('signs files and finds them right, and a changed one wrong', async () => {
    const backend = mock();
    const [file] = await backend.call('documents_pick', { purpose: 'content' });
    const { items } = await backend.call('files_sign', { documents: [file!.id], key_ref: (await backend.call('keys_list', {})).keys[0]!.key_ref, algorithm: null, output_folder: null });
    const receipt = items[0]!.receipt_file!;
    expect((await backend.call('file_verify', { document: { id: file!.id }, signature: { id: receipt.id }, key_ref: null, algorithm: null })).valid).toBe(true);
  });
});
