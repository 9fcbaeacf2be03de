import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json';
import ptBR from '../../messages/pt-BR.json';
import { REASON_CODES } from '../features/verify/reasons';
import type { WireError } from '../generated/types';
import { ERROR_CODES, errorText } from './errors';
import { useLocale } from './index';

const CRATES = '../src-tauri/crates';
/** What authors of forms may demand. */
const SEEDS = `${CRATES}/ades/src/create/pades/seed.rs`;

const wire = (code: string, params: Record<string, string> = {}, retry: WireError['retry'] = 'never'): WireError => ({ code, params, severity: 'error', retry, detail: '' });

describe('error table', () => {
  it.each([
    ['pt-BR', ptBR as Record<string, string>],
    ['en', en as Record<string, string>],
  ])('says what happened and what to do for every code, in %s', (_, texts) => {
    for (const code of ERROR_CODES) {
      expect(texts[`err_${code}_title`], code).toBeTruthy();
      expect(texts[`err_${code}_action`], code).toBeTruthy();
      expect(texts[`err_${code}_action`], `${code}: the action is a sentence`).toMatch(/[.?!]$/);
    }
    for (const code of REASON_CODES) expect(texts[`reason_${code}`], code).toBeTruthy();
  });

  it('holds no text that no code reaches', () => {
    const known = new Set<string>([...ERROR_CODES, 'unknown']);
    const texts = Object.keys(ptBR)
      .map((key) => /^err_(.+)_title$/.exec(key)?.[1])
      .filter((code) => code !== undefined);
    expect(texts.filter((code) => !known.has(code))).toEqual([]);
  });

  it('puts the parameters in, and a dash where one did not come', () => {
    useLocale('pt-BR');
    expect(errorText(wire('output_exists', { name: 'ata.pdf' })).title).toBe('ata.pdf já existe');
    expect(errorText(wire('output_exists')).title).toBe('– já existe');
    expect(errorText(wire('invalid_field', { field: 'office_name', reason: 'too_long' })).title).toBe('Nome do cartório: é longo demais');
  });

  it('has words for parameters that are codes', () => {
    useLocale('pt-BR');
    expect(errorText(wire('token_pin_wrong', { token: 'A3', tries: 'last' })).action).toContain('O próximo PIN errado bloqueia o token.');
    expect(errorText(wire('rotation_state', { reason: 'transition_lasts' })).action).toContain('A transição ainda dura.');
    expect(errorText(wire('rotation_state', { reason: 'brand_new' })).action).toContain('brand_new');
    expect(errorText(wire('registry_request_state', { request: 'r', state: 'withdrawn' })).title).toContain('retirada');
    expect(errorText(wire('level_not_reached', { level: 'b-lta', reason: 'tsa_offline' })).action).toContain('que não está em uso');
  });

  it('says of missing evidence what is missing, whose, why, and what helps against that', () => {
    const missing = (params: Record<string, string>) => errorText(wire('evidence_missing', { subject: 'ANA', what: 'revocation', reason: 'offline', tried: '', more: '0', ...params }));
    useLocale('pt-BR');
    expect(missing({}).title).toBe('Falta evidência de revogação do certificado de ANA');
    expect(missing({ what: 'issuer', more: '2' }).title).toBe('Falta quem emitiu o certificado de ANA e de mais 2');
    expect(missing({ subject: '' }).title).toContain('um signatário');
    // Going online helps where nothing was reached, and nowhere else.
    const reasons = ['offline', 'no_address', 'not_fetched', 'private_address', 'stale', 'unusable', 'too_many', 'outside_validity'];
    for (const locale of ['pt-BR', 'en'] as const) {
      useLocale(locale);
      const actions = reasons.map((reason) => missing({ reason }).action);
      expect(new Set(actions).size).toBe(reasons.length);
      expect(actions.filter((action) => /internet/.test(action))).toEqual([missing({ reason: 'not_fetched' }).action]);
      for (const action of actions) expect(action).not.toMatch(/_|–/);
    }
    useLocale('pt-BR');
    expect(missing({ reason: 'stale', until: '2026-11-22T01:02:03Z', strangers: 'AC Outra' }).action).toMatch(/^O que foi escolhido é de outros: AC Outra\. O que há valia até 2\d\/11\/2026/);
    expect(missing({ reason: 'unusable', refused: 'crl_signature_wrong,ocsp_responder_not_authorised' }).action).toMatch(/^O que há não serve: a assinatura está errada; o respondedor não foi autorizado\./);
  });

  it('says what each authority said, and what helps where all said the same', () => {
    useLocale('pt-BR');
    const refused = (...all: [name: string, code: string, status?: string][]) => errorText(wire('tsa_all_refused', { refusals: JSON.stringify(all.map(([name, code, status = '']) => ({ name, code, params: { status } }))) })).action;
    expect(refused(['ACT', 'tsa_access_refused', '401'])).toBe('Confira o usuário e a senha, ou o certificado, em Ajustes, Carimbo do tempo, e se o contrato com ela está em dia. O que disseram: ACT: A autoridade de carimbo recusou o acesso (erro 401).');
    expect(refused(['ACT', 'tsa_access_refused', '401'], ['B', 'tsa_certificate_wanted'])).toMatch(/^Tente mais tarde, ou teste as autoridades em Ajustes\. O que disseram: ACT: .*; B: /);
    expect(refused(['ACT', 'of_a_later_version'])).toMatch(/Tente mais tarde/);
    expect(errorText(wire('tsa_all_refused')).action).toMatch(/Tente mais tarde/);
  });

  it('names no demand of a field where the record kept none', () => {
    for (const [locale, said] of [['pt-BR', 'O campo de assinatura tem uma exigência que não foi atendida'], ['en', 'A demand of the signature field was not met']] as const) {
      useLocale(locale);
      const { title, action } = errorText(wire('pdf_field_seed_value'));
      expect(title).toBe(said);
      expect(action).toMatch(/\.$/);
    }
    useLocale('pt-BR');
  });

  it.skipIf(!existsSync(SEEDS))('says in words what a field demands, and what helps', () => {
    const source = readFileSync(SEEDS, 'utf8');
    const entries = [...source.matchAll(/refuse(?:_all_but)?\("(\w+)"[,)]|\(\d+, "(\w+)"\)/g)].map((match) => match[1] ?? match[2] ?? '');
    expect(new Set(entries)).toEqual(new Set(['Filter', 'SubFilter', 'Reasons', 'MDP', 'TimeStamp', 'Cert', 'V', 'LegalAttestation', 'AddRevInfo', 'DigestMethod', 'Ff']));
    for (const locale of ['pt-BR', 'en'] as const) {
      useLocale(locale);
      for (const demand of entries) {
        const own = errorText(wire('pdf_field_seed_value', { field: 'Registro', demand }));
        expect(own.title).not.toContain(demand);
        expect(own.title).toMatch(/Registro (exige|demands) \w/);
        expect(own.action).not.toMatch(/–|^ /);
        expect(demand === 'Ff' || own.title !== errorText(wire('pdf_field_seed_value', { field: 'Registro', demand: 'Ff' })).title, demand).toBe(true);
      }
    }
    useLocale('pt-BR');
    expect(errorText(wire('pdf_field_seed_value', { field: 'A', demand: 'Reasons', accepted: 'Registro; Autenticação' })).title).toBe('O campo A exige um motivo da lista que ele traz: Registro; Autenticação');
    expect(errorText(wire('pdf_field_seed_value', { field: 'A', demand: 'Reasons' })).action).toMatch(/^Escreva no motivo/);
    // No option meets that one: none is named.
    expect(errorText(wire('pdf_field_seed_value', { field: 'A', demand: 'LegalAttestation' })).action).toMatch(/não atende a isso/);
    expect(errorText(wire('pdf_field_seed_value', { field: 'A', demand: 'NewEntry' })).title).toBe('O campo A exige algo que não se conhece aqui');
  });

  it('says what is missing of evidence where a record kept the code alone', () => {
    useLocale('pt-BR');
    expect(errorText(wire('evidence_missing'))).toMatchObject({ title: 'Falta evidência de revogação do certificado de um signatário' });
    expect(errorText(wire('evidence_missing')).action).toMatch(/^Confira a conexão/);
    useLocale('en');
    expect(errorText(wire('evidence_missing')).title).not.toMatch(/^ /);
    useLocale('pt-BR');
  });

  it('names a code that it does not know and says whether waiting helps', () => {
    useLocale('en');
    const unknown = errorText(wire('brand_new', {}, 'later'));
    expect(unknown.title).toContain('brand_new');
    expect(unknown.action).toContain('Try again');
    useLocale('pt-BR');
  });

  it.skipIf(!existsSync(CRATES))('knows every code that the Rust errors have', () => {
    const known = new Set<string>([...ERROR_CODES, ...REASON_CODES, ...NOT_ERRORS]);
    const missing = rustFiles(CRATES).flatMap((file) => codesIn(readFileSync(file, 'utf8')).filter((code) => !known.has(code) && !hasWords(code)));
    expect([...new Set(missing)].sort()).toEqual([]);
  });
});

/** Tables of the bench and of parameters: codes with words there are no errors. */
const TABLES = ['chainpath', 'asn1_remark', 'store_reason', 'store_risk', 'store_opens', 'store_integrity', 'store_format', 'compare_headline', 'compare_state', 'compare_note', 'value', 'value_ocsp', 'value_timestamp', 'heap_purpose', 'heap_revocation', 'heap_revocation_mode', 'heap_form', 'heap_icp_holder', 'cert_id', 'lint', 'p12_warning', 'err_evidence_what', 'err_reason_evidence'];

function hasWords(code: string): boolean {
  const texts: Record<string, string> = ptBR;
  return TABLES.some((table) => `${table}_${code}` in texts) || `asn1_trouble_${code.replace(/^asn1_/, '')}` in texts;
}

/** Codes of verdicts, kinds and warnings: other tables hold their words. */
const NOT_ERRORS = [
  // What a time-stamping authority answers, what a permission is for, how somebody is known.
  ...['add_info_not_available', 'bad_algorithm', 'bad_data_format', 'bad_request', 'system_failure', 'time_not_available', 'unaccepted_extension', 'unaccepted_policy', 'missing', 'others', 'differs', 'not_critical'],
  ...['absent', 'sign_fields', 'add_fields', 'basic', 'client_certificate'],
  // What a later revision changed, and what a time stamp covers.
  ...['annotation', 'form', 'long_term', 'signature', 'references', 'archive'],
  // Kinds of object identifiers, of files, of personal data, of holders, of programs, of limits and of passwords.
  ...['access', 'algorithm', 'attribute', 'content', 'curve', 'extension', 'management', 'other_name', 'policy', 'purpose', 'qc_statement', 'signature_attribute', 'signature_policy', 'email'],
  ...['attribute_certificate', 'ocsp_request', 'ocsp_response', 'time_stamp', 'time_stamp_request', 'binary', 'modern', 'compatible', 'pbmac1', 'standard', 'null', 'empty', 'utf8_as_latin1', 'latin1', 'bmp_everywhere'],
  ...['holder', 'responsible', 'sound', 'unchecked', 'not_given', 'check_digits_wrong', 'malformed', 'ca', 'time_stamp_authority', 'not_yet', 'same_document', 'same_name', 'different'],
  ...['openssl_3', 'java_17', 'java_8', 'nss', 'windows_old', 'windows_new', 'measured', 'reported', 'file_size', 'depth', 'elements', 'bags', 'iterations', 'work', 'kdf_memory', 'key_length'],
  ...['trust_anchor', 'trusted', 'untrusted', 'unknown', 'good', 'passed', 'indeterminate', 'failed', 'revocation_not_needed', 'revocation_good'],
  ...['unspecified', 'key_compromise', 'ca_compromise', 'affiliation_changed', 'superseded', 'cessation_of_operation', 'certificate_hold', 'remove_from_crl', 'privilege_withdrawn', 'aa_compromise'],
  ...['crl_other_issuer', 'crl_missing_crl_sign', 'crl_signature_wrong', 'crl_signature_not_checkable', 'crl_out_of_scope', 'crl_weak_signature'],
  ...['qualified', 'advanced', 'demonstration'],
  ...['certificate', 'crl', 'pkcs7', 'private_key', 'encrypted_private_key', 'public_key', 'certification_request', 'cms_signature', 'other_pem'],
  ...['password_empty', 'password_too_short', 'password_non_ascii', 'password_unsupported', 'password_common', 'password_date', 'password_repetition', 'password_sequence', 'password_edge_blank'],
];

function rustFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['tests', 'target', 'xtask', 'testkit'].includes(entry.name) ? [] : rustFiles(path);
    return entry.name.endsWith('.rs') ? [path] : [];
  });
}

/** Strings in the bodies of `fn code`. */
function codesIn(source: string): string[] {
  return [...source.matchAll(/^( *)(?:pub(?:\([a-z]+\))? )?(?:const )?fn code\([^]*?\n\1\}/gm)].flatMap(([body]) =>
    [...body.matchAll(/"([a-z][a-z0-9_]+)"/g)].map((match) => match[1] ?? ''),
  );
}
