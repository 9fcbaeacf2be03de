import type { WireError } from '$ui/generated/types';
import { m } from '$ui/i18n';

/** A field that is wrong, with what to do about it. */
export interface FieldProblem<F extends string> {
  field: F;
  text: string;
}

/** AWS allows 256 with the prefix `alias/`; the local store takes less. */
const ALIAS_LIMIT = 64;
const DESCRIPTION_LIMIT = 256;
/** Names in certificates end here (RFC 5280, ub-common-name). */
const NAME_LIMIT = 64;

/** What is wrong with a new key, in the order of its fields. */
export function checkKey({ alias, description }: { alias: string; description: string }): FieldProblem<'alias' | 'description'>[] {
  const problems: FieldProblem<'alias' | 'description'>[] = [];
  const name = alias.trim();
  if (name === '') problems.push({ field: 'alias', text: m.keys_error_alias_empty() });
  else if (!/^[A-Za-z0-9/_-]+$/.test(name)) problems.push({ field: 'alias', text: m.keys_error_alias_format() });
  else if (/^aws\//i.test(name)) problems.push({ field: 'alias', text: m.keys_error_alias_reserved() });
  else if (name.length > ALIAS_LIMIT) problems.push({ field: 'alias', text: tooLong(name, ALIAS_LIMIT) });
  if (description.trim().length > DESCRIPTION_LIMIT) problems.push({ field: 'description', text: tooLong(description.trim(), DESCRIPTION_LIMIT) });
  return problems;
}

/** What is wrong with a new identity, in the order of its fields. */
export function checkIdentity({ label, holder }: { label: string; holder: string }): FieldProblem<'label' | 'holder'>[] {
  const problems: FieldProblem<'label' | 'holder'>[] = [];
  if (label.trim() === '') problems.push({ field: 'label', text: m.keys_error_label_empty() });
  else if (label.trim().length > NAME_LIMIT) problems.push({ field: 'label', text: tooLong(label.trim(), NAME_LIMIT) });
  if (holder.trim() === '') problems.push({ field: 'holder', text: m.keys_error_holder_empty() });
  else if (holder.trim().length > NAME_LIMIT) problems.push({ field: 'holder', text: tooLong(holder.trim(), NAME_LIMIT) });
  return problems;
}

/** The field that the backend refused, if that is what an error says and the form has it. */
export function refused<F extends string>({ code, params }: WireError, fields: readonly F[]): FieldProblem<F> | null {
  const alias = fields.find((field) => field === 'alias');
  if (code === 'key_already_exists' && alias !== undefined) return { field: alias, text: m.keys_error_alias_taken() };
  const field = fields.find((name) => name === params['field']);
  if (code !== 'invalid_field' || field === undefined) return null;
  if (field === 'label' && params['reason'] === 'taken') return { field, text: m.keys_error_label_taken() };
  return { field, text: m.keys_error_other() };
}

function tooLong(text: string, limit: number): string {
  return m.keys_error_long({ limit, count: text.length });
}
