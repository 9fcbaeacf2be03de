import type { P12Protection, RequestView } from '$ui/generated/types';
import { m } from '$ui/i18n';
import { message } from '$ui/i18n/errors';
import { isPlainAscii } from './password';

/** How a file can be protected, the one to propose first. */
export const PROFILES: readonly P12Protection[] = ['modern', 'compatible', 'pbmac1'];

/** What to know before a file is written: the codes and the rule of the backend's writer. */
export type ExportWarning = 'export_non_ascii_password' | 'export_not_old_windows' | 'export_old_cryptography' | 'export_few_programs';

const OF_PROFILE: Record<P12Protection, ExportWarning> = {
  modern: 'export_not_old_windows',
  compatible: 'export_old_cryptography',
  pbmac1: 'export_few_programs',
};

/** What to know of a file with this protection and password. The password does not leave the page for it. */
export function warningsOf(profile: P12Protection, password: string): ExportWarning[] {
  return isPlainAscii(password) ? [OF_PROFILE[profile]] : ['export_non_ascii_password', OF_PROFILE[profile]];
}

/** A warning in a sentence. */
export function warningWord(warning: ExportWarning): string {
  return message(`p12_warning_${warning}`) ?? warning;
}

/** A protection by its name. */
export function profileWord(profile: P12Protection): string {
  const words: Record<P12Protection, () => string> = { modern: m.p12_profile_modern, compatible: m.p12_profile_compatible, pbmac1: m.p12_profile_pbmac1 };
  return words[profile]();
}

/** What opens a file with a protection, and what it risks: one sentence. */
export function profileAbout(profile: P12Protection): string {
  const words: Record<P12Protection, () => string> = { modern: m.p12_profile_about_modern, compatible: m.p12_profile_about_compatible, pbmac1: m.p12_profile_about_pbmac1 };
  return words[profile]();
}

/** What the file will be, in technical terms. */
export function fileFacts(profile: P12Protection): { cipher: string; mac: string; opens: string } {
  const facts: Record<P12Protection, { cipher: () => string; mac: string; opens: () => string }> = {
    modern: { cipher: m.p12_file_cipher_value, mac: 'HMAC-SHA-256', opens: m.p12_file_opens_value },
    compatible: { cipher: m.p12_cipher_tdes, mac: 'HMAC-SHA-1', opens: m.p12_opens_compatible },
    pbmac1: { cipher: m.p12_file_cipher_value, mac: 'PBMAC1, HMAC-SHA-256', opens: m.p12_opens_pbmac1 },
  };
  const { cipher, mac, opens } = facts[profile];
  return { cipher: cipher(), mac, opens: opens() };
}

/** The protection that was approved for a certificate's file, if any was. */
export function approvedProfile(requests: readonly RequestView[] | null, sha256: string): P12Protection | null {
  for (const { state, what } of requests ?? []) {
    if (state === 'approved' && what.kind === 'p12_export' && what.certificate_sha256 === sha256) return what.profile;
  }
  return null;
}
