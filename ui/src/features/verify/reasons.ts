/** The four lines of a verdict. */
export type Axis = 'integrity' | 'authenticity' | 'policy' | 'later';

/** Every reason code that has a text (`reason_<code>`), by the line that it belongs to. */
const REASONS: Record<Axis, string[]> = {
  integrity: [
    'content_changed',
    'signature_mismatch',
    'message_digest_missing',
    'content_type_mismatch',
    'attributes_missing',
    'algorithms_exchanged',
    'other_certificate',
    'malformed_attributes',
    'weak_algorithm',
    'unknown_algorithm',
    'certificate_missing',
    'unsupported_key',
    'unchecked_reference',
    'content_missing',
    'signature_dictionary_unreadable',
    'byte_range_missing',
    'byte_range_not_two_parts',
    'byte_range_bad_number',
    'byte_range_not_from_start',
    'byte_range_overlap',
    'byte_range_outside_file',
    'byte_range_invalid',
    'signature_contents_missing',
    'signature_contents_not_hex',
    'byte_range_gap_not_contents',
    'signature_entry_repeated',
    'signature_not_in_its_revision',
    'cms_malformed',
    'cms_not_signed_data',
    'cms_not_time_stamp',
    'time_stamp_other_content',
    'time_stamp_not_checked',
  ],
  authenticity: [
    'untrusted_root',
    'issuer_missing',
    'path_too_long',
    'path_search_truncated',
    'no_certificate_chain_found',
    'not_yet_valid',
    'expired',
    'signature_wrong',
    'signature_not_checkable',
    'not_a_ca',
    'key_cert_sign_missing',
    'path_length_exceeded',
    'unknown_critical_extension',
    'malformed_extension',
    'constraint_not_checked',
    'name_mismatch',
    'weak_signature',
    'weak_key',
    'signer_not_for_signing',
    'purpose_not_allowed',
    'revoked',
    'on_hold',
    'revoked_later',
    'revocation_stale',
    'no_revocation_evidence',
    'revocation_unknown',
    'time_stamp_impossible_time',
  ],
  policy: ['signing_certificate_absent', 'policy_unknown'],
  later: ['later_revisions_not_judged', 'later_change_not_allowed', 'content_outside_signature', 'padding_used'],
};

/** Which line a reason explains. */
export const AXIS_OF_REASON: Record<string, Axis> = Object.fromEntries(
  (Object.entries(REASONS) as [Axis, string[]][]).flatMap(([axis, codes]) => codes.map((code) => [code, axis])),
);

/** Every reason code that has a text. */
export const REASON_CODES: readonly string[] = Object.values(REASONS).flat();
