import type { WireError } from '$ui/generated/types';
import { m } from '$ui/i18n';

/** A field that is wrong, with what to do about it. */
export interface FieldProblem<F extends string> {
  field: F;
  text: string;
}

/** Characters that a password needs; the program asks for the same. */
export const SHORTEST_PASSWORD = 8;
/** Characters of a name; the program asks for the same. */
const LONGEST_NAME = 64;

/** The roles, in the order in which they may do more. */
export const ROLES = ['clerk', 'supervisor', 'notary', 'auditor'] as const;

/** What a role may do, in a sentence. */
export function roleMay(role: string): string {
  const words: Record<string, () => string> = {
    clerk: m.operators_role_clerk_may,
    supervisor: m.operators_role_supervisor_may,
    notary: m.operators_role_notary_may,
    auditor: m.operators_role_auditor_may,
  };
  return words[role]?.() ?? '';
}

/** What is wrong with a name. */
export function checkName(name: string): FieldProblem<'name'>[] {
  const length = [...name.trim()].length;
  if (length === 0) return [{ field: 'name', text: m.operators_error_name_empty() }];
  return length > LONGEST_NAME ? [{ field: 'name', text: m.operators_error_name_long() }] : [];
}

/** What is wrong with a new password that is typed twice. */
export function checkPassword({ password, again }: { password: string; again: string }): FieldProblem<'password' | 'again'>[] {
  if (password === '') return [{ field: 'password', text: m.operators_error_password_empty() }];
  if ([...password].length < SHORTEST_PASSWORD) return [{ field: 'password', text: m.operators_error_password_short({ count: SHORTEST_PASSWORD }) }];
  return password === again ? [] : [{ field: 'again', text: m.operators_error_again() }];
}

/** The field that the backend refused, if that is what an error says and the form has it. */
export function refused<F extends string>({ code, params }: WireError, fields: readonly F[], names: Record<string, F> = {}): FieldProblem<F> | null {
  if (code !== 'invalid_field') return null;
  const named = params['field'] ?? '';
  const field = fields.find((each) => each === named) ?? (Object.hasOwn(names, named) ? names[named] : undefined);
  if (field === undefined) return null;
  if (params['reason'] === 'own') return { field, text: m.invalid_own() };
  if (params['reason'] === 'taken') return { field, text: m.invalid_taken() };
  return { field, text: m.operators_error_other() };
}

/** Whether a second person is there who may approve. */
export function hasSecondPerson(people: readonly { active: boolean; operator: { role: string } }[]): boolean {
  return people.filter(({ active, operator }) => active && (operator.role === 'supervisor' || operator.role === 'notary')).length > 1;
}
