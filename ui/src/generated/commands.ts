// Generated from src-tauri/crates/office. Do not edit: cargo xtask generate rewrites it.

import type * as t from './types';

export interface Commands {
  app_state: { request: t.Empty; response: t.AppState };
  demo_start: { request: t.Empty; response: t.AppState };
  inspection_start: { request: t.Empty; response: t.AppState };
  production_start: { request: t.ProductionStart; response: t.AppState };
  session_leave: { request: t.Empty; response: t.AppState };
  session_lock: { request: t.Empty; response: t.AppState };
  preferences_save: { request: t.Preferences; response: t.AppState };
  notices_dismiss: { request: t.Empty; response: t.AppState };
  secret_channel: { request: t.Empty; response: t.SecretChannel };
  documents_pick: { request: t.PickRequest; response: Array<t.DocumentInfo> };
  documents_samples: { request: t.Empty; response: Array<t.DocumentInfo> };
  documents_pick_folder: { request: t.Empty; response: t.FolderDocuments };
  documents_drop_for: { request: t.PickRequest; response: t.Empty };
  document_unlock: { request: t.DocumentUnlock; response: t.DocumentInfo };
  document_fields: { request: t.DocumentRef; response: Array<t.FieldView> };
  document_forget: { request: t.DocumentRef; response: t.Empty };
  document_reveal: { request: t.DocumentRef; response: t.Empty };
  document_bytes: { request: t.DocumentRef; response: ArrayBuffer };
  identities_list: { request: t.Empty; response: Array<t.IdentitySummary> };
  identity_create: { request: t.IdentityCreate; response: t.IdentitySummary };
  output_folder_pick: { request: t.Empty; response: t.OutputFolder | null };
  sign_preview: { request: t.SignRequest; response: t.SignPreview };
  sign_start: { request: t.SignRequest; response: t.JobSnapshot };
  jobs_list: { request: t.Empty; response: Array<t.JobView> };
  job_get: { request: t.JobRef; response: t.JobSnapshot };
  job_cancel: { request: t.JobRef; response: t.JobSnapshot };
  job_pause: { request: t.JobRef; response: t.JobSnapshot };
  job_resume: { request: t.JobRef; response: t.JobSnapshot };
  job_skip: { request: t.JobSkip; response: t.JobSnapshot };
  extend_start: { request: t.ExtendRequest; response: t.JobSnapshot };
  batches_interrupted: { request: t.Empty; response: Array<t.BatchView> };
  batches_latest: { request: t.Empty; response: Array<t.BatchView> };
  batch_documents: { request: t.BatchRef; response: Array<t.JobItem> };
  batch_resume: { request: t.BatchRef; response: t.JobSnapshot };
  batch_abandon: { request: t.BatchAbandon; response: Array<t.BatchView> };
  batch_list_save: { request: t.BatchListSource; response: t.SaveResult };
  tsa_list: { request: t.Empty; response: Array<t.TsaView> };
  tsa_save: { request: t.TsaInput; response: Array<t.TsaView> };
  tsa_remove: { request: t.TsaRef; response: Array<t.TsaView> };
  tsa_test: { request: t.TsaRef; response: t.TsaProbe };
  policy_desk: { request: t.Empty; response: t.PolicyDesk };
  policy_import: { request: t.Empty; response: t.PolicyDesk };
  stamp_templates: { request: t.Empty; response: Array<t.StampTemplate> };
  stamp_template_save: { request: t.StampTemplate; response: Array<t.StampTemplate> };
  stamp_template_remove: { request: t.StampTemplateRef; response: Array<t.StampTemplate> };
  stamp_image_pick: { request: t.Empty; response: t.StampImage | null };
  stamp_preview: { request: t.StampPreviewRequest; response: t.StampPreview };
  stamp_check: { request: t.StampCheck; response: t.StampCovers };
  verify: { request: t.VerifyRequest; response: t.VerifyReport };
  certificates_list: { request: t.Empty; response: Array<t.CertificateSummary> };
  certificates_open: { request: t.CertificateSource; response: t.CertificateBundle };
  identifier_reveal: { request: t.CertificateFingerprint; response: t.RevealedIdentifiers };
  certificate_save: { request: t.CertificateSave; response: t.SaveResult };
  subscriber_issue: { request: t.SubscriberIssue; response: t.CertificateSummary };
  p12_export: { request: t.P12Export; response: t.SaveResult };
  heap_view: { request: t.Empty; response: t.HeapView };
  heap_open: { request: t.Empty; response: t.HeapView };
  heap_add: { request: t.HeapAdd; response: t.HeapView };
  heap_bring: { request: t.HeapBring; response: t.HeapView };
  heap_paste: { request: t.HeapPaste; response: t.HeapView };
  heap_remove: { request: t.HeapIds; response: t.HeapView };
  heap_clear: { request: t.Empty; response: t.HeapView };
  heap_unlock: { request: t.HeapUnlock; response: t.HeapView };
  heap_detail: { request: t.HeapRef; response: t.HeapDetail };
  heap_asn1: { request: t.HeapRef; response: t.Asn1View };
  heap_bytes: { request: t.HeapRef; response: ArrayBuffer };
  heap_lint: { request: t.HeapRef; response: Array<t.LintFinding> };
  heap_validate: { request: t.HeapValidate; response: t.ChainReview };
  heap_compare: { request: t.HeapPair; response: t.Comparison };
  heap_copy: { request: t.HeapExport; response: t.HeapText };
  heap_export: { request: t.HeapExport; response: t.SaveResult };
  heap_report: { request: t.HeapReport; response: t.SaveResult };
  trust_view: { request: t.Empty; response: t.TrustView };
  trust_import: { request: t.Empty; response: t.TrustImport | null };
  trust_keep: { request: t.HeapIds; response: t.TrustImport };
  trust_anchor_apply: { request: t.RequestRef; response: t.TrustView };
  evidence_refresh: { request: t.EvidenceRefresh; response: t.EvidenceFetch };
  evidence_forget: { request: t.EvidenceRef; response: t.TrustView };
  expiry_list: { request: t.ExpiryQuery; response: t.ExpiryView };
  expiry_export: { request: t.ExpiryExport; response: t.SaveResult };
  search: { request: t.SearchQuery; response: t.SearchResults };
  keys_list: { request: t.Empty; response: t.KeyList };
  key_describe: { request: t.KeyQuery; response: t.KeyDetail };
  key_create: { request: t.KeyCreate; response: t.KeySummary };
  key_alias_put: { request: t.KeyAlias; response: t.KeyDetail };
  key_alias_remove: { request: t.KeyAlias; response: t.KeyDetail };
  key_tags_change: { request: t.KeyTagsChange; response: t.KeyDetail };
  key_description_set: { request: t.KeyDescribe; response: t.KeyDetail };
  key_enable: { request: t.KeyEnable; response: t.KeyDetail };
  key_deletion_schedule: { request: t.KeyDeletion; response: t.KeyDetail };
  key_deletion_cancel: { request: t.KeyQuery; response: t.KeyDetail };
  key_public_save: { request: t.PublicKeySave; response: t.SaveResult };
  automatic_rotation_set: { request: t.AutomaticRotationSet; response: t.KeyDetail };
  key_rotate_now: { request: t.KeyQuery; response: t.KeyDetail };
  key_age_rule_save: { request: t.KeyAgeRule; response: t.KeyAgeRule };
  key_unlock_state: { request: t.KeyQuery; response: t.KeyUnlockState };
  key_unlock: { request: t.KeyUnlock; response: t.KeyUnlockState };
  key_lock: { request: t.KeyQuery; response: t.KeyUnlockState };
  files_sign: { request: t.FileSign; response: t.FileSignResult };
  file_verify: { request: t.FileVerify; response: t.FileVerifyReport };
  tokens_list: { request: t.Empty; response: t.TokenDesk };
  token_module_add: { request: t.TokenModuleAdd; response: t.TokenDesk };
  token_module_remove: { request: t.TokenModuleRef; response: t.TokenDesk };
  token_content: { request: t.TokenRef; response: t.TokenContent };
  token_login: { request: t.TokenLogin; response: t.TokenContent };
  token_logout: { request: t.TokenRef; response: t.TokenContent };
  identity_adopt: { request: t.IdentityAdopt; response: t.IdentitySummary };
  a1_list: { request: t.Empty; response: Array<t.A1View> };
  a1_add: { request: t.A1Add; response: t.IdentitySummary };
  a1_remove: { request: t.A1Ref; response: Array<t.A1View> };
  a1_password_forget: { request: t.A1Ref; response: Array<t.A1View> };
  operators_list: { request: t.Empty; response: Array<t.OperatorCard> };
  operator_add: { request: t.OperatorAdd; response: Array<t.OperatorCard> };
  operator_change: { request: t.OperatorChange; response: Array<t.OperatorCard> };
  operator_password: { request: t.OperatorPassword; response: Array<t.OperatorCard> };
  operator_switch: { request: t.OperatorSwitch; response: t.AppState };
  requests_list: { request: t.RequestQuery; response: Array<t.RequestView> };
  request_make: { request: t.RequestMake; response: t.RequestView };
  request_decide: { request: t.RequestDecide; response: t.RequestView };
  request_withdraw: { request: t.RequestRef; response: t.RequestView };
  rotations_list: { request: t.RotationQuery; response: Array<t.RotationView> };
  rotation_get: { request: t.RotationRef; response: t.RotationView };
  rotation_start: { request: t.RotationStart; response: t.RotationView };
  rotation_advance: { request: t.RotationAdvance; response: t.RotationView };
  rotation_undo: { request: t.RotationUndo; response: t.RotationView };
  rotation_request_save: { request: t.RotationRef; response: t.SaveResult };
  rotation_certificate_bring: { request: t.RotationBring; response: t.RotationView };
  rotation_deletion_cancel: { request: t.RotationRef; response: t.RotationView };
  rotation_report_save: { request: t.RotationReport; response: t.SaveResult };
  profiles_list: { request: t.Empty; response: Array<t.ProfileView> };
  profile_save: { request: t.ProfileInput; response: Array<t.ProfileView> };
  profile_remove: { request: t.ProfileName; response: Array<t.ProfileView> };
  profile_test: { request: t.ProfileName; response: t.CallerIdentityView };
  aws_login_start: { request: t.ProfileName; response: t.DeviceLoginView };
  aws_login_poll: { request: t.LoginPoll; response: t.LoginProgressView };
  aws_login_mfa: { request: t.MfaLogin; response: t.CredentialStatusView };
  aws_logout: { request: t.ProfileName; response: Array<t.ProfileView> };
  sso_accounts: { request: t.ProfileName; response: Array<t.SsoAccountView> };
  audit_list: { request: t.AuditQuery; response: t.AuditPage };
  audit_verify: { request: t.Empty; response: t.TrailView };
  audit_reseal: { request: t.AuditReseal; response: t.TrailView };
}

export const COMMANDS = [
  'app_state',
  'demo_start',
  'inspection_start',
  'production_start',
  'session_leave',
  'session_lock',
  'preferences_save',
  'notices_dismiss',
  'secret_channel',
  'documents_pick',
  'documents_samples',
  'documents_pick_folder',
  'documents_drop_for',
  'document_unlock',
  'document_fields',
  'document_forget',
  'document_reveal',
  'document_bytes',
  'identities_list',
  'identity_create',
  'output_folder_pick',
  'sign_preview',
  'sign_start',
  'jobs_list',
  'job_get',
  'job_cancel',
  'job_pause',
  'job_resume',
  'job_skip',
  'extend_start',
  'batches_interrupted',
  'batches_latest',
  'batch_documents',
  'batch_resume',
  'batch_abandon',
  'batch_list_save',
  'tsa_list',
  'tsa_save',
  'tsa_remove',
  'tsa_test',
  'policy_desk',
  'policy_import',
  'stamp_templates',
  'stamp_template_save',
  'stamp_template_remove',
  'stamp_image_pick',
  'stamp_preview',
  'stamp_check',
  'verify',
  'certificates_list',
  'certificates_open',
  'identifier_reveal',
  'certificate_save',
  'subscriber_issue',
  'p12_export',
  'heap_view',
  'heap_open',
  'heap_add',
  'heap_bring',
  'heap_paste',
  'heap_remove',
  'heap_clear',
  'heap_unlock',
  'heap_detail',
  'heap_asn1',
  'heap_bytes',
  'heap_lint',
  'heap_validate',
  'heap_compare',
  'heap_copy',
  'heap_export',
  'heap_report',
  'trust_view',
  'trust_import',
  'trust_keep',
  'trust_anchor_apply',
  'evidence_refresh',
  'evidence_forget',
  'expiry_list',
  'expiry_export',
  'search',
  'keys_list',
  'key_describe',
  'key_create',
  'key_alias_put',
  'key_alias_remove',
  'key_tags_change',
  'key_description_set',
  'key_enable',
  'key_deletion_schedule',
  'key_deletion_cancel',
  'key_public_save',
  'automatic_rotation_set',
  'key_rotate_now',
  'key_age_rule_save',
  'key_unlock_state',
  'key_unlock',
  'key_lock',
  'files_sign',
  'file_verify',
  'tokens_list',
  'token_module_add',
  'token_module_remove',
  'token_content',
  'token_login',
  'token_logout',
  'identity_adopt',
  'a1_list',
  'a1_add',
  'a1_remove',
  'a1_password_forget',
  'operators_list',
  'operator_add',
  'operator_change',
  'operator_password',
  'operator_switch',
  'requests_list',
  'request_make',
  'request_decide',
  'request_withdraw',
  'rotations_list',
  'rotation_get',
  'rotation_start',
  'rotation_advance',
  'rotation_undo',
  'rotation_request_save',
  'rotation_certificate_bring',
  'rotation_deletion_cancel',
  'rotation_report_save',
  'profiles_list',
  'profile_save',
  'profile_remove',
  'profile_test',
  'aws_login_start',
  'aws_login_poll',
  'aws_login_mfa',
  'aws_logout',
  'sso_accounts',
  'audit_list',
  'audit_verify',
  'audit_reseal',
] as const satisfies readonly (keyof Commands)[];
