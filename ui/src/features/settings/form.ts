import type { CredentialSourceView, ProfileView, RoleView, SsoView, WireError } from '$ui/generated/types';
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
  kmsAtOnce: string;
  kmsPerSecond: string;
  startUrl: string;
  ssoRegion: string;
  accountId: string;
  roleName: string;
  roleArn: string;
  mfaSerial: string;
  externalId: string;
  minutes: string;
  /** Whose credentials take on the role. */
  base: CredentialSourceView;
}

/** A field of the form that can be wrong. */
export type ProfileField =
  | 'name'
  | 'region'
  | 'named'
  | 'accessKey'
  | 'secretKey'
  | 'endpoint'
  | 'kmsAtOnce'
  | 'kmsPerSecond'
  | 'startUrl'
  | 'ssoRegion'
  | 'accountId'
  | 'roleName'
  | 'roleArn'
  | 'mfaSerial'
  | 'externalId'
  | 'minutes';

/** A field that is wrong, with what to do about it. */
export interface Problem<F extends string> {
  field: F;
  text: string;
}

/** Where a new profile begins: São Paulo, and the credentials that AWS recommends. */
export const EMPTY: ProfileForm = {
  name: '',
  region: 'sa-east-1',
  source: 'sso',
  named: '',
  accessKey: '',
  secretKey: '',
  sessionToken: '',
  endpoint: '',
  fips: false,
  kmsAtOnce: '32',
  kmsPerSecond: '800',
  startUrl: '',
  ssoRegion: 'sa-east-1',
  accountId: '',
  roleName: '',
  roleArn: '',
  mfaSerial: '',
  externalId: '',
  minutes: '60',
  base: 'named_profile',
};

/** The form of a profile that exists; secrets never come back. */
export function formOf({ name, region, source, named_profile, endpoint, use_fips, kms, sso, role }: ProfileView): ProfileForm {
  return {
    ...EMPTY,
    ...{ name, region, source, named: named_profile ?? role?.base_profile ?? '', endpoint: endpoint ?? '', fips: use_fips, kmsAtOnce: String(kms.at_once), kmsPerSecond: String(kms.per_second) },
    ...(sso ? { startUrl: sso.start_url, ssoRegion: sso.sso_region, accountId: sso.account_id, roleName: sso.role_name } : {}),
    ...(role ? { roleArn: role.role_arn, mfaSerial: role.mfa_serial ?? '', externalId: role.external_id ?? '', minutes: String(role.session_minutes), base: role.base } : {}),
  };
}

/** Whose access keys or which shared profile the form asks for: the source's own, or those that take on a role. */
export function baseOf({ source, base }: Pick<ProfileForm, 'source' | 'base'>): CredentialSourceView {
  return source === 'assume_role' ? base : source;
}

/** Whether access keys for this form are in the keyring already. */
export function keepsKeys(form: Pick<ProfileForm, 'source' | 'base'>, existing: ProfileView | null): boolean {
  const before = existing === null ? null : baseOf({ source: existing.source, base: existing.role?.base ?? 'default' });
  return baseOf(form) === 'keyring' && before === 'keyring' && existing !== null && existing.has_stored_keys;
}

/** Single sign-on as the backend wants it; null for another source. */
export function ssoOf(form: ProfileForm): SsoView | null {
  if (form.source !== 'sso') return null;
  return { start_url: form.startUrl.trim(), sso_region: form.ssoRegion.trim(), account_id: form.accountId.trim(), role_name: form.roleName.trim() };
}

/** The role as the backend wants it; null for another source. */
export function roleOf(form: ProfileForm): RoleView | null {
  if (form.source !== 'assume_role') return null;
  return {
    role_arn: form.roleArn.trim(),
    mfa_serial: form.mfaSerial.trim() || null,
    external_id: form.externalId.trim() || null,
    session_minutes: Number(form.minutes),
    base: form.base,
    base_profile: form.base === 'named_profile' ? form.named.trim() : null,
  };
}

/** What is wrong with the form, in the order of its fields. `existing` is the profile that is changed. */
export function checkProfile(form: ProfileForm, others: readonly ProfileView[], existing: ProfileView | null): Problem<ProfileField>[] {
  const problems: Problem<ProfileField>[] = [];
  const name = form.name.trim();
  if (name === '') problems.push({ field: 'name', text: m.settings_error_name_empty() });
  else if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) problems.push({ field: 'name', text: m.settings_error_name_format() });
  else if (existing === null && others.some((other) => other.name === name)) problems.push({ field: 'name', text: m.settings_error_name_taken() });
  if (!/^[A-Za-z0-9-]{1,32}$/.test(form.region.trim())) problems.push({ field: 'region', text: m.settings_error_region() });
  if (form.source === 'sso') problems.push(...checkSso(form));
  if (form.source === 'assume_role') problems.push(...checkRole(form));
  const base = baseOf(form);
  if (base === 'named_profile' && form.named.trim() === '') problems.push({ field: 'named', text: m.settings_error_named() });
  if (base === 'keyring') {
    const kept = keepsKeys(form, existing) && form.accessKey.trim() === '' && form.secretKey === '';
    if (!kept && form.accessKey.trim() === '') problems.push({ field: 'accessKey', text: m.settings_error_access_key() });
    if (!kept && form.secretKey.trim() === '') problems.push({ field: 'secretKey', text: m.settings_error_secret_key() });
  }
  const endpoint = form.endpoint.trim();
  if (endpoint !== '' && !isEndpoint(endpoint)) problems.push({ field: 'endpoint', text: m.settings_error_endpoint() });
  if (!isWithin(form.kmsAtOnce, 128)) problems.push({ field: 'kmsAtOnce', text: m.settings_error_kms_at_once() });
  if (!isWithin(form.kmsPerSecond, 20_000)) problems.push({ field: 'kmsPerSecond', text: m.settings_error_kms_per_second() });
  return problems;
}

/** The access keys as the backend wants them inside the sealed field; null where the stored ones stay. */
export function accessKeys(form: ProfileForm): string | null {
  if (baseOf(form) !== 'keyring' || form.accessKey.trim() === '') return null;
  const token = form.sessionToken.trim();
  return JSON.stringify({ access_key_id: form.accessKey.trim(), secret_access_key: form.secretKey.trim(), ...(token === '' ? {} : { session_token: token }) });
}

/** Whether credentials and answers would cross a network in the clear. */
export function isPlainHttp(endpoint: string): boolean {
  return /^http:\/\//i.test(endpoint.trim());
}

/** Fields of the request and those of the form that they come from. */
const REFUSED = {
  name: 'name',
  region: 'region',
  named_profile: 'named',
  base_profile: 'named',
  access_keys: 'accessKey',
  access_key_id: 'accessKey',
  secret_access_key: 'secretKey',
  endpoint: 'endpoint',
  kms_at_once: 'kmsAtOnce',
  kms_per_second: 'kmsPerSecond',
  start_url: 'startUrl',
  sso_region: 'ssoRegion',
  account_id: 'accountId',
  role_name: 'roleName',
  role_arn: 'roleArn',
  mfa_serial: 'mfaSerial',
  external_id: 'externalId',
  session_minutes: 'minutes',
} as const satisfies Record<string, ProfileField>;

/** The field that the backend refused, if that is what an error says. */
export function refusedProfile({ code, params }: WireError): Problem<ProfileField> | null {
  const fields = new Map<string, ProfileField>(Object.entries(REFUSED));
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

/** Account and role may wait until after the first login; one without the other makes no sense. */
function checkSso({ startUrl, ssoRegion, accountId, roleName }: ProfileForm): Problem<ProfileField>[] {
  const problems: Problem<ProfileField>[] = [];
  const [url, account, role] = [startUrl.trim(), accountId.trim(), roleName.trim()];
  if (!/^https:\/\/[^\s/]+/i.test(url) && !/^http:\/\/127\.0\.0\.1[:/]/.test(url)) problems.push({ field: 'startUrl', text: m.settings_error_start_url() });
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(ssoRegion.trim())) problems.push({ field: 'ssoRegion', text: m.settings_error_sso_region() });
  if (account !== '' && !/^\d{12}$/.test(account)) problems.push({ field: 'accountId', text: m.settings_error_account() });
  else if (account === '' && role !== '') problems.push({ field: 'accountId', text: m.settings_error_account_missing() });
  if (role !== '' && !/^[\w+=,.@-]{1,64}$/.test(role)) problems.push({ field: 'roleName', text: m.settings_error_role_name_format() });
  else if (role === '' && account !== '') problems.push({ field: 'roleName', text: m.settings_error_role_name() });
  return problems;
}

/** As IAM writes roles, devices and external ids (AWS STS, AssumeRole). */
function checkRole({ roleArn, mfaSerial, externalId, minutes }: ProfileForm): Problem<ProfileField>[] {
  const problems: Problem<ProfileField>[] = [];
  const [device, external] = [mfaSerial.trim(), externalId.trim()];
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/.test(roleArn.trim())) problems.push({ field: 'roleArn', text: m.settings_error_role_arn() });
  if (device !== '' && !/^[\w+=/:,.@-]{9,256}$/.test(device)) problems.push({ field: 'mfaSerial', text: m.settings_error_mfa() });
  if (external !== '' && !/^[\w+=,.@:/-]{2,1224}$/.test(external)) problems.push({ field: 'externalId', text: m.settings_error_external_id() });
  if (!isWithin(minutes, 720) || Number(minutes) < 15) problems.push({ field: 'minutes', text: m.settings_error_minutes() });
  return problems;
}

function isWithin(text: string, most: number): boolean {
  // Of what else reads as a number, like `0x10` or `1e2`, nobody means the number.
  return /^\d+$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= most;
}

function isEndpoint(text: string): boolean {
  return /^https?:\/\/[^\s/]+/i.test(text) && URL.canParse(text);
}
