import type { LockChoice, OnError, PolicyChoice, SignLevel, SignProfile } from '../../generated/types';

/** What a batch does after an error, as the backend does it when nothing is said. */
export const USUAL_ON_ERROR: OnError = { document: 'go_on', service: 'pause', key: 'pause', output: 'pause' };

/** The simple path: what the file is, B-B, invisible, no policy. */
export function simpleProfile(): SignProfile {
  return {
    format: 'automatic',
    level: 'b-b',
    policy: 'none',
    accept_lower_level: false,
    offline: false,
    role: 'sign',
    certify: null,
    field: null,
    stamp: null,
    commitment: null,
    mime_type: null,
    content_hint: null,
    signer_location: null,
    output_pattern: null,
    on_error: { ...USUAL_ON_ERROR },
  };
}

/** The level that a policy brings with it. */
export const POLICY_LEVEL: Record<PolicyChoice, SignLevel> = { none: 'b-b', 'ad-rb': 'b-b', 'ad-rt': 'b-t', 'ad-rv': 'b-t', 'ad-rc': 'b-lt', 'ad-ra': 'b-lta' };

/** Whether a signature has neither level nor policy to choose. */
export function isPlain({ format, role }: Pick<SignProfile, 'format' | 'role'>): boolean {
  return format === 'raw' || role === 'countersign';
}

/** The level that a profile asks for. */
export function askedLevel(profile: SignProfile): SignLevel {
  if (isPlain(profile)) return 'b-b';
  return profile.policy === 'none' ? profile.level : POLICY_LEVEL[profile.policy];
}

/** Whether a lower level is taken where the wished one is not to be had. A policy has none below it: its signature is that or nothing. */
export function acceptsLower(profile: SignProfile): boolean {
  return profile.accept_lower_level && profile.policy === 'none' && !isPlain(profile);
}

/** What of a profile makes sense together; empty words are none. */
export function cleaned(profile: SignProfile): SignProfile {
  const plain = isPlain(profile);
  const pdf = profile.format === 'automatic' || profile.format === 'pades';
  const location = profile.signer_location;
  const places = { country: said(location?.country)?.toUpperCase() ?? null, locality: said(location?.locality), postal_address: (location?.postal_address ?? []).map((line) => line.trim()).filter((line) => line !== '') };
  const { lock: _, ...rest } = profile;
  return {
    ...rest,
    level: plain || profile.policy !== 'none' ? 'b-b' : profile.level,
    policy: plain ? 'none' : profile.policy,
    accept_lower_level: acceptsLower(profile),
    certify: pdf ? profile.certify : null,
    field: pdf ? profile.field : null,
    stamp: pdf ? profile.stamp : null,
    ...lockOf(profile, pdf),
    mime_type: said(profile.mime_type),
    content_hint: said(profile.content_hint),
    signer_location: places.country !== null || places.locality !== null || places.postal_address.length > 0 ? places : null,
    output_pattern: said(profile.output_pattern),
  };
}

/** Whether somebody left the simple path. */
export function isSimple(profile: SignProfile): boolean {
  return JSON.stringify(cleaned(profile)) === JSON.stringify(simpleProfile());
}

/** Whether a text is a MIME type, as far as its form goes. */
export function isMimeType(text: string): boolean {
  return text.trim() === '' || /^[a-z0-9][\w!#$&^.+-]*\/[a-z0-9][\w!#$&^.+-]*$/i.test(text.trim());
}

/** Whether a text is the pattern of a file name. */
export function isPattern(text: string): boolean {
  return text.trim() === '' || (text.includes('{nome}') && !/[\\/:*?"<>|]/.test(text));
}

/** Whether a text is a country's two letters. */
export function isCountry(text: string): boolean {
  return text.trim() === '' || /^[a-z]{2}$/i.test(text.trim());
}

/** Whether every field that is written by hand has a form that the backend takes. */
export function wellFormed(profile: SignProfile): boolean {
  const { mime_type, output_pattern, signer_location } = profile;
  const { lock } = lockOf(profile, profile.format === 'pades' || profile.format === 'automatic');
  return (!lock || namesFields(lock)) && isMimeType(mime_type ?? '') && isPattern(output_pattern ?? '') && isCountry(signer_location?.country ?? '');
}

/** Whether a lock says which fields it is for. */
export function namesFields({ which, fields }: LockChoice): boolean {
  return which === 'all' || fields.some((name) => name.trim() !== '');
}

/** What is locked, where the signature has a field of its own; names without blanks around them. */
function lockOf({ lock, field }: SignProfile, pdf: boolean): Pick<SignProfile, 'lock'> {
  if (!lock || !pdf || field !== null) return {};
  const fields = lock.which === 'all' ? [] : lock.fields.map((name) => name.trim()).filter((name) => name !== '');
  return { lock: { which: lock.which, fields } };
}

function said(text: string | null | undefined): string | null {
  return text === null || text === undefined || text.trim() === '' ? null : text.trim();
}
