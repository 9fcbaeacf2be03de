import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { KeyUnlockState, WireError } from '../../generated/types';
import { eventually } from '../../testing';

const call = vi.hoisted(() => vi.fn());
const sealed = vi.hoisted(() => vi.fn());
vi.mock('$ui/backend', async (original) => ({ ...(await original<typeof import('../../backend')>()), backend: { call, on: () => () => undefined }, sealText: sealed }));

const { BackendError } = await import('../../backend');
const { UnlockAttempt } = await import('./attempt.svelte');
const { mayBeLocked, unlock } = await import('./unlock.svelte');
const { logins } = await import('./logins.svelte');
const { doneSentence, waitOf, waitSentence } = await import('./waiting');
const { triesWord } = await import('./words');

const locked: KeyUnlockState = { key_ref: 'pkcs11:x', needs: 'pin', name: 'A3', tries: 'full', pin_pad: false };
const open: KeyUnlockState = { ...locked, needs: 'nothing' };
const wire = (code: string, params: Record<string, string> = {}): WireError => ({ code, params, severity: 'error', retry: 'after_action', detail: '' });

const answerWith = (answers: Record<string, unknown>) =>
  call.mockImplementation(async (name: string) => {
    if (answers[name] instanceof Error) throw answers[name];
    return answers[name];
  });
const unlocks = () => call.mock.calls.filter(([name]) => name === 'key_unlock').length;

beforeEach(() => {
  unlock.close();
  call.mockReset();
  sealed.mockReset();
  sealed.mockImplementation(async (_: unknown, secret: string) => ({ channel: 'c', public_key: '', nonce: '', ciphertext: `sealed:${secret.length}` }));
});

describe('an attempt at a locked key', () => {
  it('sends the PIN sealed, once, and forgets it', async () => {
    call.mockResolvedValue(open);
    const attempt = new UnlockAttempt(locked);
    attempt.secret = '4711';
    expect(await attempt.submit()).toBe(true);
    expect(call.mock.calls).toEqual([['key_unlock', { key_ref: 'pkcs11:x', secret: expect.objectContaining({ ciphertext: 'sealed:4' }) }]]);
    expect(attempt.secret).toBe('');
  });

  it('does not try again by itself after a wrong PIN, and says what is left', async () => {
    answerWith({ key_unlock: new BackendError(wire('token_pin_wrong', { token: 'A3', tries: 'last' })), key_unlock_state: { ...locked, tries: 'last' } });
    const attempt = new UnlockAttempt(locked);
    attempt.secret = '0000';
    expect(await attempt.submit()).toBe(false);
    expect(unlocks()).toBe(1);
    expect(attempt).toMatchObject({ secret: '', over: false, error: null, problem: expect.stringContaining('PIN errado'), state: { tries: 'last' } });
    // Nothing typed, nothing sent: an empty field must not use up the last try.
    expect(await attempt.submit()).toBe(false);
    expect(unlocks()).toBe(1);
    // The program lets only those spend the last try who were shown that it is the last.
    expect(call).toHaveBeenLastCalledWith('key_unlock_state', { key_ref: 'pkcs11:x' });
  });

  it('says that nothing was sent when the last try was refused, or the PIN pad was left', async () => {
    answerWith({ key_unlock: new BackendError(wire('token_pin_required', { token: 'A3', tries: 'last' })), key_unlock_state: { ...locked, tries: 'last' } });
    const attempt = new UnlockAttempt(locked);
    attempt.secret = '0000';
    await attempt.submit();
    expect(attempt).toMatchObject({ error: null, over: false, state: { tries: 'last' }, problem: expect.stringContaining('última') });
    answerWith({ key_unlock: new BackendError(wire('token_pin_required', { token: 'A3', tries: 'full' })), key_unlock_state: { ...locked, pin_pad: true } });
    const pad = new UnlockAttempt({ ...locked, pin_pad: true });
    await pad.submit();
    expect(pad.problem).toContain('leitor');
  });

  it('is over when the token is locked', async () => {
    call.mockRejectedValue(new BackendError(wire('token_pin_locked', { token: 'A3' })));
    const attempt = new UnlockAttempt(locked);
    attempt.secret = '0000';
    await attempt.submit();
    expect(attempt).toMatchObject({ over: true, error: { code: 'token_pin_locked' } });
    attempt.secret = '1111';
    expect(await attempt.submit()).toBe(false);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('leaves the typing to a PIN pad', async () => {
    call.mockResolvedValue(open);
    const attempt = new UnlockAttempt({ ...locked, pin_pad: true });
    expect(attempt.typed).toBe(false);
    expect(await attempt.submit()).toBe(true);
    expect(call).toHaveBeenCalledWith('key_unlock', { key_ref: 'pkcs11:x', secret: null });
    expect(sealed).not.toHaveBeenCalled();
  });

  it('keeps a password only where somebody said so', async () => {
    call.mockResolvedValue(open);
    const attempt = new UnlockAttempt({ ...locked, needs: 'password', tries: null });
    attempt.secret = 'segredo';
    await attempt.submit();
    expect(call.mock.calls[0]?.[1]).toMatchObject({ keep: false });
  });

  it('forgets the PIN when sealing fails', async () => {
    sealed.mockRejectedValue(new Error('no channel'));
    const attempt = new UnlockAttempt(locked);
    attempt.secret = '4711';
    await attempt.submit();
    expect(attempt).toMatchObject({ secret: '', error: { code: 'internal' } });
    expect(call).not.toHaveBeenCalled();
  });
});

describe('asking before signing', () => {
  it('asks nobody where nothing is needed', async () => {
    call.mockResolvedValue(open);
    expect(await unlock.ask('pkcs11:x')).toBe(true);
    expect(unlock.attempt).toBeNull();
  });

  it('answers once the key is open', async () => {
    call.mockResolvedValueOnce(locked).mockResolvedValueOnce(open);
    const asked = unlock.ask('pkcs11:x');
    await eventually(() => expect(unlock.attempt).not.toBeNull());
    unlock.attempt!.secret = '4711';
    await unlock.submit();
    expect(await asked).toBe(true);
    expect(unlock.attempt).toBeNull();
  });

  it('answers no when the person gives up, and when somebody else asks', async () => {
    call.mockResolvedValue(locked);
    const first = unlock.ask('pkcs11:x');
    await eventually(() => expect(unlock.attempt).not.toBeNull());
    const second = unlock.ask('pkcs11:y');
    expect(await first).toBe(false);
    unlock.close();
    expect(await second).toBe(false);
  });

  it('concerns tokens and A1 files alone', () => {
    expect((['local', 'aws_kms', 'token', 'p12_file'] as const).map(mayBeLocked)).toEqual([false, false, true, true]);
  });

  it('waits for a login', async () => {
    const asked = logins.ask({ profile: 'p', method: 'mfa' });
    expect(logins.wanted).toEqual({ profile: 'p', method: 'mfa' });
    logins.end(true);
    expect(await asked).toBe(true);
  });
});

describe('what a task waits for', () => {
  it.each([
    [wire('aws_login_required', { profile: 'producao', method: 'sso' }), 'login', 'producao'],
    [wire('aws_login_required', { profile: 'producao', method: 'mfa' }), 'login', 'MFA'],
    [wire('token_pin_required', { token: 'A3', tries: 'full' }), 'pin', 'A3'],
    [wire('token_pin_wrong', { token: 'A3', tries: 'few' }), 'pin', 'A3'],
    [wire('a1_password_required', { file: 'clara.pfx' }), 'password', 'clara.pfx'],
    [wire('token_absent', { token: 'A3' }), 'insert', 'leitor'],
  ])('says it for %o', (error, kind, words) => {
    expect(waitOf(error).kind).toBe(kind);
    expect(waitSentence(waitOf(error))).toContain(words);
  });

  it('lets the error speak where it has no words of its own', () => {
    expect(waitOf(wire('aws_unreachable'))).toEqual({ kind: 'other' });
    expect(waitSentence({ kind: 'other' })).toBeNull();
  });

  it('says how much is safe', () => {
    const item = (state: 'done' | 'waiting') => ({ document: 'd', name: 'd', state, phase: null, error: null, output: null, receipt: null });
    const job = { id: 'j', status: 'paused' as const, waits_for: null, batch: null, per_minute: null, seconds_left: null };
    expect(doneSentence({ ...job, items: [item('done'), item('waiting')] })).toContain('1 de 2');
    expect(doneSentence({ ...job, items: [item('waiting')] })).toContain('Nenhum');
  });

  it('warns of few tries and of the last, and of nothing else', () => {
    expect(triesWord('last')).toBe('Última tentativa: mais um erro bloqueia o token.');
    expect(triesWord('few')).not.toBeNull();
    expect([triesWord('full'), triesWord(null)]).toEqual([null, null]);
  });
});
