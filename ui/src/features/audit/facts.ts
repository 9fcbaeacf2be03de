import { identifierWord } from '../certificates/words';
import { specWord } from '../keys/words';
import { m } from '../../i18n';
import { errorText, message } from '../../i18n/errors';
import { formatWord, keyOriginWord, roleWord } from '../../i18n/words';
import { formatDate, formatDateTime } from '../../lib/format';
import type { KeyOriginView, SignFormat } from '../../generated/types';
import { problemWord } from './words';

type Say = (value: string) => string;

/** A code with words under one of these prefixes; one without stays as it is. */
const coded =
  (...prefixes: string[]): Say =>
  (value) =>
    prefixes.map((prefix) => message(`${prefix}_${value}`)).find((word) => word !== null) ?? value;

const yesOrNo: Say = (value) => (value === 'yes' ? m.audit_yes() : value === 'no' ? m.audit_no() : value);

const whatHappened: Say = (code) => errorText({ code, params: {}, severity: 'error', retry: 'never', detail: '' }).title;

/** Notes of the form `name (code)`, which `; ` separates; a name may have brackets of its own. */
const notes =
  (say: (name: string, code: string) => string): Say =>
  (value) =>
    value
      .split(/(?<=\)); /)
      .map((note) => {
        const [, name, code] = /^(.*) \(([a-z0-9_]+)\)$/.exec(note) ?? [];
        return name === undefined || code === undefined ? note : say(name, code);
      })
      .join('; ');

const policyList: Say = (value) => {
  const [, stale, day] = /^(stale )?(\d{4}-\d{2}-\d{2})$/.exec(value) ?? [];
  if (day === undefined) return coded('audit_lpa')(value);
  const date = formatDate(`${day}T12:00:00Z`);
  return stale === undefined ? date : m.audit_lpa_stale({ date });
};

const ORIGINS: Record<string, KeyOriginView> = { local: 'local', aws: 'aws_kms', token: 'token' };
const FORMATS = new Set<string>(['pades', 'cades-detached', 'cades-enveloping', 'raw'] satisfies SignFormat[]);

/** How the values of facts are said that are codes, dates or notes. */
const SAID: Record<string, Say> = {
  access_keys: coded('audit_access_keys'),
  again: coded('audit_again'),
  auth: coded('audit_auth'),
  authorities_passed_over: notes((name, code) => `${name}: ${whatHappened(code)}`),
  certificate_source: coded('rotation_value'),
  change: coded('audit_change'),
  deletion_at: formatDateTime,
  error: whatHappened,
  evidence: notes((name, code) => `${name} (${coded('evidence_kind')(code)})`),
  evidence_until: formatDateTime,
  export: coded('rotation_value'),
  format: (value) => (FORMATS.has(value) ? formatWord(value as SignFormat) : value.toUpperCase()),
  gen_time: formatDateTime,
  key_spec: specWord,
  kind: coded('requests_kind', 'evidence_kind', 'audit_kind'),
  kinds: (value) =>
    value
      .split(',')
      .map((kind) => identifierWord({ kind }))
      .join(', '),
  level: (value) => value.toUpperCase(),
  level_reached: (value) => value.toUpperCase(),
  lowered: whatHappened,
  lpa: policyList,
  method: coded('audit_method'),
  new_key: coded('rotation_value'),
  not_after: formatDateTime,
  old_key_state: coded('rotation_value'),
  p12_profile: coded('p12_profile'),
  period_days: coded('audit_period'),
  place: (value) => (ORIGINS[value] === undefined ? value : keyOriginWord(ORIGINS[value])),
  problems: trailProblems,
  report: (value) => value.toUpperCase(),
  request: coded('audit_request'),
  result: coded('audit_result'),
  role: roleWord,
  role_before: roleWord,
  root: coded('audit_root'),
  setting: coded('audit_setting'),
  source: coded('audit_source'),
  spec: specWord,
  stamp_may_cover: yesOrNo,
  step: coded('rotation_step'),
  time_stamps: (value) => value.split(' ').map((instant) => formatDateTime(instant)).join(', '),
  trail_problem: trailProblems,
  undo: yesOrNo,
  unproven: notes((name, code) => message(`unproven_${code}`, { name }) ?? m.unproven_no_evidence({ name })),
  until: formatDateTime,
};

/** Facts that are shown as they were written down: names, numbers, addresses, hashes, reasons. Yes and no are words everywhere. */
const PLAIN =
  'active alias approved_by attempt attempts audit_seq authorities authority authority_seconds_ahead batch begun_by certificates count creation_token days decision_reason documents ended_early endpoint evidence_added evidence_files evidence_sha256 exportable failed file file_sha256 files from identity intermediates_added issuer key_max_age_days key_uses kms_limits label left lists module module_sha256 multi_region name new new_key_id not_ades objects old_key_id old_public_key_sha256 operator operator_name output output_sha256 params_sha256 password_kept password_set_by policy problem_count process profile public_key_sha256 put reason records refused region remove report_sha256 request_sha256 requested_by roots_added rotation sha256 subject tags template time_stamps_thrown_away title to to_name token unchanged unseen_reason url use_fips valid value_of'.split(
    ' ',
  );

/** Whether somebody thought about how the values of a fact are said. */
export function isSaid(name: string): boolean {
  return name in SAID || PLAIN.includes(name);
}

/** The value of a further fact: codes become words and moments dates, the rest stays. */
export function factValue(name: string, value: string): string {
  if (value === 'true') return m.audit_yes();
  if (value === 'false') return m.audit_no();
  if (value === '') return '–';
  return SAID[name]?.(value) ?? value;
}

/** The name of a further fact. The same one had two meanings in older records. */
export function factWord(name: string, value: string): string {
  const own = name === 'evidence' && /^[0-9a-f]{64}$/.test(value) ? 'evidence_sha256' : name;
  return message(`audit_fact_${own}`) ?? own.replaceAll('_', ' ');
}

/** Problems of a trail as the registry writes them: `changed at 7: detail`. */
function trailProblems(value: string): string {
  return value
    .split('; ')
    .map((problem) => {
      const [, kind, seq] = /^([a-z_]+)(?: at (\d+)(?: to \d+)?)?: /.exec(problem) ?? [];
      return kind === undefined || message(`audit_problem_${kind}`) === null ? problem : problemWord({ kind, seq: Number(seq ?? 0), detail: '' });
    })
    .join(' ');
}
