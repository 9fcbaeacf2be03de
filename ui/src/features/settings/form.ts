import type { CredentialSourceView, ProfileView, WireError } from '$ui/generated/types';
import { m } from '$ui/i18n';

/** What the form for a profile holds while it is being typed. */
export interface ProfileForm {
  name: string;
  region: string;
  source: CredentialSourceView;
  named: string;
  accessKey: string;
  secretKey: string;
  sessionToken: string;
  endpoint: string;
  fips: boolean;
}

/** A field of the form that can be wrong. */
export type ProfileField = 'name' | 'region' | 'named' | 'accessKey' | 'secretKey' | 'endpoint';

/** A field that is wrong, with what to do about it. */
export interface Problem<F extends string> {
  field: F;
  text: string;
}

/** Where a new profile begins: São Paulo, and the credentials that AWS recommends. */
export const EMPTY: ProfileForm = { name: '', region: 'sa-east-1', source: 'named_profile', named: '', accessKey: '', secretKey: '', sessionToken: '', endpoint: '', fips: false };

/** The form of a profile that exists; secrets never come back. */
export function formOf({ name, region, source, named_profile, endpoint, use_fips }: ProfileView): ProfileForm {
  return { ...EMPTY, name, region, source, named: named_profile ?? '', endpoint: endpoint ?? '', fips: use_fips };
}

/** What is wrong with the form, in the order of its fields. `existing` is the profile that is changed. */
export function checkProfile(form: ProfileForm, others: readonly ProfileView[], existing: ProfileView | null): Problem<ProfileField>[] {
  const problems: Problem<ProfileField>[] = [];
  const name = form.name.trim();
  if (name === '') problems.push({ field: 'name', text: m.settings_error_name_empty() });
  else if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) problems.push({ field: 'name', text: m.settings_error_name_format() });
  else if (existing === null && others.some((other) => other.name === name)) problems.push({ field: 'name', text: m.settings_error_name_taken() });
  if (!/^[A-Za-z0-9-]{1,32}$/.test(form.region.trim())) problems.push({ field: 'region', text: m.settings_error_region() });
  if (form.source === 'named_profile' && form.named.trim() === '') problems.push({ field: 'named', text: m.settings_error_named() });
  if (form.source === 'keyring') {
    const kept = existing?.source === 'keyring' && existing.has_stored_keys && form.accessKey.trim() === '' && form.secretKey === '';
    if (!kept && form.accessKey.trim() === '') problems.push({ field: 'accessKey', text: m.settings_error_access_key() });
    if (!kept && form.secretKey.trim() === '') problems.push({ field: 'secretKey', text: m.settings_error_secret_key() });
  }
  const endpoint = form.endpoint.trim();
  if (endpoint !== '' && !isEndpoint(endpoint)) problems.push({ field: 'endpoint', text: m.settings_error_endpoint() });
  return problems;
}

/** The access keys as the backend wants them inside the sealed field; null where the stored ones stay. */
export function accessKeys(form: ProfileForm): string | null {
  if (form.source !== 'keyring' || form.accessKey.trim() === '') return null;
  const token = form.sessionToken.trim();
  return JSON.stringify({ access_key_id: form.accessKey.trim(), secret_access_key: form.secretKey.trim(), ...(token === '' ? {} : { session_token: token }) });
}

/** Whether credentials and answers would cross a network in the clear. */
export function isPlainHttp(endpoint: string): boolean {
  return /^http:\/\//i.test(endpoint.trim());
}

/** The field that the backend refused, if that is what an error says. */
export function refusedProfile({ code, params }: WireError): Problem<ProfileField> | null {
  const fields = new Map<string, ProfileField>(Object.entries({ name: 'name', region: 'region', named_profile: 'named', access_keys: 'accessKey', access_key_id: 'accessKey', secret_access_key: 'secretKey', endpoint: 'endpoint' } as const));
  const field = fields.get(params['field'] ?? '');
  return code === 'invalid_field' && field !== undefined ? { field, text: m.settings_error_other() } : null;
}

/** What is wrong with the names of the first start in production. */
export function checkNames({ office, operator }: { office: string; operator: string }): Problem<'office' | 'operator'>[] {
  const problems: Problem<'office' | 'operator'>[] = [];
  if (office.trim() === '') problems.push({ field: 'office', text: m.settings_error_office() });
  else if ([...office.trim()].length > 64) problems.push({ field: 'office', text: m.settings_error_long() });
  if (operator.trim() === '') problems.push({ field: 'operator', text: m.settings_error_operator() });
  else if ([...operator.trim()].length > 64) problems.push({ field: 'operator', text: m.settings_error_long() });
  return problems;
}

function isEndpoint(text: string): boolean {
  return /^https?:\/\/[^\s/]+/i.test(text) && URL.canParse(text);
}
