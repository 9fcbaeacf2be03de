import { REMARK_CODES } from '../features/policy/codes';
import type { WireError } from '../generated/types';
import { formatDate, formatDateTime } from '../lib/format';
import { algorithmWord } from '../features/sign/algorithms';
import { m } from './index';

/** Every error code that has its own texts: `err_<code>_title` (what happened) and `err_<code>_action` (what to do). */
export const ERROR_CODES = [
  'a1_file_changed',
  'a1_password_required',
  'a1_password_wrong',
  'a1_unknown',
  'a1_unusable',
  'approval_other_profile',
  'approval_required',
  'archive_broken',
  'archive_damaged',
  'archive_encrypted',
  'archive_nested',
  'archive_too_large',
  'archive_too_many_entries',
  'archive_unsupported',
  'asn1_bad_header',
  'asn1_bad_octet_string',
  'asn1_too_deep',
  'asn1_too_large',
  'asn1_truncated',
  'asn1_unexpected',
  'aws_access_denied',
  'aws_clock_skew',
  'aws_expired_credentials',
  'aws_invalid_credentials',
  'aws_limit_exceeded',
  'aws_login_required',
  'aws_mfa_refused',
  'aws_no_credentials',
  'aws_throttled',
  'aws_unreachable',
  'batch_at_work',
  'batch_other_certificate',
  'batch_evidence_changed',
  'batch_over',
  'batch_password_needed',
  'batch_unknown',
  'batch_unreadable',
  'ca_algorithm',
  'ca_bad_authority',
  'ca_bad_signature',
  'ca_chain_broken',
  'ca_chain_empty',
  'ca_email_malformed',
  'ca_holder_mismatch',
  'ca_internal',
  'ca_key_mismatch',
  'ca_malformed_key',
  'ca_not_a_ca',
  'ca_not_active',
  'ca_not_yet_issued',
  'ca_outside_issuer_validity',
  'ca_path_length',
  'ca_unknown_authority',
  'ca_unsupported',
  'ca_wrong_answer',
  'cancelled',
  'cei_check_digits',
  'cei_malformed',
  'certificate_malformed',
  'certificate_trailing_data',
  'certificate_unknown',
  'chain_certificate_malformed',
  'cms_malformed',
  'cms_not_signed_data',
  'cms_not_time_stamp',
  'cnpj_check_digits',
  'cnpj_malformed',
  'config_unusable',
  'content_changed',
  'content_needed',
  'content_other',
  'content_wrong_digest',
  'countersign_choose',
  'countersignature_stands_alone',
  'cpf_check_digits',
  'cpf_malformed',
  'crl_malformed',
  'crl_trailing_data',
  'csr_malformed',
  'csr_trailing_data',
  'document_changed',
  'document_skipped',
  'document_too_large',
  'document_unknown',
  'document_unreadable',
  'enclosing_read_failed',
  'evidence_missing',
  'evidence_no_address',
  'evidence_none',
  'evidence_not_a_list',
  'evidence_not_the_issuer',
  'evidence_older',
  'evidence_revoked',
  'evidence_unknown',
  'file_empty',
  'folder_unknown',
  'format',
  'folder_too_deep',
  'folder_too_many',
  'heap_bad_instant',
  'heap_bad_policy',
  'heap_identifiers_masked',
  'heap_no_bytes',
  'heap_not_a_certificate',
  'heap_not_a_store',
  'heap_not_linted',
  'heap_nothing_to_export',
  'heap_object_unknown',
  'heap_one_object_only',
  'heap_too_many_bytes',
  'heap_too_many_objects',
  'identity_key_mismatch',
  'identity_not_valid',
  'identity_unknown',
  'internal',
  'invalid_field',
  'job_unknown',
  'key_already_exists',
  'key_backend_failed',
  'key_bad_reference',
  'key_bad_signature',
  'key_created_without_alias',
  'key_disabled',
  'key_in_use',
  'key_message_needed',
  'key_message_too_long',
  'key_no_certificate',
  'key_not_exportable',
  'key_not_found',
  'key_outcome_unknown',
  'key_pending_deletion',
  'key_request_refused',
  'key_seal_broken',
  'key_store_corrupt',
  'key_store_io',
  'key_store_locked',
  'key_store_passphrase_required',
  'key_store_passphrase_wrong',
  'key_unavailable',
  'key_unsupported',
  'key_wrong_algorithm',
  'key_wrong_digest',
  'key_wrong_usage',
  'level_already_there',
  'level_not_reached',
  'locked',
  'names_needed',
  'net_address',
  'net_broken',
  'net_credentials',
  'net_encoding',
  'net_private_address',
  'net_redirect',
  'net_status',
  'net_timeout',
  'net_too_large',
  'net_unreachable',
  'net_unusable',
  'nis_check_digits',
  'nis_malformed',
  'no_backend',
  'no_file_manager',
  'no_office',
  'no_randomness',
  'not_a_signature',
  'not_exportable',
  'not_permitted',
  'nothing_to_sign',
  'ocsp_malformed',
  'ocsp_trailing_data',
  'operator_last_notary',
  'operator_own_password_first',
  'operator_password_by_requester',
  'operator_password_missing',
  'operator_password_pause',
  'operator_password_wrong',
  'operator_unknown',
  'output_exists',
  'output_name_too_long',
  'output_unwritable',
  'p12_chain_broken',
  'p12_crypto',
  'p12_friendly_name',
  'p12_key',
  'p12_key_mismatch',
  'p12_limit',
  'p12_malformed',
  'p12_not_a_store',
  'p12_password_characters',
  'p12_password_empty',
  'p12_password_too_short',
  'p12_read_back',
  'p12_too_few_iterations',
  'p12_unsupported',
  'p12_wrong_password',
  'pdf_appearance_rect_invalid',
  'pdf_broken_xref',
  'pdf_certified_no_changes',
  'pdf_certified_no_new_field',
  'pdf_certify_level_invalid',
  'pdf_certify_not_first',
  'pdf_circular_form',
  'pdf_circular_page_tree',
  'pdf_circular_xref',
  'pdf_container_too_small',
  'pdf_duplicate_key',
  'pdf_encrypted',
  'pdf_evidence_invalid',
  'pdf_field_already_signed',
  'pdf_field_locked',
  'pdf_new_field_locked',
  'pdf_field_name_invalid',
  'pdf_field_name_taken',
  'pdf_field_not_editable',
  'pdf_field_not_found',
  'pdf_field_not_signature',
  'pdf_field_seed_value',
  'pdf_header_offset',
  'pdf_io',
  'pdf_limit_exceeded',
  'pdf_lock_field_not_found',
  'pdf_lock_on_existing_field',
  'pdf_malformed_encryption',
  'pdf_malformed_object',
  'pdf_no_pages',
  'pdf_no_startxref',
  'pdf_no_such_page',
  'pdf_not_pdf',
  'pdf_offset_too_large',
  'pdf_page_not_editable',
  'pdf_permission_denied',
  'pdf_placeholder_lost',
  'pdf_unexpected_type',
  'pdf_unsupported_encryption',
  'pdf_unsupported_filter',
  'pdf_weak_encryption',
  'pdf_wrong_password',
  'pem_broken',
  'pki_malformed',
  'pki_too_large',
  'pki_too_many',
  'pki_unrecognised',
  'policy_artifacts_missing',
  'policy_file',
  'policy_file_unknown',
  'policy_file_unreadable',
  'policy_list_contradiction',
  'policy_list_far',
  'policy_list_foreign',
  'policy_list_old',
  'policy_list_signature_bad',
  'policy_list_signature_foreign',
  'policy_list_signature_unknown',
  'policy_list_unsigned',
  'policy_old_hash',
  'profile_unknown',
  'registry_audit_key_missing',
  'registry_busy',
  'registry_conflict',
  'registry_corrupt',
  'registry_database',
  'registry_invalid',
  'registry_io',
  'registry_migration',
  'registry_newer_schema',
  'registry_not_found',
  'registry_not_requester',
  'registry_params_changed',
  'registry_request_state',
  'registry_same_person',
  'registry_trail_broken',
  'report_column_count',
  'report_failed',
  'report_no_title',
  'report_pdf',
  'report_row_width',
  'report_time',
  'request_malformed',
  'request_open',
  'request_unknown',
  'rotation_open',
  'rotation_state',
  'rotation_unknown',
  'sealed_field',
  'self_check_failed',
  'sign_already_there',
  'sign_format_not_fitting',
  'sign_no_pdf_inside',
  'sign_level_above_policy',
  'sign_no_policy',
  'sign_reason_and_commitment',
  'signature_broken_already',
  'signature_encoding_failed',
  'signature_not_judged',
  'signature_not_verified',
  'signed_attribute_invalid',
  'signer_certificate_malformed',
  'signer_key_mismatch',
  'signer_key_unsupported',
  'signer_wrong_algorithm',
  'signing_time_out_of_range',
  'stamp_covers',
  'stamp_empty',
  'stamp_field_unseen',
  'stamp_font',
  'stamp_image_broken',
  'stamp_image_format',
  'stamp_image_too_large',
  'stamp_no_such_page',
  'stamp_outside_page',
  'stamp_page_box',
  'stamp_qr_too_long',
  'stamp_size',
  'stamp_text_size',
  'stamp_too_much_text',
  'store_limit',
  'store_malformed',
  'store_not_a_store',
  'store_unsupported',
  'store_wrong_password_or_changed',
  'subject_characters',
  'subject_empty',
  'subject_too_long',
  'timestamp_algorithm',
  'timestamp_attribute',
  'timestamp_certificate_missing',
  'timestamp_critical_extension',
  'timestamp_malformed',
  'timestamp_no_token',
  'timestamp_other_content',
  'timestamp_purpose',
  'timestamp_rejected',
  'timestamp_signature_wrong',
  'timestamp_signers',
  'timestamp_signing_certificate',
  'timestamp_wrong_imprint',
  'timestamp_wrong_nonce',
  'timestamp_wrong_policy',
  'token_absent',
  'token_module_unusable',
  'token_pin_locked',
  'token_pin_required',
  'token_pin_wrong',
  'token_unknown',
  'too_many_signatures',
  'trust_impostor',
  'trust_known',
  'trust_not_a_ca',
  'trust_not_self_signed',
  'trust_official_root',
  'trust_root_unknown',
  'tsa_access_refused',
  'tsa_all_refused',
  'tsa_answer_broken',
  'tsa_certificate_wanted',
  'tsa_clock',
  'tsa_none',
  'tsa_offline',
  'tsa_offline_extend',
  'tsa_redirect',
  'tsa_revoked',
  'tsa_secret_missing',
  'tsa_server_untrusted',
  'tsa_status',
  'tsa_timeout',
  'tsa_too_many',
  'tsa_unknown',
  'tsa_unreachable',
  'tsa_untrusted',
  'upgrade_attribute_missing',
  'upgrade_attribute_repeated',
  'upgrade_attribute_without_value',
  'upgrade_content_too_long',
  'upgrade_has_content',
  'upgrade_malformed',
  'upgrade_no_such_signer',
  'upgrade_not_one_signer',
  'upgrade_not_signed_data',
  'upgrade_not_time_stamp',
  'upgrade_other_content',
  'upgrade_other_content_type',
  'upgrade_other_signature',
  'upgrade_read_failed',
  'upgrade_sealed_by_archive',
  'upgrade_sealed_by_other',
  'upgrade_signature_changed',
  'upgrade_stamped_ber',
  'upgrade_trailing_data',
  'upgrade_value_malformed',
  'upgrade_wrong_digest',
  'upgrade_wrong_imprint',
  'upgrade_wrong_length',
  'voter_title_check_digits',
  'voter_title_malformed',
  // What would be refused beforehand can also be what refused.
  ...REMARK_CODES,
] as const;

/** What an error says to a person. */
export interface ErrorText {
  title: string;
  action: string;
}

/** The texts of an error in the language in use; a code without texts gets a general one that names it. */
export function errorText(error: WireError): ErrorText {
  // Older records kept the code alone: which demand it was, nobody knows any more.
  if (error.code === 'pdf_field_seed_value' && !error.params['demand']) return { title: m.err_demand_unsaid(), action: m.err_demand_unsaid_help() };
  const params = paramsInWords(error);
  const title = message(`err_${error.code}_title`, params);
  const action = message(`err_${error.code}_action`, params);
  return {
    title: title ?? m.err_unknown_title({ code: error.code }),
    action: action ?? (error.retry === 'later' ? m.err_unknown_action_later() : m.err_unknown_action()),
  };
}

/** A message by a key that is only known while running; null where there is none. */
export function message(key: string, params: Record<string, string> = {}): string | null {
  const texts: Record<string, unknown> = m;
  const text = texts[key];
  if (typeof text !== 'function') return null;
  return String(text(withoutGaps(params)));
}

/** Some parameters are codes themselves; people get words. */
function paramsInWords({ code, params }: WireError): Record<string, string> {
  const word = (name: string, prefix: string): Record<string, string> => ({ ...params, [name]: message(`${prefix}_${params[name] ?? ''}`) ?? params[name] ?? '' });
  switch (code) {
    case 'invalid_field':
      return fieldInWords(params);
    case 'token_pin_required':
    case 'token_pin_wrong':
      return word('tries', 'err_reason_tries');
    case 'approval_other_profile': {
      const name = (profile = '') => message(`p12_profile_${profile}`) ?? profile;
      return { ...params, approved: name(params['approved']), asked: name(params['asked']) };
    }
    case 'rotation_state':
      return word('reason', 'err_reason_rotation');
    case 'a1_unusable':
      return word('reason', 'err_reason_a1');
    case 'registry_request_state':
      return word('state', 'requests_state');
    case 'tsa_clock': {
      const { gen_time = '', here = '' } = params;
      return { ...params, gen_time: formatDateTime(gen_time), here: formatDateTime(here) };
    }
    case 'tsa_all_refused':
      return { ...params, ...refusalsInWords(params['refusals'] ?? '') };
    case 'stamp_covers': {
      const { text = '' } = params;
      return { ...word('what', 'err_stamp_what'), covered: text === '' ? '' : m.err_stamp_covered({ text }) };
    }
    case 'evidence_missing': {
      const { subject, more: count = '0' } = params;
      // A record may have kept the code alone.
      const { what: missing = 'revocation', reason: why = 'unsaid' } = params;
      const what = message(`err_evidence_what_${missing}`) ?? missing;
      const codes = (params['refused'] ?? '').split(',').filter((each) => each !== '');
      const refused = codes.length === 0 ? m.err_evidence_refused() : codes.map((each) => message(`chainpath_${each}`) ?? each).join('; ');
      const { until = '', strangers = '' } = params;
      const key = why === 'stale' && until !== '' ? 'stale_until' : why;
      const cause = message(`err_reason_evidence_${key}`, { refused, until: until === '' ? '' : formatDateTime(until) }) ?? why;
      const reason = strangers === '' ? cause : `${m.err_evidence_strangers({ names: strangers })} ${cause}`;
      return { ...params, reason, what, subject: subject || m.err_evidence_somebody(), more: count === '0' ? '' : m.err_evidence_more({ count }) };
    }
    case 'level_not_reached':
      return word('reason', 'err_reason_level');
    case 'pdf_field_seed_value':
      return { ...params, ...demandWord(params) };
    case 'sign_format_not_fitting':
      return word('wanted', 'err_wanted');
    default:
      return code.startsWith('preflight_') ? preflightInWords(params) : params;
  }
}

/** What a field demands, by the entry of the PDF that says so and what it lists, and what helps. */
export function demandWord({ demand: entry = '', accepted = '' }: Record<string, string>): { demand: string; help: string } {
  const known = message(`err_demand_${entry}`) === null ? 'Ff' : entry;
  const demand = message(`err_demand_${known}`) ?? '';
  return { demand: accepted === '' ? demand : `${demand}: ${accepted}`, help: message(`err_demand_help_${known}`) ?? '' };
}

/** What each authority said comes as a list of names, codes and parameters; what helps with all of them is told, too. */
function refusalsInWords(refusals: string): { refusals: string; advice: string } {
  const usual = m.err_tsa_all_refused_advice();
  try {
    const each = JSON.parse(refusals) as { name: string; code: string; params: Record<string, string> }[];
    const told = each.map(({ name, code, params }) => ({ name, title: errorText({ code, params, severity: 'error', retry: 'never', detail: '' }).title, advice: message(`err_${code}_action`, params) }));
    const [advice, ...others] = new Set(told.map((own) => own.advice));
    return { refusals: told.map(({ name, title }) => `${name}: ${title}`).join('; '), advice: others.length > 0 ? usual : (advice ?? usual) };
  } catch {
    return { refusals, advice: usual };
  }
}

/** Days come as `2026-11-22`, algorithms by their exact names, and what there is none of as nothing. */
function preflightInWords(params: Record<string, string>): Record<string, string> {
  const { date, algorithm, fitting, root, ...rest } = params;
  return {
    ...rest,
    ...(date === undefined ? {} : { date: /^\d{4}-\d{2}-\d{2}$/.test(date) ? formatDate(`${date}T12:00:00Z`) : date }),
    ...(algorithm === undefined ? {} : { algorithm: algorithmWord(algorithm) }),
    ...(fitting ? { fitting } : {}),
    ...(root === undefined ? {} : { root: commonName(root) }),
  };
}

/** What a certificate is known by; the whole name where it has none. The exact one stays in the technical details. */
function commonName(name: string): string {
  const found = /(?:^|,)CN=((?:[^,\\]|\\.)+)/.exec(name)?.[1];
  return found === undefined ? name : found.replaceAll(/\\(.)/g, '$1');
}

/** Field and reason of a wrong field come as codes. */
function fieldInWords(params: Record<string, string>): Record<string, string> {
  const { field = '', reason = '' } = params;
  return { ...params, field: message(`field_${field}`) ?? field, reason: message(`invalid_${reason}`, { nome: '{nome}' }) ?? reason };
}

/** A parameter that did not come is a dash on the screen, never «undefined». */
function withoutGaps(params: Record<string, string>): Record<string, string> {
  return new Proxy(params, { get: (target, name) => (typeof name === 'string' && Object.hasOwn(target, name) ? target[name] : '–') });
}
