import type { TsaAuth, TsaView, WireError } from '../../generated/types';
import { m } from '../../i18n';

/** The fields of an authority. */
export type TsaField = 'name' | 'url' | 'user' | 'secret' | 'p12' | 'policy' | 'timeout';

/** An authority as it is typed. */
export interface TsaForm {
  name: string;
  url: string;
  auth: TsaAuth;
  user: string;
  secret: string;
  /** Handle of a P12 file that was picked now. */
  p12: string | null;
  policy: string;
  timeout: string;
}

/** A new authority. */
export const NEW_TSA: TsaForm = { name: '', url: '', auth: 'none', user: '', secret: '', p12: null, policy: '', timeout: '20' };

/** What is known of an authority, to be changed; its secret is not shown again. */
export function tsaFormOf(tsa: TsaView): TsaForm {
  return { name: tsa.name, url: tsa.url, auth: tsa.auth, user: tsa.user ?? '', secret: '', p12: null, policy: tsa.policy ?? '', timeout: String(tsa.timeout_seconds) };
}

/** A field that is wrong, with what to do about it. */
export interface TsaProblem {
  field: TsaField;
  text: string;
}

/** What is wrong with an authority before it is sent, in the order of the fields. `existing`: what it was, if it is changed. */
export function checkTsa(form: TsaForm, existing: TsaView | null): TsaProblem[] {
  const problems: TsaProblem[] = [];
  const wrong = (field: TsaField, text: string) => problems.push({ field, text });
  if (form.name.trim() === '') wrong('name', m.tsa_error_name());
  if (!isAddress(form.url.trim())) wrong('url', m.tsa_error_url());
  // A secret is kept only where it is for the same thing as before.
  const same = existing?.auth === form.auth;
  if (form.auth === 'basic') {
    if (form.user.trim() === '') wrong('user', m.tsa_error_user());
    if (form.secret === '' && !same) wrong('secret', m.tsa_error_password());
  }
  if (form.auth === 'certificate') {
    if (form.p12 === null && !same) wrong('p12', m.tsa_error_p12());
    if (form.secret === '' && (form.p12 !== null || !same)) wrong('secret', m.tsa_error_p12_password());
  }
  if (form.policy.trim() !== '' && !/^[0-2](\.(0|[1-9]\d*))+$/.test(form.policy.trim())) wrong('policy', m.tsa_error_policy());
  const seconds = Number(form.timeout);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 120) wrong('timeout', m.tsa_error_timeout());
  return problems;
}

/** The field that the program refused, if that is what an error says. */
export function refusedTsa({ code, params }: WireError): TsaProblem | null {
  if (code === 'p12_wrong_password' || code === 'a1_password_wrong') return { field: 'secret', text: m.unlock_password_wrong() };
  if (code !== 'invalid_field') return null;
  const names: Record<string, TsaField> = { name: 'name', url: 'url', user: 'user', secret: 'secret', p12: 'p12', policy: 'policy', timeout_seconds: 'timeout' };
  const named = params['field'] ?? '';
  const field = Object.hasOwn(names, named) ? names[named] : undefined;
  return field === undefined ? null : { field, text: m.tsa_error_other() };
}

/** Whether credentials would travel without protection. */
export function inTheClear({ url, auth }: Pick<TsaForm, 'url' | 'auth'>): boolean {
  return auth === 'basic' && /^http:\/\//i.test(url.trim());
}

/** Whether a text is the address of an authority as the program takes it: without credentials in it. */
export function isAddress(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}
