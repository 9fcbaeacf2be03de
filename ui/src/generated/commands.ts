// Generated from src-tauri/crates/office. Do not edit: cargo xtask generate rewrites it.

import type * as t from './types';

export interface Commands {
  app_state: { request: t.Empty; response: t.AppState };
  demo_start: { request: t.Empty; response: t.AppState };
  inspection_start: { request: t.Empty; response: t.AppState };
  production_start: { request: t.ProductionStart; response: t.AppState };
  session_leave: { request: t.Empty; response: t.AppState };
  preferences_save: { request: t.Preferences; response: t.AppState };
  notices_dismiss: { request: t.Empty; response: t.AppState };
  secret_channel: { request: t.Empty; response: t.SecretChannel };
  documents_pick: { request: t.PickRequest; response: Array<t.DocumentInfo> };
  documents_samples: { request: t.Empty; response: Array<t.DocumentInfo> };
  document_forget: { request: t.DocumentRef; response: t.Empty };
  document_reveal: { request: t.DocumentRef; response: t.Empty };
  document_bytes: { request: t.DocumentRef; response: ArrayBuffer };
  identities_list: { request: t.Empty; response: Array<t.IdentitySummary> };
  identity_create: { request: t.IdentityCreate; response: t.IdentitySummary };
  output_folder_pick: { request: t.Empty; response: t.OutputFolder | null };
  sign_preview: { request: t.SignRequest; response: t.SignPreview };
  sign_start: { request: t.SignRequest; response: t.JobSnapshot };
  job_get: { request: t.JobRef; response: t.JobSnapshot };
  job_cancel: { request: t.JobRef; response: t.JobSnapshot };
  verify: { request: t.VerifyRequest; response: t.VerifyReport };
  certificates_list: { request: t.Empty; response: Array<t.CertificateSummary> };
  certificates_open: { request: t.CertificateSource; response: t.CertificateBundle };
  identifier_reveal: { request: t.CertificateFingerprint; response: t.RevealedIdentifiers };
  certificate_save: { request: t.CertificateSave; response: t.SaveResult };
  subscriber_issue: { request: t.SubscriberIssue; response: t.CertificateSummary };
  p12_export: { request: t.P12Export; response: t.SaveResult };
  keys_list: { request: t.Empty; response: Array<t.KeySummary> };
  key_describe: { request: t.KeyQuery; response: t.KeyDetail };
  key_create: { request: t.KeyCreate; response: t.KeySummary };
  profiles_list: { request: t.Empty; response: Array<t.ProfileView> };
  profile_save: { request: t.ProfileInput; response: Array<t.ProfileView> };
  profile_remove: { request: t.ProfileName; response: Array<t.ProfileView> };
  profile_test: { request: t.ProfileName; response: t.CallerIdentityView };
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
  'preferences_save',
  'notices_dismiss',
  'secret_channel',
  'documents_pick',
  'documents_samples',
  'document_forget',
  'document_reveal',
  'document_bytes',
  'identities_list',
  'identity_create',
  'output_folder_pick',
  'sign_preview',
  'sign_start',
  'job_get',
  'job_cancel',
  'verify',
  'certificates_list',
  'certificates_open',
  'identifier_reveal',
  'certificate_save',
  'subscriber_issue',
  'p12_export',
  'keys_list',
  'key_describe',
  'key_create',
  'profiles_list',
  'profile_save',
  'profile_remove',
  'profile_test',
  'audit_list',
  'audit_verify',
  'audit_reseal',
] as const satisfies readonly (keyof Commands)[];
