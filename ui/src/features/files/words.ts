import type { FileVerifyReport } from '$ui/generated/types';
import { m } from '$ui/i18n';

/** The verdict on a bare signature: a headline and what it means. */
export function verifyWords({ valid, reason, known_key }: Pick<FileVerifyReport, 'valid' | 'reason' | 'known_key'>): { state: 'ok' | 'warn' | 'bad'; title: string; text: string } {
  if (valid) {
    return known_key ? { state: 'ok', title: m.files_valid(), text: m.files_valid_known() } : { state: 'warn', title: m.files_valid_unknown_title(), text: m.files_valid_unknown() };
  }
  switch (reason) {
    case 'digest_differs':
      return { state: 'bad', title: m.files_digest_differs(), text: m.files_digest_differs_text() };
    case 'key_differs':
      return { state: 'bad', title: m.files_key_differs(), text: m.files_key_differs_text() };
    case 'receipt_contradicts':
      return { state: 'bad', title: m.files_contradicts(), text: m.files_contradicts_text() };
    default:
      return { state: 'bad', title: m.files_signature_wrong(), text: m.files_signature_wrong_text() };
  }
}

/** Whether a file can be a bare signature value, which says nothing of its key. */
export function isBareValue(name: string): boolean {
  return !/\.json$/i.test(name);
}
