import type { JobSnapshot, WireError } from '$ui/generated/types';
import { m } from '$ui/i18n';

/** What a task that pauses waits for. */
export type Wait =
  | { kind: 'login'; profile: string; method: 'sso' | 'mfa' }
  | { kind: 'pin'; token: string; tries: string | null }
  | { kind: 'password'; file: string }
  | { kind: 'insert'; token: string }
  /** Anything else that a person may put right before going on. */
  | { kind: 'other' };

/** What an error says that has to be done before a task can go on. */
export function waitOf(error: WireError | null): Wait {
  const { code = '', params = {} } = error ?? {};
  switch (code) {
    case 'aws_login_required':
      return { kind: 'login', profile: params['profile'] ?? '', method: params['method'] === 'mfa' ? 'mfa' : 'sso' };
    case 'token_pin_required':
    case 'token_pin_wrong':
      return { kind: 'pin', token: params['token'] ?? '', tries: params['tries'] ?? null };
    case 'a1_password_required':
    case 'a1_password_wrong':
      return { kind: 'password', file: params['file'] ?? '' };
    case 'token_absent':
      return { kind: 'insert', token: params['token'] ?? '' };
    default:
      return { kind: 'other' };
  }
}

/** What it waits for, in a sentence; null where the error itself says it. */
export function waitSentence(wait: Wait): string | null {
  switch (wait.kind) {
    case 'login':
      return wait.method === 'mfa' ? m.sign_wait_mfa({ profile: wait.profile }) : m.sign_wait_sso({ profile: wait.profile });
    case 'pin':
      return m.sign_wait_pin({ token: wait.token });
    case 'password':
      return m.sign_wait_password({ file: wait.file });
    case 'insert':
      return m.sign_wait_insert({ token: wait.token });
    case 'other':
      return null;
  }
}

/** How much of a task is done already, in a sentence. */
export function doneSentence(job: JobSnapshot): string {
  const done = job.items.filter(({ state }) => state === 'done').length;
  return done === 0 ? m.sign_wait_none_done() : m.sign_wait_done({ done: String(done), total: String(job.items.length) });
}
