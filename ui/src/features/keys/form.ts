import type { KeyOriginView, KeyPlace, KeyTag, KeyUsageView, WireError } from '$ui/generated/types';
import { m } from '$ui/i18n';

/** A field that is wrong, with what to do about it. */
export interface FieldProblem<F extends string> {
  field: F;
  text: string;
}

/** A whole number of days within limits. */
export interface Days {
  least: number;
  most: number;
}

/** AWS allows 256 with the prefix `alias/`; the local store takes less. */
const ALIAS_LIMIT = 64;
export const DESCRIPTION_LIMIT = 256;
/** Names in certificates end here (RFC 5280, ub-common-name). */
const NAME_LIMIT = 64;
/** Of a reason in the trail. */
export const REASON_LIMIT = 500;
/** AWS's limits for names and values of tags. */
const TAG_NAME_LIMIT = 128;
const TAG_VALUE_LIMIT = 256;

/** How long a key waits for its deletion. */
export const DELETION: Days = { least: 7, most: 30 };
/** How long both keys are visible while one is changed for another. */
export const TRANSITION: Days = { least: 0, most: 365 };
/** How often a symmetric key may renew itself. */
export const PERIOD: Days = { least: 90, most: 2560 };

/** After how many days a signing key may have to be changed. */
export const AGE_RULE: Days = { least: 30, most: 3650 };

/** Tags that the office itself sets on every key. */
export const OFFICE_TAGS = ['Sistema', 'Ambiente', 'Uso'] as const;

/** A type of key that can be chosen. */
export interface SpecChoice {
  spec: string;
  /** Whether documents can be signed with it. */
  documents: boolean;
}

const DOCUMENT_SPECS = ['RSA_2048', 'RSA_3072', 'RSA_4096', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'];
const OTHER_SPECS = ['ECC_NIST_EDWARDS25519', 'ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'];

/** The types of key that a place makes. PKCS#11 tokens know neither Ed25519 nor ML-DSA here. */
export function specsFor(place: KeyPlace['kind']): SpecChoice[] {
  const documents = DOCUMENT_SPECS.map((spec) => ({ spec, documents: true }));
  return place === 'token' ? documents : [...documents, ...OTHER_SPECS.map((spec) => ({ spec, documents: false }))];
}

/** Where a key of a use can be made: tokens seal no files. */
export function mayHold(place: KeyPlace['kind'], usage: KeyUsageView): boolean {
  return usage === 'sign' || place !== 'token';
}

/** The origin of a key that was made in a place. */
export function originOf(place: KeyPlace['kind']): KeyOriginView {
  const origins: Record<KeyPlace['kind'], KeyOriginView> = { local: 'local', aws: 'aws_kms', token: 'token' };
  return origins[place];
}

/** What is wrong with a new key, in the order of its fields. */
export function checkKey({ alias, description }: { alias: string; description: string }): FieldProblem<'alias' | 'description'>[] {
  const problems: FieldProblem<'alias' | 'description'>[] = [];
  const name = checkAlias(alias);
  if (name !== null) problems.push({ field: 'alias', text: name });
  const text = checkLength(description, DESCRIPTION_LIMIT);
  if (text !== null) problems.push({ field: 'description', text });
  return problems;
}

/** What is wrong with a friendly name. */
export function checkAlias(alias: string): string | null {
  const name = alias.trim();
  if (name === '') return m.keys_error_alias_empty();
  if (!/^[A-Za-z0-9/_-]+$/.test(name)) return m.keys_error_alias_format();
  if (/^aws\//i.test(name)) return m.keys_error_alias_reserved();
  return checkLength(name, ALIAS_LIMIT);
}

/** What is wrong with a text that only must not be too long. */
export function checkLength(text: string, limit: number): string | null {
  return text.trim().length > limit ? tooLong(text.trim(), limit) : null;
}

/** What is wrong with the reason of a request. */
export function checkReason(reason: string): string | null {
  return reason.trim() === '' ? m.keys_error_reason_empty() : checkLength(reason, REASON_LIMIT);
}

/** What is wrong with a number of days. */
export function checkDays(typed: string, { least, most }: Days): string | null {
  const days = Number(typed.trim());
  return /^\d+$/.test(typed.trim()) && days >= least && days <= most ? null : m.keys_error_days({ least, most });
}

/** What is wrong with a tag. */
export function checkTag({ name, value }: KeyTag): { field: 'name' | 'value'; text: string } | null {
  const own = name.trim();
  if (own === '') return { field: 'name', text: m.keys_error_tag_empty() };
  if (isOfficeTag(own)) return { field: 'name', text: m.keys_error_tag_own() };
  if (/^aws:/i.test(own)) return { field: 'name', text: m.keys_error_tag_reserved() };
  const long = checkLength(own, TAG_NAME_LIMIT);
  if (long !== null) return { field: 'name', text: long };
  const longValue = checkLength(value, TAG_VALUE_LIMIT);
  return longValue === null ? null : { field: 'value', text: longValue };
}

/** Whether a tag is one that the office sets by itself. */
export function isOfficeTag(name: string): boolean {
  return (OFFICE_TAGS as readonly string[]).includes(name);
}

/** What is wrong with a new identity, in the order of its fields. */
export function checkIdentity({ label, holder }: { label: string; holder: string }): FieldProblem<'label' | 'holder'>[] {
  const problems: FieldProblem<'label' | 'holder'>[] = [];
  const name = checkLabel(label);
  if (name !== null) problems.push({ field: 'label', text: name });
  if (holder.trim() === '') problems.push({ field: 'holder', text: m.keys_error_holder_empty() });
  else if (holder.trim().length > NAME_LIMIT) problems.push({ field: 'holder', text: tooLong(holder.trim(), NAME_LIMIT) });
  return problems;
}

/** What is wrong with the name of an identity. */
export function checkLabel(label: string): string | null {
  return label.trim() === '' ? m.keys_error_label_empty() : checkLength(label, NAME_LIMIT);
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
