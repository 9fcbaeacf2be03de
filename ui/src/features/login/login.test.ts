import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Backend } from '../../backend';
import { MockBackend } from '../../backend/mock';
import { sealText } from '../../backend/seal';
import type { LoginProgressView, ProfileView } from '../../generated/types';
import { DeviceLogin } from './device.svelte';
import { checkCode, loginMethod, noticeOf, sessionWord, standingOf } from './words';

const NOW = new Date('2026-11-20T14:22:00').getTime();
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const profile = (rest: Partial<ProfileView>): ProfileView => ({
  name: 'p',
  region: 'sa-east-1',
  endpoint: null,
  use_fips: false,
  kms: { at_once: 32, per_second: 800 },
  source: 'sso',
  named_profile: null,
  has_stored_keys: false,
  active: true,
  sso: null,
  role: null,
  credentials: { expires_at: null, login_until: null, login: null },
  ...rest,
});
const ROLE = { role_arn: 'arn:aws:iam::123456789012:role/x', mfa_serial: null, external_id: null, session_minutes: 60, base: 'default' as const, base_profile: null };

describe('the session', () => {
  it('needs nobody where nobody can log in', () => {
    for (const source of ['default', 'named_profile', 'keyring'] as const) expect(loginMethod(profile({ source }))).toBeNull();
    expect(loginMethod(profile({ source: 'assume_role', role: ROLE }))).toBeNull();
    expect(loginMethod(profile({ source: 'assume_role', role: { ...ROLE, mfa_serial: 'arn:x' } }))).toBe('mfa');
    expect(standingOf(profile({ source: 'keyring', credentials: { expires_at: at(-5), login_until: null, login: null } }), NOW)).toEqual({ kind: 'none' });
  });

  it('lasts as long as it renews itself', () => {
    const open = standingOf(profile({ credentials: { expires_at: at(3), login_until: at(300), login: null } }), NOW);
    expect(open.kind).toBe('open');
    expect(sessionWord(open, NOW)).toEqual({ state: 'ok', word: 'sessão até 19:22' });
    expect(noticeOf(open)).toBeNull();
  });

  it('is announced from ten minutes before its end, and never as over before', () => {
    expect(standingOf(profile({ credentials: { expires_at: at(10.5), login_until: null, login: null } }), NOW).kind).toBe('open');
    const ending = standingOf(profile({ credentials: { expires_at: at(10), login_until: null, login: null } }), NOW);
    expect(ending).toMatchObject({ kind: 'ending', minutes: 10 });
    expect(noticeOf(ending)).toBe('A sessão na AWS termina em 10 minutos, às 14:32.');
    expect(noticeOf(standingOf(profile({ credentials: { expires_at: at(0.4), login_until: null, login: null } }), NOW))).toContain('em 1 minuto,');
  });

  it('that is over differs from one that never was', () => {
    const over = standingOf(profile({ credentials: { expires_at: at(-1), login_until: at(-1), login: null } }), NOW);
    const never = standingOf(profile({ credentials: { expires_at: null, login_until: null, login: 'sso' } }), NOW);
    expect(over).toMatchObject({ kind: 'needed', over: true });
    expect(never).toMatchObject({ kind: 'needed', over: false });
    expect(noticeOf(over)).not.toBe(noticeOf(never));
  });
});

it('takes six digits, with or without a blank', () => {
  for (const code of ['123456', '123 456']) expect(checkCode(code)).toBeNull();
  for (const code of ['', '12345', '1234567', 'abcdef']) expect(checkCode(code), code).not.toBeNull();
});

describe('a login in the browser', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function fake(answers: (LoginProgressView | Error)[]) {
    const calls: { name: string; at: number }[] = [];
    const began = Date.now();
    const call = vi.fn(async (name: string) => {
      calls.push({ name, at: Date.now() - began });
      if (name === 'aws_login_start') return { id: 'l1', user_code: 'AB-CD', url: 'https://x', expires_at: at(10), interval: 5, opened: true };
      const answer = answers.shift() ?? { state: 'pending', interval: null, credentials: null };
      if (answer instanceof Error) throw answer;
      return answer;
    });
    return { backend: { call } as unknown as Backend, calls };
  }
  const pending = (interval: number | null = null): LoginProgressView => ({ state: 'pending', interval, credentials: null });

  it('asks no oftener than it was told, and slows down when it is told to', async () => {
    const { backend, calls } = fake([pending(), pending(10), { state: 'done', interval: null, credentials: null }]);
    const done = vi.fn();
    const login = new DeviceLogin(backend, 'p', done);
    await login.start();
    expect(login.login?.user_code).toBe('AB-CD');
    await vi.advanceTimersByTimeAsync(25_000);
    expect(calls.map(({ at: when }) => when)).toEqual([0, 5000, 10_000, 20_000]);
    expect(done).toHaveBeenCalledOnce();
    expect(login.stage).toBe('done');
  });

  it('can be begun again when it was refused or is too late', async () => {
    const { backend } = fake([{ state: 'over', interval: null, credentials: null }]);
    const login = new DeviceLogin(backend, 'p', () => undefined);
    await login.start();
    await vi.advanceTimersByTimeAsync(5000);
    expect(login.stage).toBe('over');
    await login.start();
    expect(login.stage).toBe('waiting');
  });

  it('asks nothing any more once it was cancelled', async () => {
    const { backend, calls } = fake([]);
    const login = new DeviceLogin(backend, 'p', () => undefined);
    await login.start();
    login.cancel();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(1);
  });

  it('goes on with the same login after the network failed', async () => {
    const { backend, calls } = fake([new Error('offline'), { state: 'done', interval: null, credentials: null }]);
    const done = vi.fn();
    const login = new DeviceLogin(backend, 'p', done);
    await login.start();
    await vi.advanceTimersByTimeAsync(5000);
    expect(login.stage).toBe('failed');
    login.resume();
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toHaveBeenCalledOnce();
    expect(calls.filter(({ name }) => name === 'aws_login_start')).toHaveLength(1);
  });
});

it('refuses a wrong number and takes the next one', async () => {
  const backend = new MockBackend({ start: 'production', pace: 0 });
  const mfa = async (code: string) => backend.call('aws_login_mfa', { profile: 'plantao', code: await sealText(backend, code) });
  await expect(mfa('000000')).rejects.toMatchObject({ wire: { code: 'aws_mfa_refused' } });
  expect((await mfa('123456')).login).toBeNull();
});
