import type { DocumentInfo, FieldView, SignProfile, WireError } from '../../generated/types';

/** What would make a document fit to be signed. */
export type Way = { way: 'field'; name: string } | { way: 'new_field' } | { way: 'beside' } | { way: 'automatic' };

/** What is about fields; another one, or none, may do. */
const ABOUT_FIELDS = new Set(['pdf_certified_no_new_field', 'pdf_permission_denied', 'pdf_field_locked', 'pdf_new_field_locked', 'pdf_field_not_found', 'pdf_field_not_signature', 'pdf_field_already_signed', 'pdf_field_not_editable', 'pdf_field_seed_value']);

/** What no new field changes. */
const FORBIDS_NEW_FIELDS = new Set(['pdf_certified_no_new_field', 'pdf_new_field_locked', 'pdf_permission_denied', 'pdf_certified_no_changes']);

/** Other choices with which the document could be signed, the nearest first. */
export function waysOut(document: DocumentInfo, problem: WireError, profile: Pick<SignProfile, 'format' | 'role' | 'field'>, fields: FieldView[]): Way[] {
  if (problem.code === 'sign_format_not_fitting') return [{ way: 'automatic' }];
  const inside = document.kind === 'pdf' && profile.role === 'sign' && (profile.format === 'automatic' || profile.format === 'pades');
  // A password is asked for where it is missing.
  if (!inside || !problem.code.startsWith('pdf_') || problem.code === 'pdf_encrypted') return [];
  const ways: Way[] = [];
  if (ABOUT_FIELDS.has(problem.code)) {
    const free = fields.filter(({ name, signed, problem: own }) => !signed && own === null && name !== profile.field);
    const best = free.find(({ demand }) => demand === null) ?? free[0];
    if (best) ways.push({ way: 'field', name: best.name });
    if (profile.field !== null && !FORBIDS_NEW_FIELDS.has(problem.code)) ways.push({ way: 'new_field' });
  }
  return [...ways, { way: 'beside' }];
}

/** The choices after a way was taken. */
export function takeWay(profile: SignProfile, way: Way): SignProfile {
  switch (way.way) {
    case 'field':
      return inField(profile, way.name);
    case 'new_field':
      return inField(profile, null);
    case 'beside':
      return { ...profile, format: 'cades-detached', field: null };
    case 'automatic':
      return { ...profile, format: 'automatic', role: 'sign' };
  }
}

/** The choices with another field: what a stamp may cover was said of the place that it had before. */
export function inField(profile: SignProfile, field: string | null): SignProfile {
  return { ...profile, field, stamp: profile.stamp && { ...profile.stamp, may_cover: false } };
}
