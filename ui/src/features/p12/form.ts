import type { WireError } from '$ui/generated/types';
import { m } from '$ui/i18n';
import { isCpf } from '$ui/lib/format';
import { MINIMUM_LENGTH, MINIMUM_SCORE, estimate } from './password';

/** A field that is wrong, with what to do about it. */
export interface FieldProblem<F extends string> {
  field: F;
  text: string;
}

/** What a certificate for a subscriber is asked for with. */
export interface IssueForm {
  name: string;
  cpf: string;
  email: string;
}

/** Names in certificates end here (RFC 5280, ub-common-name). */
const NAME_LIMIT = 64;

/** `:` and eleven digits of the CPF stand behind the name in the common name. */
const CPF_SUFFIX = 12;

/** What is wrong with the form, in the order of its fields. */
export function checkIssue({ name, cpf, email }: IssueForm): FieldProblem<keyof IssueForm>[] {
  const problems: FieldProblem<keyof IssueForm>[] = [];
  const words = name.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) problems.push({ field: 'name', text: m.p12_error_name_empty() });
  else if (words.length === 1) problems.push({ field: 'name', text: m.p12_error_name_short() });
  else if ([...words.join(' ')].length > NAME_LIMIT - CPF_SUFFIX) problems.push({ field: 'name', text: m.p12_error_name_long({ limit: NAME_LIMIT - CPF_SUFFIX }) });
  const digits = cpf.replace(/\D/g, '');
  if (digits === '') problems.push({ field: 'cpf', text: m.p12_error_cpf_empty() });
  else if (digits.length !== 11) problems.push({ field: 'cpf', text: m.p12_error_cpf_length({ count: digits.length }) });
  else if (!isCpf(digits)) problems.push({ field: 'cpf', text: m.p12_error_cpf_check() });
  if (email.trim() === '') problems.push({ field: 'email', text: m.p12_error_email_empty() });
  else if (!isEmail(email.trim())) problems.push({ field: 'email', text: m.p12_error_email_format() });
  return problems;
}

/** What the export of a P12 file is asked for with. */
export interface ExportForm {
  friendly: string;
  password: string;
  again: string;
}

/** What is wrong with the form, in the order of its fields. `own` is data that the password must not be made of. */
export function checkExport({ friendly, password, again }: ExportForm, own: readonly string[]): FieldProblem<keyof ExportForm>[] {
  const problems: FieldProblem<keyof ExportForm>[] = [];
  if ([...friendly.trim()].length > NAME_LIMIT) problems.push({ field: 'friendly', text: m.p12_error_friendly_long() });
  if (password === '') problems.push({ field: 'password', text: m.p12_error_password_empty() });
  else if ([...password].length < MINIMUM_LENGTH) problems.push({ field: 'password', text: m.p12_error_password_short({ count: MINIMUM_LENGTH }) });
  else if (estimate(password, own).score < MINIMUM_SCORE) problems.push({ field: 'password', text: m.p12_error_password_weak() });
  if (password !== '' && password !== again) problems.push({ field: 'again', text: m.p12_error_again() });
  return problems;
}

/** The field that the backend refused, if that is what an error says and the form has it. */
export function refusedField<F extends string>({ code, params }: WireError, fields: readonly F[]): FieldProblem<F> | null {
  const field = fields.find((name) => name === params['field']);
  if (code !== 'invalid_field' || field === undefined) return null;
  if (field === 'cpf' && params['reason'] === 'check_digits') return { field, text: m.p12_error_cpf_check() };
  if (field === 'email' && params['reason'] === 'malformed') return { field, text: m.p12_error_email_format() };
  return { field, text: m.p12_error_other() };
}

/** The rule of the backend: one `@`, a dotted domain, printable ASCII, at most 254 characters. */
function isEmail(text: string): boolean {
  return text.length <= 254 && /^[\x21-\x3f\x41-\x7e]{1,64}@[\x21-\x3f\x41-\x7e]+$/.test(text) && /^[^.].*\.[^.]+$/.test(text.slice(text.indexOf('@') + 1));
}
